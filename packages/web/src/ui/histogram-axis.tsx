/** histogram-axis: where bars and ticks stand, and the axes with their units. */
import { short } from "./number.ts";
import { axisTick } from "./time.ts";

export interface Bar {
  /** Start of the bucket, milliseconds. */
  readonly at: number;
  readonly total: number;
  /** Parts of the total that carry colour, drawn from the bottom. */
  readonly high?: number;
  readonly critical?: number;
}

export interface Plot {
  readonly left: number;
  readonly step: number;
  /** y of the zero line. */
  readonly base: number;
  readonly height: number;
  readonly width: number;
  readonly most: number;
}

export function layout(box: { bars: readonly Bar[]; width: number; height: number }): Plot {
  const left = 44;
  const most = Math.max(1, ...box.bars.map((bar) => bar.total));
  const inner = Math.max(box.width - left, 0);
  return {
    left,
    step: inner / Math.max(box.bars.length, 1),
    base: box.height - 18,
    height: box.height,
    width: box.width,
    most,
  };
}

export function HistogramAxis(props: { plot: Plot; bars: readonly Bar[]; bucketSeconds: number; unit: string }) {
  const { plot, bars } = props;
  if (plot.width === 0) return null;
  const every = Math.max(1, Math.ceil(110 / Math.max(plot.step, 0.01)));
  const spanSeconds = bars.length * props.bucketSeconds;
  return (
    <g className="histogram-axis" aria-hidden="true">
      <text x={plot.left - 6} y={10} textAnchor="end">
        {short(plot.most)}
      </text>
      <text x={plot.left - 6} y={plot.base} textAnchor="end">
        0
      </text>
      <line x1={plot.left} x2={plot.width} y1={plot.base + 0.5} y2={plot.base + 0.5} />
      {bars.map((bar, at) =>
        at % every === 0 && (at + every * 0.6 < bars.length || at === 0) ? (
          <text key={bar.at} x={plot.left + at * plot.step} y={plot.height - 3}>
            {axisTick(bar.at, spanSeconds)}
          </text>
        ) : null,
      )}
    </g>
  );
}
