/** time.test: ages, and times with more decimals than a Date holds. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bothZones, relative, span, timeOf } from "./time.ts";

const NOW = Date.UTC(2026, 10, 22, 8, 0, 0);

test("ages in the largest unit that reads well", () => {
  const ages = [3, 45, 240, 7200, 100_000, 200_000, 5_000_000].map((seconds) => relative(NOW - seconds * 1000, NOW));
  assert.deepEqual(ages, ["now", "45s", "4m", "2h", "27h", "2d", "8w"]);
  assert.equal(relative(NOW + 3_600_000, NOW), "in 1h");
  assert.equal(relative(Number.NaN, NOW), "–");
  assert.equal(span(59.6), "60s");
});

test("nine decimals, a blank for the T and a missing zone are read as UTC", () => {
  assert.equal(timeOf("2026-11-22T08:00:00.123456789Z"), NOW + 123);
  assert.equal(timeOf("2026-11-22 08:00:00"), NOW);
  assert.ok(Number.isNaN(timeOf(null)));
});

test("the hover names UTC", () => {
  assert.match(bothZones(NOW), /2026-11-22 08:00:00\.000 UTC$/);
});
