/** service: a service as a link, with how much depends on it. */
import type { ServiceBrief } from "@holdfast/contracts/estate";
import { LogText } from "../ui/code.tsx";
import { Link } from "./link.tsx";
import { links } from "./links.ts";

export function ServiceLink({ service, tabIndex }: { service: ServiceBrief; tabIndex?: number }) {
  return (
    <Link to={links.service(service.id)} {...(tabIndex !== undefined && { tabIndex })}>
      <LogText text={service.name} />
    </Link>
  );
}

/** Criticality 1 to 5 as filled steps and a number: 5 = the business stops. */
export function Criticality({ value }: { value: number | null }) {
  if (value === null) return <span className="faint">not set</span>;
  return (
    <span className="row" data-tip={`Criticality ${value} of 5: ${CRITICALITY_WORDS[value - 1] ?? ""}`}>
      <svg width="34" height="10" viewBox="0 0 34 10" aria-hidden="true">
        {[0, 1, 2, 3, 4].map((step) => (
          <rect
            key={step}
            x={step * 7}
            y={8 - step * 1.6}
            width="5"
            height={2 + step * 1.6}
            fill={step < value ? "var(--text-normal)" : "var(--surface-3)"}
          />
        ))}
      </svg>
      {value}
      <span className="sr-only"> of 5</span>
    </span>
  );
}

export const CRITICALITY_WORDS = [
  "can wait",
  "felt by some",
  "felt by many",
  "work stands still",
  "the business stops",
] as const;
