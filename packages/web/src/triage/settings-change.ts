/** settings-change: two versions of the settings beside each other: what differs, in words, and one change put on top of another.
 *  Pure. */
import { triageSettings, type TriageSettingsValue } from "@holdfast/contracts/triage-settings";

export interface Difference {
  readonly what: string;
  readonly before: string;
  readonly after: string;
}

export function differences(before: TriageSettingsValue, after: TriageSettingsValue): readonly Difference[] {
  return compare([], before, after);
}

/** What `mine` changed since `base`, on `theirs`; where both changed the same, mine stays. Lists change as a whole. */
export function onTopOf(
  base: TriageSettingsValue,
  mine: TriageSettingsValue,
  theirs: TriageSettingsValue,
): TriageSettingsValue {
  return triageSettings.parse(merge(base, mine, theirs));
}

/** The first thing that keeps these settings from being saved, by the name of its field; "" when nothing does. */
export function problemOf(settings: TriageSettingsValue): string {
  const hub = settings.hubs.findIndex(({ value, reason }) => value.trim() === "" || reason.trim().length < 3);
  if (hub >= 0) return `Hub ${hub + 1}: give its value, and say what it is.`;
  const rule = settings.dedup.findIndex(({ ruleId }) => ruleId.trim() === "");
  if (rule >= 0) return `Deduplication ${rule + 1}: give the id of the rule.`;
  const parsed = triageSettings.safeParse(settings);
  const [issue] = parsed.success ? [] : parsed.error.issues;
  if (issue === undefined) return "";
  const place = words(issue.path.map(String));
  switch (issue.code) {
    case "too_small":
      return `${place}: at least ${issue.minimum}.`;
    case "too_big":
      return `${place}: at most ${issue.maximum}.`;
    case "invalid_type":
      return `${place}: give a ${issue.expected === "int" ? "whole number" : "number"}.`;
    default:
      return `${place}: ${issue.message}.`;
  }
}

function merge(base: unknown, mine: unknown, theirs: unknown): unknown {
  if (isGroup(base) && isGroup(mine) && isGroup(theirs))
    return Object.fromEntries(Object.keys(theirs).map((key) => [key, merge(base[key], mine[key], theirs[key])]));
  return JSON.stringify(base) === JSON.stringify(mine) ? theirs : mine;
}

function compare(path: readonly string[], before: unknown, after: unknown): readonly Difference[] {
  if (isGroup(before) && isGroup(after))
    return Object.keys(after).flatMap((key) => compare([...path, key], before[key], after[key]));
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  return [{ what: words(path), before: shown(before), after: shown(after) }];
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** risk.severity.high -> "risk severity high"; joinHours -> "join hours". */
function words(path: readonly string[]): string {
  return path.map((part) => part.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)).join(" ");
}

function shown(value: unknown): string {
  if (!Array.isArray(value)) return String(value);
  if (value.length === 0) return "none";
  const names = value.map((one: unknown) =>
    isGroup(one) ? String(one["value"] ?? one["ruleId"] ?? "") || "one without a name" : String(one),
  );
  return names.length > 4 ? `${names.slice(0, 4).join(", ")} and ${names.length - 4} more` : names.join(", ");
}
