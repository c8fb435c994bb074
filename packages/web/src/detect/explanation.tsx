/** explanation: why a rule fired on an event or did not: every condition with the value it met, and which of them decided. */
import type { Explanation, ExplainStep } from "@holdfast/contracts/authoring";
import { Check, X } from "lucide-react";
import { LogText } from "../ui/code.tsx";
import { Partial } from "../ui/states.tsx";
import "./explanation.css";

export function ExplanationView({ explanation }: { explanation: Explanation }) {
  return (
    <div className="explanation">
      {!explanation.routed && <Partial>{explanation.routing}</Partial>}
      <ol className="explanation-steps" aria-label="Conditions">
        {explanation.steps.map((step, at) => (
          <Step key={at} step={step} />
        ))}
      </ol>
      {explanation.routed && <p className="faint small">{explanation.routing}</p>}
      {explanation.cut && <p className="faint small">The rule has more conditions than are shown here.</p>}
    </div>
  );
}

function Step({ step }: { step: ExplainStep }) {
  const depth = Math.min(step.depth, 8);
  return (
    <li className={`explanation-step depth-${depth} ${step.decided ? "decided" : "idle"}`}>
      <span className={step.matched ? "verdict yes" : "verdict no"}>
        {step.matched ? <Check size={13} aria-hidden="true" /> : <X size={13} aria-hidden="true" />}
        <span className="sr-only">{step.matched ? "true" : "false"}</span>
      </span>
      <div className="explanation-text">
        <span className={step.field === null ? "explanation-label" : "explanation-label mono"}>
          <LogText text={step.label} />
        </span>
        {(step.kind === "field" || step.kind === "keyword") && (
          <span className="explanation-value">
            {step.value === null ? (
              <span className="faint">the event has no such field</span>
            ) : (
              <LogText text={step.value} mono />
            )}
          </span>
        )}
        {step.note !== null && <span className="faint small">{step.note}</span>}
      </div>
    </li>
  );
}
