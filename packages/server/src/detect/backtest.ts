/** backtest: one rule over stored events. SQL decides what it can decide exactly; the rest goes through the matcher, the same code
 *  that runs in the stream, after the parsers have read the record again. Bounded in time and rows, and it says when a bound was hit. */
import type { BacktestAnswer, BacktestEvent } from "@holdfast/contracts/backtest";
import { compile, type MatchedField, type Rule, type RuleSql, type SqlRefusal, toSql } from "@holdfast/sigma";
import { Tally } from "./backtest-tally.ts";
import { HISTORY } from "./history-fields-store.ts";
import { matchRecords, type MatchPlan, readAgain } from "./history-match.ts";
import {
  countHistory,
  type HistoryCount,
  type HistoryFilter,
  type HistoryRecord,
  readHistoryByIds,
} from "./history-store.ts";

export interface BacktestPlan extends MatchPlan {
  /** Events to show. */
  readonly limit: number;
}

export type BacktestResult = Pick<
  BacktestAnswer,
  "total" | "perDay" | "hosts" | "users" | "events" | "how" | "incomplete"
>;

/** Records that the matcher goes through at most. */
const MOST_RECORDS = 300_000;

export async function backtestRule(rule: Rule, plan: BacktestPlan): Promise<BacktestResult> {
  const said = toSql(rule, HISTORY);
  const tally = new Tally(plan.ask.range, plan.limit);
  const counted = said.ok ? await countHistory(plan.events, said, { ...plan.ask, first: plan.limit }) : undefined;
  if (counted !== undefined) tally.addCounts(counted, await confirm(rule, counted.first, plan));
  const rest =
    counted?.rest === 0 ? { read: 0, incomplete: null } : await matchRest(rule, restOf(said), { ...plan, tally });
  return { ...tally.result(), how: howOf(said, counted, rest.read), incomplete: rest.incomplete };
}

async function matchRest(
  rule: Rule,
  filter: HistoryFilter,
  plan: BacktestPlan & { readonly tally: Tally },
): Promise<{ read: number; incomplete: string | null }> {
  const engine = compile([rule]);
  return matchRecords(plan, { filter, rows: MOST_RECORDS }, (record, { sigma }) => {
    const [match] = engine.match(sigma);
    if (match !== undefined) plan.tally.add(eventOf(record, match.fields, true));
  });
}

/** The rows that are left to the matcher. */
function restOf(said: RuleSql | SqlRefusal): HistoryFilter {
  const { cut, params } = said;
  return said.ok ? { cut, columns: said.columns, where: said.rest, params } : { cut, columns: [], where: "1", params };
}

/** The first matches, with what made them match. */
async function confirm(rule: Rule, ids: readonly string[], plan: BacktestPlan): Promise<BacktestEvent[]> {
  const engine = compile([rule]);
  const records = await readHistoryByIds(plan.events, ids, plan.ask);
  return records.map((record) => {
    const [match] = engine.match(readAgain(plan.normalise, record).sigma);
    return eventOf(record, match?.fields ?? [], match !== undefined);
  });
}

const MOST_FIELDS = 30;
const MOST_TEXT = 1_000;

function eventOf(record: HistoryRecord, fields: readonly MatchedField[], confirmed: boolean): BacktestEvent {
  return {
    eventId: record.id,
    at: new Date(record.timeMs).toISOString(),
    host: record.host,
    user: record.user,
    message: record.message.slice(0, MOST_TEXT),
    fields: fields.slice(0, MOST_FIELDS).map((field) => ({ ...field, value: field.value.slice(0, MOST_TEXT) })),
    confirmed,
  };
}

function howOf(said: RuleSql | SqlRefusal, counted: HistoryCount | undefined, matched: number): BacktestAnswer["how"] {
  if (counted === undefined) {
    const reason = said.ok ? "" : said.reason;
    const sentence = `The matcher read every event that may feed the rule: ${reason}.`;
    return { by: "matcher", code: said.ok ? null : said.code, sentence, candidates: matched, matched };
  }
  const { candidates } = counted;
  if (counted.rest === 0) {
    const sentence = "The event store decided every event that feeds the rule; the matcher confirmed those shown.";
    return { by: "sql", code: null, sentence, candidates, matched };
  }
  const sentence =
    `The event store decided ${candidates - counted.rest} events and left ${counted.rest} to the matcher: ` +
    "their fields can only be had from the parser.";
  return { by: "both", code: "ROWS_UNREAD", sentence, candidates, matched };
}
