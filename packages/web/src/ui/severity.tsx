/** severity: shape, word and colour together, so that no one has to tell red from orange. */
import type { Severity } from "@holdfast/contracts/model";
import type { ReactNode } from "react";
import "./severity.css";

export function SeverityMark({ severity, word = true }: { severity: Severity; word?: boolean }) {
  return (
    <span className={`severity ${severity}`} data-tip={word ? undefined : WORDS[severity]}>
      <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
        {SHAPES[severity]}
      </svg>
      <span className={word ? undefined : "sr-only"}>{WORDS[severity]}</span>
    </span>
  );
}

/** OCSF severity_id to the five words used everywhere; 0 (unknown) reads as informational. */
export function severityOf(id: number): Severity {
  return BY_ID[id] ?? "informational";
}

export const WORDS: Readonly<Record<Severity, string>> = {
  informational: "Info",
  low: "Low",
  medium: "Medium",
  high: "High",
  critical: "Critical",
};

const BY_ID: Readonly<Record<number, Severity>> = {
  1: "informational",
  2: "low",
  3: "medium",
  4: "high",
  5: "critical",
  6: "critical",
};

const SHAPES: Readonly<Record<Severity, ReactNode>> = {
  critical: <path d="M6 .8 11.6 11H.4z" fill="currentColor" />,
  high: <path d="M6 .5 11.5 6 6 11.5.5 6z" fill="currentColor" />,
  medium: <rect x="1.5" y="1.5" width="9" height="9" fill="currentColor" />,
  low: <circle cx="6" cy="6" r="4.5" fill="currentColor" />,
  informational: <circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" strokeWidth="1.6" />,
};
