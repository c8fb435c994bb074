/** sparkline: the shape of a number over time, in the size of a word. The numbers are in its label and, on hover, in the tip. */
import "./chart.css";
import { count, short } from "./number.ts";

export function Sparkline(props: {
  /** A gap (null) is drawn as one, where the shape is a line. */
  values: readonly (number | null)[];
  label: string;
  /** "events a minute": what one value is. */
  unit: string;
  width?: number;
  height?: number;
  kind?: "bars" | "line";
  /** What the shape says, where a sum of its values would say nothing. */
  text?: string;
}) {
  const { width = 96, height = 20, kind = "bars" } = props;
  const values = props.values.map((value) => value ?? 0);
  const most = Math.max(0, ...values) || 1;
  const total = values.reduce((sum, value) => sum + value, 0);
  const last = values.at(-1) ?? 0;
  const text =
    props.text ??
    `${props.label}: ${short(last)} last, ${short(Math.max(0, ...values))} most, ${count(Math.round(total))} in all, ${props.unit}`;
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
        <path
          className="sparkline-line"
          d={linePath(props.values, { width, height, least: Math.min(0, ...values), most })}
        />
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

function linePath(
  values: readonly (number | null)[],
  box: { width: number; height: number; least: number; most: number },
): string {
  const step = box.width / Math.max(values.length - 1, 1);
  const span = box.most - box.least || 1;
  let open = false;
  return values
    .map((value, at) => {
      if (value === null) {
        open = false;
        return "";
      }
      const y = box.height - 1 - ((value - box.least) / span) * (box.height - 2);
      const point = `${open ? "L" : "M"}${(at * step).toFixed(1)} ${y.toFixed(1)}`;
      open = true;
      return point;
    })
    .join("");
}
