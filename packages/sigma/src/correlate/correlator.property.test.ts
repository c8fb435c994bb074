/** correlator, property: whatever the rules, the inputs and their order of arrival, the matches are those of the reference;
 *  also when the correlator is given up at any moment and made again from what it wrote down. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type {
  CorrelationInput,
  CorrelationMatch,
  CorrelationRule,
  CorrelationType,
  RuleExpression,
} from "../correlation.ts";
import { type Correlator, createCorrelator, type GroupChange, type GroupState } from "../index.ts";
import { correlation } from "./correlation.testing.ts";
import { isJudgedAtTheEnd, referenceMatches } from "./reference.testing.ts";

const LATENESS = 15;
const OPS = ["gt", "gte", "lt", "lte", "eq", "neq"] as const;
const COUNTED: readonly CorrelationType[] = [
  "event_count",
  "value_count",
  "value_sum",
  "value_avg",
  "value_median",
  "value_percentile",
];
const RUNS = Number(process.env["HOLDFAST_TEST_STORIES"] ?? 1500);

const bounds = fc.array(
  fc.tuple(fc.constantFrom(...OPS, "gte" as const, "gte" as const), fc.integer({ min: 1, max: 6 })),
  {
    minLength: 1,
    maxLength: 2,
  },
);
const base = { timespanMs: fc.integer({ min: 1, max: 20 }), groupBy: fc.constantFrom(["user"], ["user", "host"], []) };
const counting = fc.record({
  ...base,
  type: fc.constantFrom(...COUNTED),
  rules: fc.constantFrom(["a"], ["a", "b"]),
  bounds,
  percentile: fc.constantFrom(0, 25, 90, 100),
});
const { expression } = fc.letrec<{ expression: RuleExpression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 3 },
    fc.record({ kind: fc.constant("rule" as const), id: fc.constantFrom("a", "b", "c") }),
    fc.record({
      kind: fc.constantFrom("and" as const, "or" as const),
      of: fc.array(tie("expression"), { minLength: 2, maxLength: 3 }),
    }),
    fc.record({ kind: fc.constant("not" as const), of: tie("expression") }),
  ),
}));
const temporal = fc.record(
  {
    ...base,
    type: fc.constantFrom("temporal" as const, "temporal_ordered" as const),
    rules: fc.constantFrom(["a", "b"], ["c", "a", "b"]),
    bounds: fc.array(fc.tuple(fc.constantFrom(...OPS), fc.integer({ min: 1, max: 3 })), { maxLength: 1 }),
  },
  { requiredKeys: ["timespanMs", "groupBy", "type", "rules"] },
);
const conditional = fc.record({
  ...base,
  type: fc.constantFrom("temporal" as const, "temporal_ordered" as const),
  rules: fc.constant(["c", "a", "b"]),
  expression,
});
const single = fc
  .oneof(counting, temporal, conditional)
  .map((sketch) => correlation({ ...sketch, id: "inner", fields: fieldsOf(sketch.type) }));
/** A correlation over the first and a rule, grouped by less than the first. */
const chain = fc.tuple(
  single.filter(({ groupBy }) => groupBy.length === 2),
  fc.record({
    type: fc.constantFrom(
      "event_count" as const,
      "temporal" as const,
      "temporal_ordered" as const,
      "value_count" as const,
    ),
    rules: fc.constantFrom(["inner"], ["inner", "a"], ["b", "inner"]),
    timespanMs: fc.integer({ min: 1, max: 40 }),
    least: fc.integer({ min: 1, max: 3 }),
    op: fc.constantFrom("gte" as const, "gte" as const, "eq" as const),
  }),
);
const rules: fc.Arbitrary<CorrelationRule[]> = fc.oneof(
  single.map((rule) => [rule]),
  chain.map(([inner, { least, op, ...outer }]) => [
    inner,
    correlation({
      ...outer,
      id: "outer",
      bounds: outer.type.startsWith("temporal") ? [] : [[op, least]],
      fields: outer.type === "value_count" ? ["host"] : [],
    }),
  ]),
);
const inputs = fc
  .array(
    fc.record({
      ruleId: fc.constantFrom("a", "b", "c"),
      timeMs: fc.integer({ min: 0, max: 80 }),
      delay: fc.integer({ min: 0, max: LATENESS }),
      user: fc.constantFrom("u1", "u2"),
      host: fc.constantFrom("h1", "h2"),
      target: fc.integer({ min: -2, max: 6 }),
    }),
    { maxLength: 40 },
  )
  .map((list) =>
    list.map(({ ruleId, timeMs, delay, user, host, target }, at) => ({
      delay,
      input: { id: `${at}`.padStart(3, "0"), ruleId, timeMs, values: { user, host, target } },
    })),
  );
const cuts = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 12 });

test("the matches are those of the reference, in any order of arrival within the bound, across restarts", () => {
  fc.assert(
    fc.property(rules, inputs, cuts, fc.boolean(), (given, arriving, sizes, restarts) => {
      const sorted = arriving.map(({ input }) => input);
      const expected = referenceMatches(given, sorted);
      const arrived = arriving
        .toSorted((a, b) => a.input.timeMs + a.delay - (b.input.timeMs + b.delay))
        .map(({ input }) => input);
      assert.deepEqual(plain(given, run(given, arrived, { sizes, restarts })), normal(expected));
    }),
    { numRuns: RUNS },
  );
});

test("the ids of the matches do not depend on the order of arrival", () => {
  fc.assert(
    fc.property(rules, inputs, cuts, (given, arriving, sizes) => {
      const late = arriving.toSorted((a, b) => a.input.timeMs + a.delay - (b.input.timeMs + b.delay));
      const inTime = arriving.toSorted((a, b) => a.input.timeMs - b.input.timeMs);
      const ids = (list: typeof late) =>
        [
          ...run(
            given,
            list.map(({ input }) => input),
            { sizes, restarts: false },
          ).keys(),
        ].sort();
      assert.deepEqual(ids(late), ids(inTime));
    }),
    { numRuns: RUNS / 3 },
  );
});

function run(
  given: readonly CorrelationRule[],
  inputs: readonly CorrelationInput[],
  how: { readonly sizes: readonly number[]; readonly restarts: boolean },
): Map<string, CorrelationMatch> {
  // A match that waits for the end of its window comes as late as the next input of its group: there is no bound then.
  const latenessMs = given.length > 1 && given.slice(0, 1).some(isJudgedAtTheEnd) ? Number.POSITIVE_INFINITY : LATENESS;
  const make = (): Correlator => createCorrelator(given, { latenessMs, journal: true });
  const known = new Map<string, CorrelationMatch>();
  const disk = new Map<string, GroupState>();
  let correlator = make();
  for (let at = 0, turn = 0; at < inputs.length; turn++) {
    const size = how.sizes[turn % how.sizes.length] ?? 1;
    take(known, correlator.observe(inputs.slice(at, at + size)));
    write(disk, correlator.changes());
    at += size;
    if (!how.restarts) continue;
    correlator = make();
    correlator.restore(turn % 2 === 0 ? disk.values() : [...disk.values()].reverse());
  }
  take(known, correlator.finish());
  const { late, capped, evicted } = correlator.stats();
  assert.deepEqual({ late, capped, evicted }, { late: 0, capped: 0, evicted: 0 });
  return known;
}

function take(known: Map<string, CorrelationMatch>, matches: readonly CorrelationMatch[]): void {
  for (const match of matches) {
    for (const id of match.replaces) assert.ok(known.delete(id), "only what was reported is replaced");
    if (match.withdrawn) assert.ok(known.delete(match.id), "only what was reported is withdrawn");
    else known.set(match.id, match);
  }
}

/** What a store does with the changes: rows are appended, the rest is replaced. */
function write(disk: Map<string, GroupState>, changes: readonly GroupChange[]): void {
  for (const { ruleId, fingerprint, key, meta, added, neededFromMs } of changes) {
    const name = `${ruleId}|${key}`;
    if (meta === null) {
      disk.delete(name);
      continue;
    }
    const rows = [...(disk.get(name)?.rows ?? []), ...added].filter(([timeMs]) => timeMs >= neededFromMs);
    disk.set(name, JSON.parse(JSON.stringify({ ruleId, fingerprint, key, meta, rows })));
  }
}

function plain(given: readonly CorrelationRule[], matches: ReadonlyMap<string, CorrelationMatch>) {
  const nameOf = (id: string): string => {
    const match = matches.get(id);
    return match === undefined ? id : `${match.rule.id}/${nameOf(match.inputs[0] ?? "")}`;
  };
  return normal(
    [...matches.values()].map((match) => {
      const { rule, group, firstMs, lastMs, formedMs, value, inputs, count } = match;
      assert.equal(count, inputs.length);
      assert.ok(given.includes(rule));
      return {
        ruleId: rule.id,
        group: rule.groupBy.map((name) => group[name]).join("|"),
        firstMs,
        lastMs,
        formedMs,
        value,
        inputs: inputs.map(nameOf),
      };
    }),
  );
}

/** Sorted; a chained input is named by what it is made of, whose ids sort otherwise than those of the correlator. */
function normal<T extends { readonly value: number; readonly inputs: readonly string[] }>(matches: readonly T[]) {
  return matches
    .map((match) => ({ ...match, value: Math.round(match.value * 1e6) / 1e6, inputs: match.inputs.toSorted() }))
    .map((match) => JSON.stringify(match))
    .sort();
}

function fieldsOf(type: CorrelationType): string[] {
  return type.startsWith("value_") ? ["target"] : [];
}
