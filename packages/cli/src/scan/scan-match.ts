/** scan-match: one match as all formats take it: the rule, where and when it fired, and why. */
import type { Level, MatchedField } from "@holdfast/sigma";

export interface ScanRule {
  /** Place in the list of the scan's rules. */
  readonly index: number;
  readonly id: string;
  readonly title: string;
  readonly level: Level;
  readonly status: string;
  readonly description: string;
  readonly author: string;
  readonly references: readonly string[];
  readonly falsepositives: readonly string[];
  readonly tags: readonly string[];
  readonly tactics: readonly string[];
  readonly techniques: readonly string[];
  readonly path: string;
  /** "windows / process_creation"; of a correlation its type. */
  readonly source: string;
}

/** A record that contributed to the match of a correlation. */
export interface Contribution {
  readonly file: string;
  readonly record: number | string;
  readonly host: string;
  readonly timeMs: number;
  readonly ruleId: string;
}

export interface CorrelationFacts {
  readonly group: Readonly<Record<string, string>>;
  /** Matches in the window, exact. */
  readonly count: number;
  /** What the condition measured. */
  readonly value: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Oldest first; `count` says how many there are. */
  readonly records: readonly Contribution[];
}

export interface ScanMatch {
  readonly rule: ScanRule;
  readonly timeMs: number;
  readonly timeNs: number;
  /** False: the record has no time, and that of its file stands in. */
  readonly timed: boolean;
  readonly host: string;
  readonly user: string;
  readonly channel: string;
  readonly eventCode: string;
  readonly file: string;
  /** EventRecordID of an event log, else the line, or the ordinal of the record in a JSON file. */
  readonly record: number | string;
  readonly slack: boolean;
  readonly fields: readonly MatchedField[];
  readonly event: Readonly<Record<string, unknown>> | undefined;
  readonly correlation: CorrelationFacts | undefined;
}

/** ISO time in UTC, as exact as the record has it: milliseconds, or down to 100 ns. */
export function timeText({ timeMs, timeNs }: Pick<ScanMatch, "timeMs" | "timeNs">): string {
  const iso = isoOf(timeMs);
  if (timeNs === 0) return iso;
  return iso.replace("Z", `${String(timeNs).padStart(6, "0").replace(/0+$/, "")}Z`);
}

/** A time outside of what a date can hold is evidence of damage, not a fault of ours. */
export function isoOf(timeMs: number): string {
  const most = 8.64e15;
  return new Date(Math.min(most, Math.max(-most, Math.trunc(timeMs)))).toISOString();
}

/** The fields that matched, each once, with the value that did. */
export function fieldsOf(match: Pick<ScanMatch, "fields">): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const { field, value } of match.fields) fields[field] ??= value;
  return fields;
}
