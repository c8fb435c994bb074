/** rule-words: what can stand at a place of a rule's text: attributes, logsources, fields that events really have, modifiers,
 *  tags. Pure: the text before the cursor and the server's words in, options out. */
import type { authoringRoutes } from "@holdfast/contracts/authoring";
import type { Output } from "@holdfast/contracts";

export type Words = Output<typeof authoringRoutes.completeRule>;

export interface Suggestion {
  readonly label: string;
  readonly detail?: string;
  readonly info?: string;
  /** What is put in, when it is more than the label. */
  readonly insert?: string;
}

export interface Suggestions {
  /** Offset in the text where the word begins that is being written. */
  readonly from: number;
  readonly options: readonly Suggestion[];
}

/** The logsource that a text names, as far as it is written. */
export function logsourceIn(text: string): { product?: string; category?: string; service?: string } {
  const found: Record<string, string> = {};
  for (const match of text.matchAll(/^[ \t]+(product|category|service):[ \t]*["']?([\w-]+)/gm)) {
    const [, name = "", value = ""] = match;
    found[name] ??= value;
  }
  return found;
}

export function suggest(text: string, at: number, words: Words | undefined): Suggestions | null {
  const start = text.lastIndexOf("\n", at - 1) + 1;
  const line = text.slice(start, at);
  const section = sectionOf(text.slice(0, start));
  const option = (from: number, options: readonly Suggestion[]): Suggestions | null =>
    options.length === 0 ? null : { from: start + from, options };

  const value = /^(\s*-?\s*)([\w-]+):\s+(["']?[\w.-]*)$/.exec(line);
  if (value !== null) {
    const [, lead = "", key = "", written = ""] = value;
    return option(line.length - written.length, valuesOf(key, section, { text, words, top: lead.trim() === "" }));
  }
  const tag = /^\s*-\s+([\w.-]*)$/.exec(line);
  if (tag !== null && section === "tags")
    return option(
      line.length - (tag[1] ?? "").length,
      (words?.tags ?? []).map(({ tag: label, title }) => ({ label, detail: title })),
    );
  const modifier = /^\s*(?:-\s+)?["']?[\w. -]*\|(?:\w+\|)*(\w*)$/.exec(line);
  if (modifier !== null && section === "detection")
    return option(
      line.length - (modifier[1] ?? "").length,
      (words?.modifiers ?? []).map(({ name, help, example }) => ({ label: name, detail: help, info: example })),
    );
  const key = /^(\s*)(?:-\s+)?([\w.-]*)$/.exec(line);
  if (key === null) return null;
  const [, indent = "", written = ""] = key;
  const from = line.length - written.length;
  if (indent === "" && !line.startsWith("-")) return option(from, ATTRIBUTES);
  if (section === "detection" && (indent.length > 2 || line.includes("-"))) return option(from, fieldsOf(words));
  if (section === "detection") return option(from, [{ label: "condition", insert: "condition: " }]);
  return option(
    from,
    (INNER[section] ?? []).map((label) => ({ label, insert: `${label}: ` })),
  );
}

const BLOCKS: ReadonlySet<string> = new Set([
  "references",
  "tags",
  "logsource",
  "detection",
  "correlation",
  "filter",
  "falsepositives",
]);
const ATTRIBUTES: readonly Suggestion[] = [
  ["title", "what it finds, in a few words"],
  ["id", "a UUID of its own"],
  ["status", "how far it can be trusted"],
  ["description", "what an analyst should know"],
  ["references", "where it is described"],
  ["author", "who wrote it"],
  ["date", "2026-11-22"],
  ["tags", "ATT&CK and others"],
  ["logsource", "which events it reads"],
  ["detection", "what it looks for"],
  ["correlation", "a rule made of rules"],
  ["filter", "what is left out of rules"],
  ["falsepositives", "what fires it without harm"],
  ["level", "how bad it is"],
  ["name", "what correlations call it"],
].map(([label = "", detail = ""]) => ({
  label,
  detail,
  insert: BLOCKS.has(label) ? `${label}:\n  ` : `${label}: `,
}));

const INNER: Readonly<Record<string, readonly string[]>> = {
  logsource: ["product", "category", "service"],
  correlation: ["type", "rules", "group-by", "timespan", "condition", "aliases", "generate"],
  filter: ["rules", "selection", "condition"],
};

/** The last attribute at the left edge above this place. */
function sectionOf(before: string): string {
  const heads = [...before.matchAll(/^([\w-]+):/gm)];
  return heads.at(-1)?.[1] ?? "";
}

function valuesOf(
  key: string,
  section: string,
  { text, words, top }: { text: string; words: Words | undefined; top: boolean },
): readonly Suggestion[] {
  if (words === undefined) return [];
  const plain = (list: readonly string[]): Suggestion[] => list.map((label) => ({ label }));
  if (key === "level" && top) return plain(words.levels);
  if (key === "status" && top) return plain(words.statuses);
  if (section === "correlation" && key === "type")
    return words.correlationTypes.map(({ name, help }) => ({ label: name, detail: help }));
  if (section === "logsource" && (key === "product" || key === "category" || key === "service"))
    return logsourceValues(key, logsourceIn(text), words);
  return [];
}

/** Values of one part of a logsource that go with the others written, those with most events first. */
function logsourceValues(
  key: "product" | "category" | "service",
  written: Readonly<Record<string, string>>,
  words: Words,
): readonly Suggestion[] {
  const sums = new Map<string, { events: number; rules: number }>();
  for (const source of words.logsources) {
    const others = (["product", "category", "service"] as const).filter((part) => part !== key);
    if (
      others.some((part) => written[part] !== undefined && source[part] !== undefined && source[part] !== written[part])
    )
      continue;
    const name = source[key];
    if (name === undefined) continue;
    const sum = sums.get(name) ?? { events: 0, rules: 0 };
    sums.set(name, { events: sum.events + source.events, rules: sum.rules + source.rules });
  }
  return [...sums]
    .sort(([, a], [, b]) => b.events - a.events || b.rules - a.rules)
    .map(([label, { events, rules }]) => ({
      label,
      detail: events > 0 ? `${events.toLocaleString("en")} events lately` : `${rules} rules`,
    }));
}

const fieldsOf = (words: Words | undefined): readonly Suggestion[] =>
  (words?.fields ?? []).map(({ name, share, example, rules }) => ({
    label: name,
    detail: share > 0 ? `${Math.round(share * 100)} % of events` : `${rules} rules`,
    ...(example === null ? {} : { info: example }),
    insert: `${name}: `,
  }));
