/** explain-correlation: what a match of a correlation stands on: its group, what was measured against which bound, over which time,
 *  and every event that counted with the values that the correlation read of it. */
import type { CorrelationFacts } from "@holdfast/contracts/authoring";
import { type CorrelationRule, createCorrelator, type Rule } from "@holdfast/sigma";
import type { DetectContext } from "./context.ts";
import { conditionOf, timespanText } from "./correlation-signal.ts";
import { readMatchOfSignal, readWithdrawals, type SignalMatch } from "./correlation-view-store.ts";
import { valuesFor } from "./correlation-values.ts";
import { eventOfRecord, type ReadEvent, readRecords } from "./event-reader.ts";
import type { RuleSet } from "./rule-set.ts";
import { type EventSignal, signalsOfEvents } from "./signal-list-store.ts";

export interface CorrelationExplained {
  /** Null when nothing is known of the match any more. */
  readonly facts: CorrelationFacts | null;
  readonly sentence: string;
  readonly withdrawn: string | null;
}

export async function explainCorrelation(
  { tables, events, normalise, keeper }: DetectContext,
  rule: CorrelationRule,
  signalId: string,
): Promise<CorrelationExplained> {
  const withdrawal = (await readWithdrawals(tables.db, [signalId])).get(signalId);
  const withdrawn = withdrawal?.reason ?? null;
  const match = await readMatchOfSignal(tables.db, withdrawal?.mergedInto ?? signalId);
  if (match === undefined) return { facts: null, sentence: "The match behind it is no longer kept.", withdrawn };
  const bases = basesOf(rule, keeper.set);
  const signals = await signalsOfEvents(events, { eventIds: match.eventIds, ruleIds: [...bases.keys()] });
  const records = await readRecords(events, { ids: match.eventIds, sinceMs: undefined });
  const read = new Map(records.map((record) => [record.id, eventOfRecord(normalise, record)]));
  const facts = factsOf({ rule, match, bases, set: keeper.set, signals, read });
  return { facts, sentence: sentenceOf(rule, match), withdrawn };
}

interface Found {
  readonly rule: CorrelationRule;
  readonly match: SignalMatch;
  readonly bases: ReadonlyMap<string, Base>;
  readonly set: RuleSet;
  readonly signals: readonly EventSignal[];
  readonly read: ReadonlyMap<string, ReadEvent>;
}

/** A rule whose matches count, with the fields that are read of its events. */
interface Base {
  readonly rule: Rule;
  readonly fields: readonly string[];
}

function factsOf({ rule, match, bases, set, signals, read }: Found): CorrelationFacts {
  return {
    type: rule.type,
    condition: conditionOf(rule),
    timespan: timespanText(rule.timespanMs),
    rules: rule.rules.map((id) => ({ id, title: set.rules.get(id)?.rule.title ?? id })),
    group: rule.groupBy.map((name) => ({ name, value: match.group[name] ?? "" })),
    value: match.value,
    count: match.count,
    firstAt: iso(match.firstMs),
    lastAt: iso(match.lastMs),
    formedAt: iso(match.formedMs),
    events: signals.map(({ id, eventId, at, ruleId, ruleTitle, host, user }) => {
      const facts = { eventId, signalId: id, at, ruleId, ruleTitle, host, user };
      return { ...facts, values: valuesOf(bases.get(ruleId), eventId, read) };
    }),
  };
}

function valuesOf(
  base: Base | undefined,
  eventId: string,
  read: ReadonlyMap<string, ReadEvent>,
): { name: string; value: string }[] {
  const event = read.get(eventId);
  if (base === undefined || event === undefined) return [];
  const { fields, logsource, text = "" } = event.sigma;
  const input = { eventId, fields, logsource, text, columns: event.columns };
  const { values = {} } = valuesFor(base.rule, input, base.fields);
  return base.fields.flatMap((name) => {
    const value = values[name];
    return value === undefined ? [] : [{ name, value: String(value) }];
  });
}

/** The rules at the bottom, down through chained correlations. */
function basesOf(rule: CorrelationRule, set: RuleSet): Map<string, Base> {
  const correlations = new Map([[rule.id, rule]]);
  const rules = new Map<string, Rule>();
  const open = [...rule.rules];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const loaded = set.rules.get(id);
    if (loaded?.kind === "detection") rules.set(id, loaded.rule);
    if (loaded?.kind !== "correlation" || correlations.has(id)) continue;
    correlations.set(id, loaded.rule);
    open.push(...loaded.rule.rules);
  }
  const { fieldsReadFrom } = createCorrelator([...correlations.values()]);
  return new Map([...rules].map(([id, base]) => [id, { rule: base, fields: fieldsReadFrom(id) }]));
}

function sentenceOf(rule: CorrelationRule, { count, value, firstMs, lastMs }: SignalMatch): string {
  const measured = Math.round(value * 1000) / 1000;
  const counted = `${count} ${count === 1 ? "match" : "matches"} of its rules within ${timeBetween(firstMs, lastMs)}`;
  return `A correlation: ${counted}; ${WORDS[rule.type]} was ${measured}, and it fires at ${conditionOf(rule)}.`;
}

const WORDS: Readonly<Record<CorrelationRule["type"], string>> = {
  event_count: "their count",
  value_count: "the number of different values",
  value_sum: "the sum",
  value_avg: "the average",
  value_median: "the median",
  value_percentile: "the percentile",
  temporal: "the number of rules that fired",
  temporal_ordered: "the number of rules that fired in order",
};

const timeBetween = (firstMs: number, lastMs: number): string => `${Math.round((lastMs - firstMs) / 1000)} s`;
const iso = (ms: number): string => new Date(ms).toISOString();
