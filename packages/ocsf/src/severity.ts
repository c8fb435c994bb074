/** severity: OCSF severity and status numbers, and how other scales map onto them. */

export const SEVERITY = {
  unknown: 0,
  informational: 1,
  low: 2,
  medium: 3,
  high: 4,
  critical: 5,
  fatal: 6,
} as const;

export const STATUS = { unknown: 0, success: 1, failure: 2 } as const;

export type SeverityName = keyof typeof SEVERITY;

const NAMES: readonly SeverityName[] = ["unknown", "informational", "low", "medium", "high", "critical", "fatal"];

export function severityName(id: number): SeverityName {
  return NAMES[id] ?? "unknown";
}

/** Syslog severity 0 (emergency) … 7 (debug), RFC 5424 table 2. */
export function severityOfSyslog(level: number): number {
  return SYSLOG[level] ?? SEVERITY.unknown;
}

/** Windows event level: 1 critical, 2 error, 3 warning, 4 information, 5 verbose; 0 is "log always". */
export function severityOfWindowsLevel(level: number): number {
  return WINDOWS[level] ?? SEVERITY.unknown;
}

/** Level words as loggers write them, in any case: "warn", "ERROR", "notice"; 0 when it is no such word. */
export function severityOfWord(word: string): number {
  return word.length > 13 ? SEVERITY.unknown : (WORDS.get(word.toLowerCase()) ?? SEVERITY.unknown);
}

const SYSLOG: readonly number[] = [6, 5, 5, 4, 3, 2, 1, 1];
const WINDOWS: readonly number[] = [1, 5, 4, 3, 1, 1];
const WORDS: ReadonlyMap<string, number> = new Map([
  ["trace", 1],
  ["debug", 1],
  ["verbose", 1],
  ["info", 1],
  ["information", 1],
  ["informational", 1],
  ["notice", 2],
  ["warn", 3],
  ["warning", 3],
  ["err", 4],
  ["error", 4],
  ["severe", 4],
  ["crit", 5],
  ["critical", 5],
  ["alert", 5],
  ["fatal", 6],
  ["panic", 6],
  ["emerg", 6],
  ["emergency", 6],
]);
