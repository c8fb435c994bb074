/** sparkline: the shape of a number over time, in the size of a word. The numbers are in its label and, on hover, in the tip. */
import "./chart.css";
import { count, short } from "./number.ts";

export function Sparkline(props: {
  values: readonly number[];
  label: string;
  /** "events a minute": what one value is. */
  unit: string;
  width?: number;
  height?: number;
  kind?: "bars" | "line";
}) {
  const { values, width = 96, height = 20, kind = "bars" } = props;
  const most = Math.max(1, ...values);
  const total = values.reduce((sum, value) => sum + value, 0);
  const last = values.at(-1) ?? 0;
  const text = `${props.label}: ${short(last)} last, ${short(Math.max(0, ...values))} most, ${count(Math.round(total))} in all, ${props.unit}`;
  const step = width / Math.max(values.length, 1);
  return (
    <svg
      className="sparkline"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={text}
      data-tip={text}
    >
      {kind === "line" ? (
        <polyline className="sparkline-line" points={linePoints(values, { width, height, most })} />
      ) : (
        values.map((value, at) => {
          const tall = value === 0 ? 1 : Math.max(2, (value / most) * height);
          return (
            <rect
              key={at}
              className={value === 0 ? "sparkline-zero" : at === values.length - 1 ? "sparkline-last" : "sparkline-bar"}
              x={at * step}
              y={height - tall}
              width={Math.max(1, step - (step > 3 ? 1 : 0.3))}
              height={tall}
            />
          );
        })
      )}
    </svg>
  );
}

function linePoints(values: readonly number[], box: { width: number; height: number; most: number }): string {
  const step = box.width / Math.max(values.length - 1, 1);
  return values
    .map(
      (value, at) => `${(at * step).toFixed(1)},${(box.height - 1 - (value / box.most) * (box.height - 2)).toFixed(1)}`,
    )
    .join(" ");
}
