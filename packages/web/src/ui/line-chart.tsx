/** line-chart: a few numbers over time. Five muted lines and the largest in accent; the rest is said to be left out. Gaps are gaps. */
import "./chart.css";
import { LogText } from "./code.tsx";
import { level } from "./number.ts";
import { axisTick } from "./time.ts";
import { useWidth } from "./width.ts";

export interface Series {
  readonly name: string;
  readonly values: readonly (number | null)[];
}

const HEIGHT = 180;
const LEFT = 44;
const BASE = HEIGHT - 18;
const MOST_SERIES = 6;

export function LineChart(props: { label: string; times: readonly number[]; series: readonly Series[] }) {
  const [frame, width] = useWidth<HTMLDivElement>();
  const ranked = props.series.toSorted((a, b) => sum(b) - sum(a));
  const shown = ranked.slice(0, MOST_SERIES);
  const all = shown.flatMap((one) => one.values.map((value) => value ?? 0));
  const least = Math.min(0, ...all);
  const highest = Math.max(0, ...all);
  const most = highest === least ? least + 1 : highest;
  const step = Math.max(width - LEFT, 0) / Math.max(props.times.length - 1, 1);
  const every = Math.max(1, Math.ceil(110 / Math.max(step, 0.01)));
  const spanSeconds = ((props.times.at(-1) ?? 0) - (props.times[0] ?? 0)) / 1000;
  return (
    <div ref={frame} className="histogram">
      <svg
        width={width}
        height={HEIGHT}
        viewBox={`0 0 ${Math.max(width, 1)} ${HEIGHT}`}
        role="img"
        aria-label={`${props.label}; the table below has the numbers`}
      >
        <g className="histogram-axis">
          <text x={LEFT - 6} y={10} textAnchor="end">
            {level(most)}
          </text>
          <text x={LEFT - 6} y={BASE} textAnchor="end">
            {level(least)}
          </text>
          <line x1={LEFT} x2={width} y1={BASE + 0.5} y2={BASE + 0.5} />
          {props.times.map((time, at) =>
            at % every === 0 && at + every * 0.6 < props.times.length ? (
              <text key={time} x={LEFT + at * step} y={HEIGHT - 3}>
                {axisTick(time, spanSeconds)}
              </text>
            ) : null,
          )}
        </g>
        {shown.map((one, rank) => (
          <path key={one.name} className={`chart-line s${rank}`} d={path(one.values, { step, least, most })} />
        ))}
      </svg>
      <ul className="histogram-legend chart-legend">
        {shown.map((one, rank) => (
          <li key={one.name} className="truncate">
            <i className={`chart-key s${rank}`} />
            <LogText text={one.name === "" ? "(empty)" : one.name} />
          </li>
        ))}
        {ranked.length > shown.length && <li>{ranked.length - shown.length} smaller are only in the table</li>}
      </ul>
    </div>
  );
}

function sum(series: Series): number {
  return series.values.reduce<number>((total, value) => total + (value ?? 0), 0);
}

function path(values: readonly (number | null)[], box: { step: number; least: number; most: number }): string {
  let open = false;
  return values
    .map((value, at) => {
      if (value === null) {
        open = false;
        return "";
      }
      const point = `${open ? "L" : "M"}${(LEFT + at * box.step).toFixed(1)} ${(BASE - ((value - box.least) / (box.most - box.least)) * (BASE - 4)).toFixed(1)}`;
      open = true;
      return point;
    })
    .join("");
}
