/**
 * differential: the engine against a naive reader of the rule text (test/sigma/reference.ts) on recorded events, and against
 * itself without index and memory on all of them. Both must name the same (event, rule) pairs. HOLDFAST_TEST_WHOLE=1 asks the
 * naive reader about every event of the lanes, which takes up to an hour a lane.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readEvtx } from "@holdfast/evtx";
import { compile, parseRules, type Rule } from "./index.ts";
import { type CompiledRule, compileRules } from "./match/compiled-rule.ts";
import { accessTo } from "./match/access.ts";
import { EventView } from "./match/event-view.ts";
import { createRouter } from "./match/router.ts";
import { type Event, flattened, naiveMatch, type Read } from "../../../test/sigma/reference.ts";
import { windowsRoutes } from "./routing/routes.ts";
import { random } from "../../../test/sigma/pairs.ts";
import { evtxSamples, laneBytes, linesOf, ruleFiles, withoutData } from "../../../test/recordings.ts";

interface RoutedRule {
  readonly rule: Rule;
  readonly routes: ReturnType<typeof windowsRoutes>;
}

/** Routes by comparing every route with the event, one by one. */
function naiveRouted({ rule, routes }: RoutedRule, event: Event): boolean {
  const channel = String(event["Channel"]).toLowerCase();
  for (const route of routes) {
    if (route.channels !== undefined && !route.channels.includes(channel)) continue;
    if (route.eventIds !== undefined && !route.eventIds.includes(Number(event["EventID"]))) continue;
    if (route.eventTypes !== undefined && !route.eventTypes.includes(String(event["EventType"]).toLowerCase()))
      continue;
    const read: Read = (field) =>
      (route.aliases[field] ?? [field]).map((name) => event[name]).find((v) => v !== undefined);
    if (naiveMatch(rule, event, read)) return true;
  }
  return false;
}

/** CloudTrail records feed the rules for them; their fields are reached by dotted names. */
function naiveCloud({ rule }: RoutedRule, event: Event): boolean {
  if (rule.logsource.product !== "aws" || event["eventSource"] === undefined) return false;
  return naiveMatch(rule, event, (field) => {
    const parts = field.split(".");
    return parts.reduce<unknown>((found, part) => (isRecord(found) ? found[part] : undefined), event);
  });
}

function isRecord(value: unknown): value is Event {
  return typeof value === "object" && value !== null;
}

/** Lanes of JSON as they are, and the EVTX files of d4 as the reader gives them. */
function* recorded(lane: string): Generator<Event> {
  if (lane !== "d4") {
    for (const line of linesOf(laneBytes(lane))) yield JSON.parse(line);
    return;
  }
  for (const { bytes } of evtxSamples()) {
    for (const { json } of readEvtx(bytes)) yield JSON.parse(json);
  }
}

/** A few events of every channel and event id of each lane, and one that each rule matches. */
function* slice(lane: string, matchesOf: (event: Event) => readonly string[]): Generator<Event> {
  const seen = new Set<string>();
  const isNew = (key: string): boolean => seen.size < seen.add(key).size;
  for (const event of recorded(lane)) {
    const flat = flattened(event);
    const kind = isNew(["Channel", "EventID", "EventType", "eventName"].map((name) => String(flat[name])).join(" "));
    const matched = matchesOf(event).filter(isNew).length > 0;
    if (kind || matched) yield event;
  }
}

const encoder = new TextEncoder();

/** As an event arrives; with them keywords are ruled out in one pass. */
function jsonBytes(event: Event): Uint8Array {
  return encoder.encode(JSON.stringify(event));
}

const WHOLE = process.env["HOLDFAST_TEST_WHOLE"] === "1";
/** So many differences tell what is wrong. */
const SHOWN = 5;

const LEAST: Readonly<Record<string, readonly [events: number, matches: number]>> = {
  d1: [40, 20],
  d2: [60, 30],
  d3: [20, 8],
  d4: [200, 200],
  aws: [10, 1],
};

for (const [lane, [leastEvents, leastMatches]] of Object.entries(LEAST)) {
  test(`${WHOLE ? "all events" : "events of every kind"} in lane ${lane} give the same matches as the reference`, {
    skip: withoutData("lanes"),
  }, (t) => {
    const { rules } = parseRules(ruleFiles("rules"));
    const engine = compile(rules);
    const ids = (event: Event): string[] =>
      engine.match({ fields: event, bytes: jsonBytes(event) }).map(({ rule }) => rule.id);
    const routed = rules.map((rule) => ({ rule, routes: windowsRoutes(rule.logsource) }));
    const differences: string[] = [];
    let matches = 0;
    let events = 0;
    for (const event of WHOLE ? recorded(lane) : slice(lane, ids)) {
      const found = ids(event);
      const flat = flattened(event);
      const expected = routed
        .filter((rule) => naiveRouted(rule, flat) || naiveCloud(rule, flat))
        .map(({ rule }) => rule.id);
      matches += found.length;
      events++;
      if (found.join() === expected.join()) continue;
      differences.push(`engine ${found.join()}, reference ${expected.join()}: ${JSON.stringify(event).slice(0, 400)}`);
      if (differences.length === SHOWN) break;
    }
    t.diagnostic(
      `${lane}: ${events} events, ${events * rules.length} pairs of event and rule, ${matches} matches, ${differences.length} differences`,
    );
    assert.deepEqual(differences, []);
    assert.ok(
      events >= leastEvents && matches >= leastMatches,
      `${events} events and ${matches} matches prove too little`,
    );
  });
}

/** Every rule of the group is a candidate for every event, and nothing is remembered from one event to the next. */
function withoutIndex(rules: readonly Rule[]): (event: Event) => string[] {
  const { compiled, fieldNames } = compileRules(rules);
  const router = createRouter({
    rules: compiled,
    routing: true,
    makeGroup: (members, aliases) => ({
      access: fieldNames.map((name) => accessTo(name, aliases)),
      candidates: () => members.length,
      candidate: (position) => members[position],
    }),
  });
  return (fields) => {
    const view = new EventView(fieldNames.length);
    const { groups, fields: flat } = router.route({ fields });
    view.open({ fields }, flat);
    const found = new Set<CompiledRule>();
    for (const group of groups) {
      view.enter(group.access);
      for (let i = 0; i < group.candidates(view); i++) {
        const rule = group.candidate(i);
        if (rule?.predicate(view)) found.add(rule);
      }
    }
    return [...found].sort((a, b) => a.index - b.index).map(({ rule }) => rule.id);
  };
}

/** All events when nothing may be left out, else every tenth. */
const STRIDE = process.env["HOLDFAST_TEST_REQUIRE"] === "all" ? 1 : 10;

test("on the events of all lanes the index loses no match", { skip: withoutData("lanes") }, () => {
  const { rules } = parseRules(ruleFiles("rules"));
  const engine = compile(rules);
  const plain = withoutIndex(rules);
  let events = 0;
  let matches = 0;
  for (const lane of Object.keys(LEAST)) {
    for (const event of recorded(lane)) {
      // All events pass the engine, so that its memory is as full as it gets.
      const bytes = events % 2 === 0 ? jsonBytes(event) : undefined;
      const found = engine.match({ fields: event, bytes }).map(({ rule }) => rule.id);
      if (events++ % STRIDE !== 0) continue;
      assert.deepEqual(found, plain(event), JSON.stringify(event).slice(0, 400));
      matches += found.length;
    }
  }
  assert.ok(events > 140_000 && matches > 100, `${events} events and ${matches} matches prove too little`);
});

/** Characters that fold to ASCII or to two, signs that share bits with letters, and what JSON rarely carries. */
const ODD = [
  "\u212a",
  "\u0130",
  "\u017f",
  "\u00df",
  "\u03a3",
  "\u0000",
  "\ud83d\ude00",
  "\ud800",
  "@",
  "[",
  "\\",
  "*",
  "?",
  " ",
];

/** One to three values of the event changed; the fields that route it are left. */
function mutated(event: Event, pick: (below: number) => number): Event {
  const changed: Record<string, unknown> = { ...event };
  const names = Object.keys(event).filter((name) => !["Channel", "EventID", "EventType"].includes(name));
  for (let n = 0; n <= pick(3); n++) {
    const name = names[pick(names.length)] ?? "";
    const text = String(event[name]);
    const at = pick(text.length + 1);
    const odd = ODD[pick(ODD.length)] ?? "";
    changed[name] = [
      () => text.slice(0, at) + odd + text.slice(at + 1),
      () => text.slice(0, at) + odd + text.slice(at),
      () => text.toUpperCase().replace(/[KIS]/u, odd),
      () => text.slice(at),
      () => [text.slice(0, at), pick(9), { inner: text }],
      () => text.repeat(1 + pick(40)),
      () => [null, true, 1e300, "", {}, []][pick(6)],
    ][pick(7)]?.();
  }
  return changed;
}

test("on events changed at random the index loses no match", { skip: withoutData("lanes") }, () => {
  const { rules } = parseRules(ruleFiles("rules"));
  const engine = compile(rules);
  const plain = withoutIndex(rules);
  const pick = random(7);
  let events = 0;
  let matches = 0;
  for (const lane of ["d1", "d2", "d3"]) {
    for (const event of recorded(lane)) {
      const likely = engine.match({ fields: event }).length > 0;
      if (!likely && pick(10 * STRIDE) !== 0) continue;
      for (let n = likely ? 3 : 1; n > 0; n--) {
        const changed = mutated(event, pick);
        const bytes = pick(2) === 0 ? jsonBytes(changed) : undefined;
        const found = engine.match({ fields: changed, bytes }).map(({ rule }) => rule.id);
        assert.deepEqual(found, plain(changed), JSON.stringify(changed).slice(0, 2000));
        matches += found.length;
        events++;
      }
    }
  }
  assert.ok(events > 1500 && matches > 300, `${events} events and ${matches} matches prove too little`);
});
