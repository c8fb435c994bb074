/** tally: counts by rule, host, tactic and time add up, and a flood of names or times is bounded. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Level } from "@holdfast/sigma";
import fc from "fast-check";
import { scanMatch, scanRule } from "./scan-match.testing.ts";
import { LEVELS } from "./scan-rules.ts";
import { OTHERS, Tally } from "./tally.ts";

const sumOf = (levels: Readonly<Record<Level, number>>): number =>
  LEVELS.reduce((sum, level) => sum + levels[level], 0);

test("a timeline counts every match once, in as few bars as it may have", () => {
  const time = fc.oneof(fc.integer({ min: 0, max: 3_600_000 }), fc.integer({ min: -6e13, max: 4e12 }));
  fc.assert(
    fc.property(fc.array(time, { minLength: 1, maxLength: 50 }), fc.integer({ min: 2, max: 120 }), (times, most) => {
      const tally = new Tally();
      for (const timeMs of times) tally.add(scanMatch({ timeMs }));
      const { buckets, bucketMs } = tally.timeline(most);
      assert.ok(buckets.length <= most, `${buckets.length} bars`);
      assert.equal(
        buckets.reduce((sum, { levels }) => sum + sumOf(levels), 0),
        times.length,
      );
      assert.ok((buckets[0]?.startMs ?? 0) <= Math.min(...times));
      assert.ok((buckets.at(-1)?.startMs ?? 0) + bucketMs > Math.max(...times));
    }),
  );
});

test("a million different times and hosts stay within bounds, and nothing is lost from the sums", () => {
  const tally = new Tally();
  const rule = scanRule({ level: "high" });
  for (let i = 0; i < 100_000; i += 1) tally.add(scanMatch({ rule, timeMs: i * 997_000, host: `h${i}` }));
  assert.equal(tally.matches, 100_000);
  const hosts = tally.hosts();
  assert.ok(hosts.length <= 20_001);
  assert.equal(
    hosts.reduce((sum, host) => sum + host.count, 0),
    100_000,
  );
  assert.equal(hosts.find(({ host }) => host === OTHERS)?.count, 80_000);
  assert.equal(
    tally.timeline(60).buckets.reduce((sum, { levels }) => sum + levels.high, 0),
    100_000,
  );
});

test("hosts are ranked by their gravest matches, rules by level and number", () => {
  const tally = new Tally();
  const [low, high] = [
    scanRule({ index: 0, level: "low", title: "a" }),
    scanRule({ index: 1, level: "high", title: "b" }),
  ];
  for (let i = 0; i < 5; i += 1) tally.add(scanMatch({ rule: low, host: "many" }));
  tally.add(scanMatch({ rule: high, host: "grave" }));
  assert.deepEqual(
    tally.hosts().map(({ host }) => host),
    ["grave", "many"],
  );
  assert.deepEqual(
    tally.rules().map(({ rule, count }) => [rule.title, count]),
    [
      ["b", 1],
      ["a", 5],
    ],
  );
});

test("a tactic shows the techniques that ATT&CK counts to it, and those that it does not know", () => {
  const tally = new Tally();
  const techniques = ["T1003.001", "T1059.001", "T9999"];
  tally.add(
    scanMatch({ rule: scanRule({ tactics: ["credential-access", "execution", "defense-evasion"], techniques }) }),
  );
  assert.deepEqual(
    tally.tactics().map((tactic) => [tactic.tactic, ...tactic.techniques.keys()]),
    [
      ["execution", "T1059.001", "T9999"],
      ["defense-evasion", "T9999"],
      ["credential-access", "T1003.001", "T9999"],
    ],
  );
});

test("tactics stand in the order of an intrusion, unknown ones last", () => {
  const tally = new Tally();
  const tactics = ["impact", "made-up", "initial-access", "execution"];
  tally.add(scanMatch({ rule: scanRule({ tactics, techniques: ["T1"] }) }));
  assert.deepEqual(
    tally.tactics().map(({ tactic }) => tactic),
    ["initial-access", "execution", "impact", "made-up"],
  );
});
