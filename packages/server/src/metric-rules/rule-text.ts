/** rule-text: an alert on a metric as a person writes it. What is wrong is a value that says where. Pure. */
import type { Severity } from "@holdfast/contracts/model";
import { severity } from "@holdfast/contracts/model";
import { parse, stringify } from "yaml";
import { z } from "zod";

export interface RuleText {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly query: string;
  readonly side: "above" | "below";
  readonly threshold: number;
  /** How long it must be crossed before it is an alert. */
  readonly forMs: number;
  readonly everyMs: number;
  /** Length of the span whose value is compared. */
  readonly overMs: number;
  readonly level: Severity;
  readonly text: string;
}

export type ReadRules =
  | { readonly ok: true; readonly rules: readonly RuleText[] }
  | { readonly ok: false; readonly reason: string };

export function readRules(text: string): ReadRules {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    return { ok: false, reason: `This is no YAML: ${error instanceof Error ? error.message : String(error)}` };
  }
  const list: unknown[] = Array.isArray(value) ? value : isListed(value) ? value.rules : [value];
  const rules: RuleText[] = [];
  for (const [at, one] of list.entries()) {
    const read = shape.safeParse(one);
    if (!read.success) {
      const issue = read.error.issues[0];
      const place = [...(list.length > 1 ? [`rule ${at + 1}`] : []), ...(issue?.path ?? [])].join(", ");
      return { ok: false, reason: `${place === "" ? "" : `${place}: `}${issue?.message ?? "cannot be read"}.` };
    }
    if (rules.some(({ id }) => id === read.data.id))
      return { ok: false, reason: `The id "${read.data.id}" stands here twice.` };
    rules.push(ruleOf(read.data));
  }
  return rules.length === 0 ? { ok: false, reason: "There is no rule in it." } : { ok: true, rules };
}

/** "below 10 for 5 min". */
export function conditionText({ side, threshold, forMs }: RuleText): string {
  return `${side} ${threshold}${forMs === 0 ? "" : ` for ${durationText(forMs)}`}`;
}

export function durationText(ms: number): string {
  if (ms % HOUR_MS === 0) return `${ms / HOUR_MS} h`;
  return ms % MINUTE_MS === 0 ? `${ms / MINUTE_MS} min` : `${ms / 1000} s`;
}

/** The label that its series are named by first. */
export function firstGroup(query: string): string {
  return /\sby\s+([\w.:-]+)/i.exec(unquoted(query))?.[1] ?? "";
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: MINUTE_MS, h: HOUR_MS };

const duration = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,5}[smh]$/, "a duration such as 30s, 5m or 2h")
    .transform((text) => Number(text.slice(0, -1)) * (UNITS[text.slice(-1)] ?? 0))
    .refine((ms) => ms >= least && ms <= most, `from ${durationText(least)} to ${durationText(most)}`);

const unquoted = (query: string): string => query.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""');

const shape = z
  .strictObject({
    id: z.string("its id is missing").regex(/^[a-z0-9][a-z0-9-]{0,79}$/, "an id of small letters, digits and dashes"),
    title: z.string("its title is missing").min(1).max(200),
    description: z.string().max(2_000).default(""),
    query: z
      .string("its query is missing")
      .max(5_000)
      .regex(/^\s*metric\s/, 'a query that begins with "metric"')
      .refine(
        (query) => !unquoted(query).includes("|"),
        "the query has no pipes: the threshold stands in above or below",
      )
      .refine(
        (query) => !/\s(?:span|limit)=/.test(unquoted(query)),
        "the query has no span= and no limit=: say over: 1m",
      ),
    above: z.number().optional(),
    below: z.number().optional(),
    for: duration(0, 24 * HOUR_MS).default(5 * MINUTE_MS),
    every: duration(15_000, HOUR_MS).default(MINUTE_MS),
    over: duration(15_000, HOUR_MS).default(MINUTE_MS),
    level: severity.default("medium"),
  })
  .refine(
    ({ above, below }) => (above === undefined) !== (below === undefined),
    "give above or below, and one of them only",
  );

function ruleOf(read: z.infer<typeof shape>): RuleText {
  const { id, title, description, query, above, below, level } = read;
  const durations = { forMs: read.for, everyMs: read.every, overMs: read.over };
  const short = (ms: number): string => {
    if (ms % HOUR_MS === 0 && ms > 0) return `${ms / HOUR_MS}h`;
    return ms % MINUTE_MS === 0 && ms > 0 ? `${ms / MINUTE_MS}m` : `${ms / 1000}s`;
  };
  const written = {
    id,
    title,
    ...(description === "" ? {} : { description }),
    query: query.trim(),
    ...(above === undefined ? { below } : { above }),
    for: short(read.for),
    every: short(read.every),
    over: short(read.over),
    level,
  };
  return {
    id,
    title,
    description,
    query: query.trim(),
    side: above === undefined ? "below" : "above",
    threshold: above ?? below ?? 0,
    level,
    ...durations,
    text: stringify(written, { lineWidth: 0 }),
  };
}

const isListed = (value: unknown): value is { rules: unknown[] } =>
  typeof value === "object" && value !== null && "rules" in value && Array.isArray(value.rules);
