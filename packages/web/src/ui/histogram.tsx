/** histogram: counts over time as bars. Drag over it, or arrow keys with Shift and Enter, narrows the time range; `t` shows
 *  the numbers as a table. Colour marks only high and critical severity; all else is grey. */
import { useState, type KeyboardEvent, type PointerEvent } from "react";
import { Button } from "./button.tsx";
import "./chart.css";
import { HistogramAxis, layout, type Bar, type Plot } from "./histogram-axis.tsx";
import { count } from "./number.ts";
import { absolute } from "./time.ts";
import { useWidth } from "./width.ts";

export interface HistogramProps {
  label: string;
  /** What is counted: "events", "alerts". */
  unit: string;
  bars: readonly Bar[];
  bucketSeconds: number;
  onBrush?: ((from: number, to: number) => void) | undefined;
  height?: number;
  accent?: boolean;
}

export function Histogram(props: HistogramProps) {
  const { bars, bucketSeconds, onBrush } = props;
  const [frame, width] = useWidth<HTMLDivElement>();
  const [table, setTable] = useState(false);
  const [band, setBand] = useState<readonly [number, number] | null>(null);
  const [dragging, setDragging] = useState(false);
  const plot = layout({ bars, width, height: props.height ?? 96 });

  const apply = (from: number, to: number): void => {
    const first = bars[Math.min(from, to)];
    const last = bars[Math.max(from, to)];
    setBand(null);
    if (first !== undefined && last !== undefined) onBrush?.(first.at, last.at + bucketSeconds * 1000);
  };
  const pointer = (event: PointerEvent<SVGSVGElement>): void => {
    const at = barUnder(event, plot, bars.length);
    if (event.type === "pointerdown") {
      event.currentTarget.setPointerCapture(event.pointerId);
      setDragging(true);
      setBand([at, at]);
    } else if (event.type === "pointermove") setBand(dragging && band !== null ? [band[0], at] : [at, at]);
    else if (event.type === "pointerup" && dragging && band !== null) {
      setDragging(false);
      apply(band[0], at);
    } else if (event.type === "pointerleave" && !dragging) setBand(null);
  };
  const key = (event: KeyboardEvent): void => {
    const last = bars.length - 1;
    const end = band?.[1] ?? last;
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      const to = Math.min(Math.max(end + (event.key === "ArrowLeft" ? -1 : 1), 0), last);
      setBand(event.shiftKey && band !== null ? [band[0], to] : [to, to]);
    } else if (event.key === "Enter" && band !== null) apply(band[0], band[1]);
    else if (event.key === "Escape" && band !== null) setBand(null);
    else if (event.key === "t") setTable(!table);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const told = band === null ? "" : describe(bars, band, props);
  return (
    <div className="histogram" ref={frame} onKeyDown={key}>
      {table ? (
        <HistogramTable {...props} onBack={() => setTable(false)} />
      ) : (
        <svg
          className="histogram-plot"
          height={plot.height}
          width={width}
          viewBox={`0 0 ${Math.max(width, 1)} ${plot.height}`}
          role="application"
          aria-roledescription="histogram"
          aria-label={`${props.label}. Arrow keys move, Shift and arrow keys mark a range, Enter narrows to it, T shows a table.`}
          tabIndex={0}
          data-tip={told === "" ? undefined : told}
          onPointerDown={pointer}
          onPointerMove={pointer}
          onPointerUp={pointer}
          onPointerLeave={pointer}
        >
          <HistogramAxis plot={plot} bars={bars} bucketSeconds={bucketSeconds} unit={props.unit} />
          <Bars plot={plot} bars={bars} accent={props.accent === true} />
          {band !== null && (
            <rect
              className={dragging || band[0] !== band[1] ? "histogram-band" : "histogram-cursor"}
              x={plot.left + Math.min(...band) * plot.step}
              y={0}
              width={(Math.abs(band[1] - band[0]) + 1) * plot.step}
              height={plot.base}
            />
          )}
        </svg>
      )}
      <span className="sr-only" role="status">
        {told}
      </span>
    </div>
  );
}

/** What the colours mean; for the line above a histogram of events. */
export function HistogramLegend() {
  return (
    <span className="histogram-legend">
      <span>
        <i className="critical" />
        critical
      </span>
      <span>
        <i className="high" />
        high
      </span>
      <span>
        <i />
        other
      </span>
    </span>
  );
}

function Bars({ plot, bars, accent }: { plot: Plot; bars: readonly Bar[]; accent: boolean }) {
  const wide = Math.max(1, plot.step - (plot.step > 4 ? 1 : 0.2));
  const tall = (value: number): number => (value === 0 ? 0 : Math.max(1.5, (value / plot.most) * plot.base));
  return bars.map((bar, at) => {
    const x = plot.left + at * plot.step;
    const critical = tall(bar.critical ?? 0);
    const high = tall(bar.high ?? 0);
    const total = Math.max(tall(bar.total), critical + high);
    return (
      <g key={bar.at}>
        {total > 0 && (
          <rect className={accent ? "bar accent" : "bar"} x={x} y={plot.base - total} width={wide} height={total} />
        )}
        {high > 0 && <rect className="bar high" x={x} y={plot.base - critical - high} width={wide} height={high} />}
        {critical > 0 && (
          <rect className="bar critical" x={x} y={plot.base - critical} width={wide} height={critical} />
        )}
      </g>
    );
  });
}

function HistogramTable(props: HistogramProps & { onBack: () => void }) {
  return (
    <div className="histogram-table" tabIndex={0} role="region" aria-label={`${props.label} as a table`}>
      <Button size="compact" variant="ghost" keys="t" onClick={props.onBack}>
        Back to the chart
      </Button>
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col" className="number">
              {props.unit}
            </th>
          </tr>
        </thead>
        <tbody>
          {props.bars
            .filter((bar) => bar.total > 0)
            .map((bar) => (
              <tr key={bar.at}>
                <td>{absolute(bar.at)}</td>
                <td className="number">{count(bar.total)}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  );
}

function barUnder(event: PointerEvent<SVGSVGElement>, plot: Plot, bars: number): number {
  const x = event.clientX - event.currentTarget.getBoundingClientRect().left - plot.left;
  return Math.min(Math.max(Math.floor(x / Math.max(plot.step, 0.001)), 0), Math.max(bars - 1, 0));
}

function describe(bars: readonly Bar[], band: readonly [number, number], props: HistogramProps): string {
  const from = Math.min(...band);
  const to = Math.max(...band);
  const total = bars.slice(from, to + 1).reduce((sum, bar) => sum + bar.total, 0);
  const first = bars[from];
  const last = bars[to];
  if (first === undefined || last === undefined) return "";
  return `${absolute(first.at)} to ${absolute(last.at + props.bucketSeconds * 1000)}\n${count(total)} ${props.unit}`;
}
