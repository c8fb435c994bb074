/** trigger-reasons: which parts of a trigger's condition were true, on which values. */
import type { TriggerReason } from "@holdfast/contracts/playbook-triggers";
import { LogText } from "../ui/code.tsx";

export function TriggerReasons({ reasons }: { reasons: readonly TriggerReason[] }) {
  return (
    <ul className="trigger-reasons small">
      {reasons.map(({ condition, values }) => (
        <li key={condition}>
          <code className="mono">
            <LogText text={condition} />
          </code>
          {values.map(({ name, value }) => (
            <span key={name} className="faint">
              {name.replace("incident.", "")}: <LogText text={value} />
            </span>
          ))}
        </li>
      ))}
    </ul>
  );
}
