/** correlator: each type by example, and the mistakes that others have made: order past the first rule, groups that mix, windows
 *  longer than the timespan. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CorrelationInput, CorrelationMatch, CorrelationRule } from "../correlation.ts";
import { type CorrelatorOptions, createCorrelator } from "../index.ts";
import { correlation, input } from "./correlation.testing.ts";

const MINUTE = 60_000;

/** What is left when all is known. */
function found(rules: readonly CorrelationRule[], inputs: readonly CorrelationInput[], options?: CorrelatorOptions) {
  const correlator = createCorrelator(rules, options);
  const matches = new Map<string, CorrelationMatch>();
  for (const match of [...inputs.flatMap((one) => correlator.observe([one])), ...correlator.finish()]) {
    for (const id of match.replaces) matches.delete(id);
    if (match.withdrawn) matches.delete(match.id);
    else matches.set(match.id, match);
  }
  return [...matches.values()];
}

test("event_count: the input that completes the window raises the match, later ones let it grow under the same id", () => {
  const correlator = createCorrelator([correlation({ type: "event_count", bounds: [["gte", 3]] })]);
  assert.deepEqual(correlator.observe([input("a", 0), input("a", 10)]), []);
  const [first, ...none] = correlator.observe([input("a", 20)]);
  assert.deepEqual(none, []);
  const { rule: _, id, ...rest } = first ?? assert.fail("a match");
  assert.match(id, /^[0-9a-f]{32}$/);
  assert.deepEqual(rest, {
    group: { user: "bob" },
    firstMs: 0,
    lastMs: 20,
    formedMs: 20,
    value: 3,
    count: 3,
    inputs: ["a@0", "a@10", "a@20"],
    replaces: [],
    withdrawn: false,
  });
  const [grown] = correlator.observe([input("a", 30), input("a", 40)]);
  assert.deepEqual([grown?.id, grown?.count, grown?.value, grown?.lastMs, grown?.formedMs], [id, 5, 5, 40, 20]);
});

test("a window is never longer than the timespan, and exactly as long as it", () => {
  const rule = correlation({ type: "event_count", bounds: [["gte", 3]], timespanMs: MINUTE });
  assert.equal(found([rule], [input("a", 0), input("a", MINUTE / 2), input("a", MINUTE)]).length, 1);
  assert.equal(found([rule], [input("a", 0), input("a", MINUTE / 2), input("a", MINUTE + 1)]).length, 0);
  assert.equal(
    found(
      [rule],
      [0, 40, 80, 120, 160].map((s) => input("a", s * 1000)),
    ).length,
    0,
  );
});

test("groups never mix, in temporal rules either, and an input without the field is in none", () => {
  const rule = correlation({ type: "temporal", rules: ["a", "b"] });
  assert.equal(found([rule], [input("a", 0, { user: "bob" }), input("b", 1, { user: "eve" })]).length, 0);
  assert.equal(found([rule], [input("a", 0, { user: "Bob" }), input("b", 1, { user: "bob" })]).length, 1);
  const correlator = createCorrelator([rule]);
  correlator.observe([input("a", 0, { host: "h" }), input("b", 1, { host: "h" })]);
  assert.deepEqual([correlator.stats().groups, correlator.stats().incomplete], [0, 2]);
});

test("two fields never make the group of two others", () => {
  const rule = correlation({ type: "event_count", bounds: [["gte", 2]], groupBy: ["user", "host"] });
  const inputs = [input("a", 0, { user: "a", host: "bc" }), input("a", 1, { user: "ab", host: "c" })];
  assert.equal(found([rule], inputs).length, 0);
});

test("temporal_ordered: the order holds over all rules, not the first alone", () => {
  const rule = correlation({ type: "temporal_ordered", rules: ["a", "b", "c"] });
  const at = (...ids: string[]) => ids.map((id, n) => input(id, n));
  assert.equal(found([rule], at("a", "b", "c")).length, 1);
  for (const wrong of [
    ["a", "c", "b"],
    ["b", "a", "c"],
    ["c", "b", "a"],
    ["a", "c", "a", "b"],
  ])
    assert.equal(found([rule], at(...wrong)).length, 0, wrong.join(" "));
  assert.equal(found([rule], at("a", "c", "b", "c")).length, 1);
});

test("temporal_ordered: the whole run fits into the timespan, and a later start gives it another chance", () => {
  const rule = correlation({ type: "temporal_ordered", rules: ["a", "b", "c"], timespanMs: 10 });
  assert.equal(found([rule], [input("a", 0), input("b", 5), input("c", 11)]).length, 0);
  assert.equal(found([rule], [input("a", 0), input("a", 3), input("b", 5), input("c", 11)]).length, 1);
  assert.equal(found([rule], [input("a", 0), input("b", 5), input("a", 6), input("c", 11)]).length, 0);
});

test("inputs of one moment satisfy any order", () => {
  const rule = correlation({ type: "temporal_ordered", rules: ["b", "a"] });
  assert.equal(found([rule], [input("a", 5), input("b", 5)]).length, 1);
});

test("value_count counts different values, of several fields as one, whatever their case", () => {
  const rule = correlation({ type: "value_count", fields: ["host"], bounds: [["gte", 3]] });
  const at = (...hosts: string[]) => hosts.map((host, n) => input("a", n, { user: "bob", host }));
  assert.equal(found([rule], at("h1", "h2", "h2", "h1")).length, 0);
  assert.equal(found([rule], at("h1", "H1", "h2")).length, 0);
  assert.deepEqual(
    found([rule], at("h1", "h2", "h2", "h3")).map(({ value, count }) => [value, count]),
    [[3, 4]],
  );
  const pairs = correlation({ type: "value_count", fields: ["host", "port"], bounds: [["gte", 2]] });
  const hit = (n: number, host: string, port: number) => input("a", n, { user: "bob", host, port });
  assert.equal(found([pairs], [hit(0, "h", 1), hit(1, "h", 1)]).length, 0);
  assert.equal(found([pairs], [hit(0, "h", 1), hit(1, "h", 2)]).length, 1);
});

test("sums and averages leave no trace of what has left the window", () => {
  const sum = correlation({ type: "value_sum", fields: ["n"], bounds: [["gte", 0.3]], timespanMs: 10 });
  const at = (...values: number[]) => values.map((n, at) => input("a", at * 8, { user: "bob", n }));
  assert.deepEqual(
    found([sum], at(1e16, 0.1, 0.2)).map(({ value }) => value),
    [1e16],
  );
  assert.deepEqual(
    found([sum], at(-1e16, 0.1, 0.1, 0.2)).map(({ value }) => value),
    [0.1 + 0.2],
  );
});

test("median and percentile read between the values", () => {
  const of = (type: "value_median" | "value_percentile", percentile: number, ...numbers: number[]) =>
    found(
      [
        correlation({
          type,
          fields: ["n"],
          percentile,
          bounds: [
            ["gte", 0],
            ["gte", 0],
          ],
        }),
      ],
      [...numbers.map((n, at) => input("a", at, { user: "bob", n }))],
    )[0]?.value;
  assert.equal(of("value_median", 0, 1, 2), 1.5);
  assert.equal(of("value_median", 0, 1, 2, 9), 2);
  assert.equal(of("value_percentile", 75, 1, 3), 2.5);
  assert.equal(of("value_percentile", 100, 1, 3), 3);
});

test("what is no number is left out and counted", () => {
  const correlator = createCorrelator([correlation({ type: "value_sum", fields: ["n"], bounds: [["gte", 1]] })]);
  correlator.observe([input("a", 0, { user: "bob", n: "many" }), input("a", 1, { user: "bob", n: " " })]);
  assert.equal(correlator.stats().unreadable, 2);
  assert.equal(correlator.observe([input("a", 2, { user: "bob", n: "0x10" })])[0]?.value, 16);
});

test("that there are few is said once the timespan is over, of windows that share nothing", () => {
  const few = correlation({ type: "event_count", bounds: [["lt", 3]], timespanMs: 10 });
  assert.equal(
    found(
      [few],
      [0, 2, 4, 6].map((ms) => input("a", ms)),
    ).length,
    0,
  );
  assert.deepEqual(
    found(
      [few],
      [0, 2, 20, 22, 24, 40].map((ms) => input("a", ms)),
    ).map(({ inputs }) => inputs),
    [["a@0", "a@2"], ["a@40"]],
  );
  const exact = correlation({ type: "event_count", bounds: [["eq", 2]], timespanMs: 10 });
  assert.equal(
    found(
      [exact],
      [0, 2, 4].map((ms) => input("a", ms)),
    ).length,
    0,
  );
  assert.equal(
    found(
      [exact],
      [0, 2].map((ms) => input("a", ms)),
    ).length,
    1,
  );
});

test("a window is judged when nothing can change it any more, by time of the events or of their arrival", () => {
  const few = correlation({ type: "event_count", bounds: [["lt", 3]], timespanMs: 10 });
  const options = { latenessMs: 5 };
  const byEvents = createCorrelator([few], options);
  byEvents.observe([input("a", 0)]);
  assert.equal(byEvents.observe([input("a", 15)]).length, 0);
  assert.equal(byEvents.observe([input("a", 16)]).length, 1);
  const byArrival = createCorrelator([few], options);
  byArrival.observe([input("a", 0)], 1_000);
  assert.equal(byArrival.settle(1_015).length, 0);
  assert.equal(byArrival.quietFrom(), 1_016);
  assert.equal(byArrival.settle(1_016).length, 1);
  assert.equal(byArrival.stats().groups, 0);
});

test("a condition over rules: which must fire, which must not", () => {
  const rule = (id: string) => ({ kind: "rule" as const, id });
  const expression = { kind: "and" as const, of: [rule("a"), { kind: "not" as const, of: rule("b") }] };
  const but = correlation({ type: "temporal", rules: ["a", "b"], expression, timespanMs: 10 });
  assert.equal(found([but], [input("a", 0), input("b", 5)]).length, 0);
  assert.equal(found([but], [input("a", 0), input("b", 11)]).length, 1);
});

test("a chain: the match of the inner rule is an input at the time at which it came to be", () => {
  const many = correlation({ id: "many", type: "event_count", rules: ["a"], bounds: [["gte", 3]] });
  const then = correlation({ id: "then", type: "temporal_ordered", rules: ["many", "b"] });
  const failures = [0, 1, 2, 3, 4, 5].map((ms) => input("a", ms));
  assert.deepEqual(
    found([then, many], [...failures, input("b", 9)])
      .map(({ rule }) => rule.id)
      .sort(),
    ["many", "then"],
  );
  assert.deepEqual(found([then, many], [...failures.slice(0, 2), input("b", 9)]), []);
  // The attack goes on after it has worked: it was complete before.
  const between = [...failures.slice(0, 3), input("b", 3), ...failures.slice(4)];
  assert.equal(found([then, many], between).filter(({ rule }) => rule.id === "then").length, 1);
});

test("aliases: each rule calls the group by its own field", () => {
  const aliases = { actor: { a: "TargetUserName", b: "SubjectUserName" } };
  const rule = correlation({ type: "temporal", rules: ["a", "b"], groupBy: ["actor"], aliases });
  const correlator = createCorrelator([rule]);
  assert.deepEqual(correlator.fieldsReadFrom("a"), ["TargetUserName"]);
  assert.deepEqual(correlator.fieldsReadFrom("b"), ["SubjectUserName"]);
  const [match] = correlator.observe([
    input("a", 0, { TargetUserName: "bob" }),
    input("b", 1, { SubjectUserName: "bob" }),
  ]);
  assert.deepEqual(match?.group, { actor: "bob" });
});

test("what comes too late is left out and counted", () => {
  const correlator = createCorrelator([correlation({ type: "event_count", bounds: [["gte", 3]] })], { latenessMs: 10 });
  correlator.observe([input("a", 100), input("a", 101)]);
  assert.deepEqual(correlator.observe([input("a", 90)]), []);
  assert.equal(correlator.stats().late, 1);
  assert.equal(correlator.observe([input("a", 91)]).length, 1);
});

test("a late input that joins two matches leaves one, which replaces the other", () => {
  const rule = correlation({ type: "event_count", bounds: [["gte", 2]], timespanMs: 10 });
  const correlator = createCorrelator([rule]);
  const ids = correlator.observe([0, 5, 20, 25].map((ms) => input("a", ms))).map(({ id }) => id);
  assert.equal(ids.length, 2);
  const [joined, ...none] = correlator.observe([input("a", 13)]);
  assert.deepEqual([joined?.id, joined?.replaces, joined?.count, none], [ids[0], [ids[1]], 5, []]);
});

test("a match that a late input disproves is taken back", () => {
  const rule = correlation({ type: "value_avg", fields: ["n"], bounds: [["gte", 50]] });
  const correlator = createCorrelator([rule]);
  const [match] = correlator.observe([input("a", 10, { user: "bob", n: 60 })]);
  const [taken] = correlator.observe([input("a", 5, { user: "bob", n: 0 })]);
  assert.deepEqual([taken?.id, taken?.withdrawn], [match?.id, true]);
  assert.equal(correlator.stats().withdrawn, 1);
});

test("memory is bounded: the group fed longest ago is given up, a full one loses its oldest inputs, and both are counted", () => {
  const rule = correlation({ type: "event_count", bounds: [["gte", 3]] });
  const few = createCorrelator([rule], { maxGroups: 10 });
  for (let n = 0; n < 1_000; n++) few.observe([input("a", n, { user: `u${n}` })]);
  assert.deepEqual([few.stats().groups, few.stats().inputs, few.stats().evicted], [10, 10, 990]);
  const full = createCorrelator([rule], { maxPerGroup: 50 });
  let count = 0;
  for (let n = 0; n < 1_000; n++) for (const match of full.observe([input("a", n)])) count = match.count;
  assert.ok(full.stats().inputs <= 64 + 50);
  assert.ok(full.stats().capped > 800);
  assert.equal(count, 1_000, "the match still counts every input");
});

test("a storm over hours is one match, whose inputs are exact in number and shown in part", () => {
  const rule = correlation({ type: "event_count", bounds: [["gte", 3]], timespanMs: 1_000 });
  const [match, ...none] = found(
    [rule],
    Array.from({ length: 5_000 }, (_, n) => input("a", n * 100)),
    { latenessMs: 0 },
  );
  assert.deepEqual(none, []);
  assert.deepEqual([match?.count, match?.inputs.length, match?.inputs[0], match?.value], [5_000, 100, "a@0", 11]);
});

test("state of another meaning of the rule is left out", () => {
  const before = createCorrelator([correlation({ type: "event_count", bounds: [["gte", 3]] })]);
  before.observe([input("a", 0), input("a", 1)]);
  const same = createCorrelator([{ ...correlation({ type: "event_count", bounds: [["gte", 3]] }), title: "New" }]);
  assert.equal(same.restore(before.snapshot()), 1);
  assert.equal(same.observe([input("a", 2)]).length, 1);
  const other = createCorrelator([correlation({ type: "event_count", bounds: [["gte", 2]] })]);
  assert.equal(other.restore(before.snapshot()), 0);
});

test("a rule that is made of itself takes nothing", () => {
  const one = correlation({ id: "one", type: "event_count", rules: ["two"], bounds: [["gte", 1]] });
  const two = correlation({ id: "two", type: "event_count", rules: ["one", "a"], bounds: [["gte", 1]] });
  assert.deepEqual(found([one, two], [input("a", 0)]), []);
});
