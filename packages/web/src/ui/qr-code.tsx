/** qr-code: a text to be read by a camera, drawn in the page: dark on light in every theme, since scanners expect that. */
import { qrOf } from "./qr.ts";
import "./qr-code.css";

/** Nothing when the text is too long for one. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const rows = qrOf(text);
  if (rows === undefined) return null;
  const size = rows.length + 2 * QUIET;
  const path = rows
    .flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x + QUIET} ${y + QUIET}h1v1h-1z`] : [])))
    .join("");
  return (
    <svg className="qr-code" role="img" aria-label={label} viewBox={`0 0 ${size} ${size}`} shapeRendering="crispEdges">
      <path d={path} />
    </svg>
  );
}

/** Light modules around it, as the standard asks. */
const QUIET = 4;
