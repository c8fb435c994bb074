/** severity: the order of severities, and how the criticality of a service raises that of an incident. */
import { SEVERITIES, type Severity } from "@holdfast/contracts/model";

export const MEDIUM = 2;
export const HIGH = 3;
export const CRITICAL = 4;
/** From here on a service is one that the business feels. */
export const CRITICAL_SERVICE = 4;

export function rankOf(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

export function severityOf(rank: number): Severity {
  return SEVERITIES[Math.max(0, Math.min(rank, SEVERITIES.length - 1))] ?? "informational";
}

/** One step up from medium on, when a service of criticality 4 or 5 is hit. */
export function raisedRank(rank: number, criticality: number): number {
  return rank >= MEDIUM && criticality >= CRITICAL_SERVICE ? Math.min(rank + 1, CRITICAL) : rank;
}

/** Does this alert deserve an incident of its own? */
export function opensAlone(rank: number, criticality: number): boolean {
  return rank >= CRITICAL || (rank >= HIGH && criticality >= CRITICAL_SERVICE);
}
