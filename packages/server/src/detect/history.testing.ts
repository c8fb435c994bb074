/** history.testing: for tests: records stored as the pipeline stores them, and many rules asked of the store in a few statements. */
import { catalog } from "@holdfast/content";
import { createNormaliser, decodeRecord, type NormalisedEvent } from "@holdfast/sdk";
import { type Rule, SqlParameters, toSql, withColumns } from "@holdfast/sigma";
import { encodeEvents, type EventRow, type EventStore } from "../platform/events/index.ts";
import { HISTORY } from "./history-fields-store.ts";

export const RECEIVED = Date.UTC(2026, 10, 22, 8);

const normalise = createNormaliser(catalog.parsers);

export function readText(text: string): NormalisedEvent {
  return normalise(decodeRecord({ text, received: RECEIVED, peer: "", kind: "import" }));
}

/** One row of the events table. */
export function rowOf(id: number, text: string, event: NormalisedEvent): EventRow {
  const { columns, parser, class_name } = event;
  const pipeline = { received_ms: RECEIVED, source: "t", parser, class: class_name, peer: "", notes: [], raw: text };
  return { ...columns, ...pipeline, id: String(id) };
}

let batches = 0;

export async function insertRows(store: EventStore, rows: readonly EventRow[]): Promise<void> {
  for (let from = 0; from < rows.length; from += 5_000) {
    const part = rows.slice(from, from + 5_000);
    await store.insert({
      table: "events",
      encoded: encodeEvents(part),
      rows: part.length,
      token: `history-${batches++}`,
    });
  }
}

export interface SqlAnswer {
  /** "event rule" pairs that SQL decided for. */
  readonly pairs: Set<string>;
  /** "event rule" pairs that SQL leaves to the matcher. */
  readonly left: Set<string>;
}

/** Rules of one log source are asked together, as many as a statement comfortably holds. */
export async function askSql(store: EventStore, rules: readonly Rule[]): Promise<SqlAnswer> {
  const answer: SqlAnswer = { pairs: new Set(), left: new Set() };
  const groups = Map.groupBy(rules, ({ logsource }) => JSON.stringify(logsource));
  for (const group of groups.values()) {
    for (let at = 0; at < group.length; ) at = await askSome(store, group.slice(at), answer).then((n) => at + n);
  }
  return answer;
}

const MOST_RULES = 25;
const MOST_TEXT = 40_000;

async function askSome(store: EventStore, rules: readonly Rule[], answer: SqlAnswer): Promise<number> {
  const parameters = new SqlParameters();
  const asked: { rule: Rule; where: string; rest: string }[] = [];
  let cut = "0";
  for (const rule of rules) {
    const said = toSql(rule, HISTORY, { parameters });
    if (!said.ok) throw new Error(`${rule.id}: ${said.reason}`);
    asked.push({ rule, where: said.where, rest: said.rest });
    cut = said.cut;
    const length = JSON.stringify([parameters.columns, parameters.values, asked.map(({ where }) => where)]).length;
    if (asked.length === MOST_RULES || length > MOST_TEXT) break;
  }
  const from = `(SELECT id, parser, channel, event_code, raw FROM ${store.table("events")} WHERE ${cut})`;
  const list = (of: readonly string[]): string => `[${of.join(", ")}]`;
  const rows = await store.query<{ id: string; hits: number[]; rests: number[] }>(
    `SELECT id, hits, rests FROM (SELECT id, ${list(asked.map(({ where }) => where))} AS hits,
       ${list(asked.map(({ rest }) => rest))} AS rests
     FROM ${withColumns([...HISTORY.columns, ...parameters.columns], from)} LIMIT 1000000000) WHERE has(hits, 1) OR has(rests, 1)`,
    { params: parameters.values, limits: { timeMs: 300_000, memoryBytes: 4 * 1024 ** 3 } },
  );
  for (const row of rows) {
    for (const [index, { rule }] of asked.entries()) {
      if (row.hits[index] === 1) answer.pairs.add(`${row.id} ${rule.id}`);
      if (row.rests[index] === 1) answer.left.add(`${row.id} ${rule.id}`);
    }
  }
  return asked.length;
}
