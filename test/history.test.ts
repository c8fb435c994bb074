/** history.test: recorded attacks in the event store: the rules of the public corpus asked in SQL find the very (event, rule) pairs
 *  that the matcher finds. All rules that match something and a sample of the others; HOLDFAST_TEST_ROUNDS asks more of them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readEvtx } from "@holdfast/evtx";
import { compile, type Engine, parseRules, type Rule, toSql } from "@holdfast/sigma";
import { HISTORY } from "../packages/server/src/detect/history-fields-store.ts";
import { askSql, insertRows, readText, rowOf } from "../packages/server/src/detect/history.testing.ts";
import { openTestEvents } from "../packages/server/src/platform/events/testing.ts";
import {
  concatenatedJson,
  evtxSamples,
  laneBytes,
  linesOf,
  regressionFiles,
  ruleFiles,
  withoutData,
} from "./recordings.ts";

const ROUNDS = Number(process.env["HOLDFAST_TEST_ROUNDS"] ?? 1);
/** Rules without a match that are asked as well, a round. */
const OTHERS = 30;
/** Events of one kind, and matches of one rule, that are stored of each lane, a round. */
const OF_A_KIND = 2 * ROUNDS;

test("rules that SQL cannot say are few and say why", { skip: withoutData("sigma") }, (t) => {
  const { rules } = parseRules(ruleFiles("rules"));
  const codes = new Map<string, number>();
  const sources = new Map<string, Set<string>>();
  for (const rule of rules) {
    const said = toSql(rule, HISTORY);
    const code = said.ok ? "expressed" : said.code;
    codes.set(code, (codes.get(code) ?? 0) + 1);
    if (said.ok) continue;
    assert.equal(said.cut === "0", said.code === "LOGSOURCE_UNFED", rule.path);
    sources.set(code, (sources.get(code) ?? new Set()).add(Object.values(rule.logsource).join("/")));
  }
  t.diagnostic([...codes].map(([code, n]) => `${code}: ${n}`).join(", "));
  for (const [code, names] of sources) t.diagnostic(`${code}: ${[...names].sort().join(", ")}`);
  assert.deepEqual(Object.fromEntries(codes), EXPRESSED);
});

/** Of the 3,141 rules of the corpus. A change of these numbers has to be explained in docs/specs/sigma-sql.md. */
const EXPRESSED = {
  expressed: 2653,
  LOGSOURCE_NOT_STORED: 416,
  FIELDS_NOT_STORED: 63,
  LOGSOURCE_UNFED: 8,
  SQL_TOO_LARGE: 1,
};

const SKIP = withoutData("sigma") || withoutData("lanes") || withoutData("regression");

test("recorded attacks: SQL finds the pairs of event and rule that the matcher finds", { skip: SKIP }, async (t) => {
  const { rules } = parseRules(ruleFiles("rules"));
  const said = rules.filter((rule) => toSql(rule, HISTORY).ok);
  const engine = compile(said);
  const events = await openTestEvents();
  try {
    const expected = new Set<string>();
    const rows: ReturnType<typeof rowOf>[] = [];
    for (const { text, matched, event } of chosen(engine)) {
      const id = rows.push(rowOf(rows.length + 1, text, event));
      for (const ruleId of matched) expected.add(`${id} ${ruleId}`);
    }
    await insertRows(events.store, rows);
    const asked = askedOf(said, expected);
    const { pairs, left } = await askSql(events.store, asked);
    const found = [...expected].filter((pair) => !left.has(pair));
    t.diagnostic(
      `${rows.length} events, ${asked.length} rules asked: ${expected.size} matches, ${expected.size - found.length} left to the matcher`,
    );
    const differing = [...pairs].filter((pair) => !expected.has(pair)).map((pair) => `only SQL: ${pair}`);
    differing.push(...found.filter((pair) => !pairs.has(pair)).map((pair) => `only the matcher: ${pair}`));
    assert.deepEqual(differing, []);
    assert.ok(rows.length > 1_000 && expected.size > 500, `${rows.length} events, ${expected.size} matches`);
    assert.ok(expected.size - found.length < expected.size / 20, "SQL decides nearly all of it");
  } finally {
    await events.close();
  }
});

interface Chosen {
  readonly text: string;
  readonly event: ReturnType<typeof readText>;
  readonly matched: readonly string[];
}

/** Of every lane: a few events of each channel, event id and type, and a few that each rule matches. */
function* chosen(engine: Engine): Generator<Chosen> {
  for (const lane of LANES) {
    const seen = new Map<string, number>();
    const rare = (key: string): boolean => {
      const count = (seen.get(key) ?? 0) + 1;
      seen.set(key, count);
      return count <= OF_A_KIND;
    };
    for (const text of lane()) {
      const event = readText(text);
      const { fields, logsource } = event;
      const matched = engine.match({ fields, logsource, text }).map(({ rule }) => rule.id);
      const wanted = matched.filter((id) => rare(id)).length > 0;
      if (
        wanted ||
        rare(`${event.parser} ${event.columns.channel} ${event.columns.event_code} ${String(fields["EventType"])}`)
      )
        yield { text, event, matched };
    }
  }
}

const LANES: readonly (() => Generator<string>)[] = [
  () => some(linesOf(laneBytes("d1")), Math.ceil(4 / ROUNDS)),
  () => some(linesOf(laneBytes("d2")), Math.ceil(2 / ROUNDS)),
  () => some(linesOf(laneBytes("d3")), Math.ceil(2 / ROUNDS)),
  () => linesOf(laneBytes("aws")),
  function* evtx() {
    for (const { bytes } of evtxSamples()) for (const { json } of readEvtx(bytes)) yield json;
  },
  function* regression() {
    for (const { bytes } of regressionFiles("json")) {
      for (const event of concatenatedJson(bytes.toString("utf8"))) yield JSON.stringify(event);
    }
  },
];

function* some(lines: Iterable<string>, every: number): Generator<string> {
  let count = 0;
  for (const line of lines) if (count++ % every === 0) yield line;
}

/** Every rule that matches something, and a sample of the others that is the same each time. */
function askedOf(rules: readonly Rule[], pairs: ReadonlySet<string>): Rule[] {
  const matching = new Set([...pairs].map((pair) => pair.split(" ")[1]));
  const others = rules.filter(({ id }) => !matching.has(id)).sort((a, b) => (a.id.slice(-8) < b.id.slice(-8) ? -1 : 1));
  return [...rules.filter(({ id }) => matching.has(id)), ...others.slice(0, OTHERS * ROUNDS)];
}
