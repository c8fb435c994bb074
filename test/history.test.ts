/** history.test: recorded attacks in the event store: the rules of the public corpus asked in SQL find the very (event, rule) pairs
 *  that the matcher finds. All rules that match something and a sample of the others; HOLDFAST_TEST_ROUNDS asks more of them, and
 *  HOLDFAST_TEST_WHOLE=1 asks every rule about every event of every lane. */
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
  const said = expressed();
  const { events, pairs, left, differing, rules } = await compare({
    said,
    records: chosen(compile(said)),
    ask: askedOf,
  });
  t.diagnostic(`${events} events, ${rules} rules asked: ${pairs} matches, ${left} left to the matcher`);
  assert.deepEqual(differing, []);
  assert.ok(events > 1_000 && pairs > 500, `${events} events, ${pairs} matches`);
  assert.ok(left < pairs / 20, "SQL decides nearly all of it");
});

const expressed = (): Rule[] => parseRules(ruleFiles("rules")).rules.filter((rule) => toSql(rule, HISTORY).ok);

interface Compared {
  readonly events: number;
  readonly rules: number;
  /** What the matcher finds, and how many of these SQL leaves to it. */
  readonly pairs: number;
  readonly left: number;
  readonly undecided: number;
  readonly differing: readonly string[];
}

async function compare(about: {
  readonly said: readonly Rule[];
  readonly records: Iterable<Chosen>;
  readonly ask: (rules: readonly Rule[], matched: ReadonlySet<string>) => readonly Rule[];
}): Promise<Compared> {
  const store = await openTestEvents();
  try {
    const expected = new Set<string>();
    let rows: ReturnType<typeof rowOf>[] = [];
    let events = 0;
    for (const { text, matched: ids, event } of about.records) {
      rows.push(rowOf(++events, text, event));
      for (const ruleId of ids) expected.add(`${events} ${ruleId}`);
      if (rows.length < AT_ONCE) continue;
      await insertRows(store.store, rows);
      rows = [];
    }
    await insertRows(store.store, rows);
    const asked = about.ask(about.said, expected);
    const { pairs, left } = await askSql(store.store, asked);
    const found = [...expected].filter((pair) => !left.has(pair));
    const differing = [...pairs].filter((pair) => !expected.has(pair)).map((pair) => `only SQL: ${pair}`);
    differing.push(...found.filter((pair) => !pairs.has(pair)).map((pair) => `only the matcher: ${pair}`));
    const counts = { events, rules: asked.length, pairs: expected.size, left: expected.size - found.length };
    return { ...counts, undecided: left.size, differing };
  } finally {
    await store.close();
  }
}

const AT_ONCE = 5_000;

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
    for (const record of matched(lane(), engine)) {
      const { event, matched: ids } = record;
      const wanted = ids.filter((id) => rare(id)).length > 0;
      const { channel, event_code } = event.columns;
      if (wanted || rare(`${event.parser} ${channel} ${event_code} ${String(event.fields["EventType"])}`)) yield record;
    }
  }
}

function* matched(texts: Iterable<string>, engine: Engine): Generator<Chosen> {
  for (const text of texts) {
    const event = readText(text);
    const { fields, logsource } = event;
    yield { text, event, matched: engine.match({ fields, logsource, text }).map(({ rule }) => rule.id) };
  }
}

const WHOLE_LANES: Readonly<Record<string, () => Iterable<string>>> = {
  d1: () => linesOf(laneBytes("d1-sharpdump-lsass")),
  "d1 (Zeek)": () => linesOf(laneBytes("d1-sharpdump-zeek")),
  d2: () => linesOf(laneBytes("d2")),
  d3: () => linesOf(laneBytes("d3")),
  d4: () => eventLogs(),
  aws: () => linesOf(laneBytes("aws")),
};

const LANES: readonly (() => Iterable<string>)[] = [
  () => some(linesOf(laneBytes("d1")), Math.ceil(4 / ROUNDS)),
  () => some(linesOf(laneBytes("d2")), Math.ceil(2 / ROUNDS)),
  () => some(linesOf(laneBytes("d3")), Math.ceil(2 / ROUNDS)),
  () => linesOf(laneBytes("aws")),
  eventLogs,
  function* regression() {
    for (const { bytes } of regressionFiles("json")) {
      for (const event of concatenatedJson(bytes.toString("utf8"))) yield JSON.stringify(event);
    }
  },
];

function* eventLogs(): Generator<string> {
  for (const { bytes } of evtxSamples()) for (const { json } of readEvtx(bytes)) yield json;
}

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

if (process.env["HOLDFAST_TEST_WHOLE"] === "1") {
  for (const [lane, texts] of Object.entries(WHOLE_LANES)) {
    test(`lane ${lane} whole, every rule that SQL can say: the pairs that the matcher finds`, {
      skip: SKIP,
    }, async (t) => {
      const said = expressed();
      const records = matched(texts(), compile(said));
      const { events, pairs, left, undecided, differing, rules } = await compare({ said, records, ask: (all) => all });
      t.diagnostic(
        `${lane}: ${events} events, ${rules} rules, ${events * rules} pairs: ${pairs} matches, ${left} of them and ${undecided} pairs in all left to the matcher, ${differing.length} differences`,
      );
      assert.deepEqual(differing.slice(0, 20), []);
      assert.ok(events > 0);
    });
  }
}
