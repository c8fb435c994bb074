/** collapse.test: one cause is one alert: windows, late signals, exact counts in any order. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Signal } from "../detect/index.ts";
import { type Collapsed, collapse, MAX_ENTITIES } from "./collapse.ts";
import { shownSamples } from "./samples.ts";
import { MINUTE, START, signalOf } from "./signals.testing.ts";

const windowMs = 60 * MINUTE;

/** Applies blocks one after the other, as the pump does. */
function run(blocks: readonly (readonly Signal[])[]): Collapsed[] {
  const open = new Map<string, Collapsed[]>();
  for (const signals of blocks) {
    for (const alert of collapse({ signals, open, windowMs })) {
      const known = open.get(alert.key) ?? [];
      if (!known.includes(alert)) open.set(alert.key, [...known, alert]);
    }
  }
  return [...open.values()].flat();
}

const picture = (alerts: readonly Collapsed[]) =>
  alerts
    .map((alert) => ({
      id: alert.id,
      count: alert.count,
      first: alert.firstMs,
      last: alert.lastMs,
      samples: shownSamples(alert.samples).map((sample) => sample.signalId),
      entities: [...alert.entities]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, seen]) => [key, seen.firstMs, seen.lastMs]),
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));

test("one rule and entity within the window is one alert, exact count, first and last seen", () => {
  const signals = Array.from({ length: 1000 }, (_, n) => signalOf({ n, minute: n / 10 }));
  const [alert, ...others] = run([signals]);
  assert.equal(others.length, 0);
  assert.equal(alert?.count, 1000);
  assert.equal(alert?.firstMs, START);
  assert.equal(alert?.lastMs, START + 99.9 * MINUTE);
  assert.deepEqual(
    shownSamples(alert?.samples ?? { first: [], latest: [] }).map((sample) => Number(sample.eventId)),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 990, 991, 992, 993, 994, 995, 996, 997, 998, 999],
  );
});

test("another rule, another entity or a longer pause is another alert", () => {
  const alerts = run([
    [
      signalOf({ n: 1, minute: 0 }),
      signalOf({ n: 2, minute: 0, rule: "r2" }),
      signalOf({ n: 3, minute: 0, host: "web-02" }),
      signalOf({ n: 4, minute: 61 }),
      signalOf({ n: 5, minute: 60, host: "WEB-02" }),
    ],
  ]);
  assert.deepEqual(
    alerts.map((alert) => alert.count),
    [1, 1, 1, 2],
  );
});

test("a late event joins the alert it belongs to, and the earlier one when two are equally near", () => {
  const alerts = run([[signalOf({ n: 1, minute: 100 })], [signalOf({ n: 2, minute: 50 })]]);
  assert.equal(alerts.length, 1);
  assert.equal(alerts[0]?.firstMs, START + 50 * MINUTE);
  const between = run([
    [signalOf({ n: 1, minute: 0 }), signalOf({ n: 2, minute: 100 }), signalOf({ n: 3, minute: 50 })],
  ]);
  assert.deepEqual(
    between.map((alert) => alert.count),
    [2, 1],
  );
});

test("any split of the same signals into blocks gives the same alerts, to the sample", () => {
  const signal = fc.record({
    minute: fc.integer({ min: 0, max: 400 }),
    rule: fc.constantFrom("r1", "r2"),
    host: fc.constantFrom("a", "b"),
  });
  fc.assert(
    fc.property(
      fc.array(signal, { maxLength: 60 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 30 }),
      (list, sizes) => {
        const signals = list.map((sketch, n) => signalOf({ n, ...sketch }));
        const blocks: Signal[][] = [];
        for (let at = 0, i = 0; at < signals.length; i += 1) {
          const size = sizes[i % sizes.length] ?? 1;
          blocks.push(signals.slice(at, at + size));
          at += size;
        }
        assert.deepEqual(picture(run(blocks)), picture(run([signals])));
      },
    ),
  );
});

test("the order of arrival changes neither count, first, last, samples nor entities of one cause", () => {
  fc.assert(
    fc.property(
      fc.shuffledSubarray(
        Array.from({ length: 40 }, (_, n) => n),
        { minLength: 40 },
      ),
      (order) => {
        const signals = order.map((n) => signalOf({ n, minute: n, user: `u${n % 3}` }));
        const [shuffled] = picture(run([signals]));
        const [sorted] = picture(run([signals.toSorted((a, b) => a.timeMs - b.timeMs)]));
        assert.deepEqual({ ...shuffled, id: "" }, { ...sorted, id: "" });
      },
    ),
  );
});

test("entities are bounded and what is beyond is counted", () => {
  const signals = Array.from({ length: 500 }, (_, n) =>
    signalOf({ n, minute: 0, entities: [{ kind: "ip", value: `203.0.113.${n}`, role: "origin" }] }),
  );
  const [alert] = run([signals]);
  assert.equal(alert?.entities.size, MAX_ENTITIES);
  assert.equal(alert?.entitiesCut, 500 - (MAX_ENTITIES - 1));
  assert.equal(alert?.count, 500);
});

test("a hundred thousand signals of three causes cost no more per signal than a thousand", () => {
  const make = (count: number) =>
    Array.from({ length: count }, (_, n) => signalOf({ n, minute: n / 10_000, host: `h${n % 3}` }));
  // The thread's own time: on a busy machine the clock counts what others do. It moves in steps of some milliseconds, so what is
  // short is done many times.
  const cost = (signals: readonly Signal[], times: number) => {
    const started = process.threadCpuUsage();
    for (let n = 0; n < times; n += 1) {
      const alerts = run([signals]);
      assert.equal(
        alerts.reduce((sum, alert) => sum + alert.count, 0),
        signals.length,
      );
      assert.equal(alerts.length, 3);
    }
    const { user, system } = process.threadCpuUsage(started);
    return (user + system) / 1000 / signals.length / times;
  };
  cost(make(20_000), 1);
  const small = cost(make(2_000), 100);
  const large = cost(make(100_000), 2);
  assert.ok(large < small * 4 + 0.002, `${large} ms a signal against ${small}`);
});
