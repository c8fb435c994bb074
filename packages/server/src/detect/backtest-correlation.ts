/** backtest-correlation: a correlation over stored events: the matches of the rules it is made of, found as in any back-test and read
 *  by the matcher for their values, then correlated by the very correlator of the stream, with all inputs known. */
import type { BacktestEvent } from "@holdfast/contracts/backtest";
import {
  compile,
  type CorrelationInput,
  type CorrelationMatch,
  type CorrelationRule,
  createCorrelator,
  type Rule,
  toSql,
} from "@holdfast/sigma";
import type { BacktestPlan, BacktestResult } from "./backtest.ts";
import { Tally } from "./backtest-tally.ts";
import { valuesFor } from "./correlation-values.ts";
import { HISTORY } from "./history-fields-store.ts";
import { matchRecords } from "./history-match.ts";
import type { HistoryFilter } from "./history-store.ts";

/** What a correlation is made of, down to the rules on events. */
export interface CorrelationParts {
  /** The correlation itself and those it is made of. */
  readonly correlations: readonly CorrelationRule[];
  readonly rules: readonly Rule[];
}

/** Matches of one rule that are read; beyond it the answer is a lower bound. */
const MOST_RECORDS = 200_000;

export async function backtestCorrelation(
  rule: CorrelationRule,
  parts: CorrelationParts,
  plan: BacktestPlan,
): Promise<BacktestResult> {
  const correlator = createCorrelator(parts.correlations, {
    latenessMs: Number.POSITIVE_INFINITY,
    maxPerGroup: MOST_RECORDS,
  });
  const inputs: CorrelationInput[] = [];
  const left: string[] = [];
  let read = 0;
  for (const base of parts.rules) {
    const fields = correlator.fieldsReadFrom(base.id);
    const engine = compile([base]);
    const done = await matchRecords(plan, { filter: candidatesOf(base), rows: MOST_RECORDS }, (record, again) => {
      if (engine.match(again.sigma).length === 0) return;
      const { columns, logsource, fields: own } = again.event;
      const event = { eventId: record.id, columns, fields: own, logsource, text: record.raw };
      const { values } = valuesFor(base, event, fields);
      inputs.push({ id: `${record.id}:${base.id}`, ruleId: base.id, timeMs: record.timeMs, values: values ?? {} });
    });
    read += done.read;
    if (done.incomplete !== null) left.push(`${base.title}: ${done.incomplete}`);
  }
  inputs.sort((a, b) => a.timeMs - b.timeMs || (a.id < b.id ? -1 : 1));
  const matches = new Map<string, CorrelationMatch>();
  for (const match of [...correlator.observe(inputs), ...correlator.finish()]) {
    if (match.rule.id === rule.id) matches.set(match.id, match);
  }
  const tally = new Tally(plan.ask.range, plan.limit);
  for (const match of matches.values()) tally.add(eventOf(match));
  const { evicted, capped } = correlator.stats();
  if (evicted + capped > 0) left.push(`the correlator's bounds left out ${evicted} groups and ${capped} inputs.`);
  return {
    ...tally.result(),
    how: {
      by: "both",
      code: "CORRELATION",
      sentence: `${inputs.length} matches of ${parts.rules.length} rules were found in the store, read by the matcher and correlated.`,
      candidates: read,
      matched: read,
    },
    incomplete: left.length === 0 ? null : left.join(" "),
  };
}

/** Rows that match or that the matcher has to decide. */
function candidatesOf(rule: Rule): HistoryFilter {
  const said = toSql(rule, HISTORY);
  const { cut, params } = said;
  if (!said.ok) return { cut, columns: [], where: "1", params };
  return { cut, columns: said.columns, where: `(${said.where} OR ${said.rest})`, params };
}

function eventOf(match: CorrelationMatch): BacktestEvent {
  const group = Object.entries(match.group);
  const named = (...names: readonly string[]): string => group.find(([name]) => names.includes(name))?.[1] ?? "";
  const by = group.map(([name, value]) => `${name} ${value}`).join(", ");
  const value = Number.isInteger(match.value) ? match.value : Number(match.value.toFixed(3));
  return {
    eventId: null,
    at: new Date(match.lastMs).toISOString(),
    host: named("host", "Computer", "Hostname"),
    user: named("user", "User", "TargetUserName", "SubjectUserName"),
    message: `${match.rule.type} ${value} over ${match.count} matches${by === "" ? "" : ` of ${by}`}, since ${new Date(match.firstMs).toISOString()}`,
    fields: group.map(([field, text]) => ({ field, value: text, pattern: "", selection: "group-by" })),
    confirmed: true,
  };
}
