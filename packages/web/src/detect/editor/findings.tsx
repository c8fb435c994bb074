/** findings: what is wrong with a text or could be better, each with its place and, where there is one, the change that settles it. */
import type { Finding } from "@holdfast/contracts/authoring";
import { CircleAlert, Info, TriangleAlert } from "lucide-react";
import { Button } from "../../ui/button.tsx";
import { LogText } from "../../ui/code.tsx";

const MARKS = {
  error: <CircleAlert size={14} className="finding-error" aria-label="error" />,
  warning: <TriangleAlert size={14} className="finding-warning" aria-label="warning" />,
  note: <Info size={14} className="finding-note" aria-label="note" />,
} as const;

export function Findings(props: {
  findings: readonly Finding[];
  onJump: (finding: Finding) => void;
  onFix?: (text: string) => void;
}) {
  if (props.findings.length === 0) return <p className="faint small">Nothing to object to.</p>;
  return (
    <ul className="findings" aria-label="Findings">
      {props.findings.map((finding, at) => (
        <li key={at} className="row finding">
          {MARKS[finding.severity]}
          <button type="button" className="finding-text" onClick={() => props.onJump(finding)}>
            <span className="faint mono">
              {finding.line}:{finding.column}
            </span>{" "}
            <LogText text={finding.message} /> <span className="faint mono small">{finding.code}</span>
          </button>
          {finding.fix !== null && props.onFix !== undefined && (
            <Button size="compact" onClick={() => props.onFix?.(finding.fix?.text ?? "")}>
              {finding.fix.title}
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}
