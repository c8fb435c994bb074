/** week.test: hours of the week by the clocks of a zone: when they are changed, office hours stay office hours; and what was learned by other clocks is moved. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeLane, encodeLane } from "./codec.ts";
import { judge } from "./judge.ts";
import { createMemory } from "./memory.ts";
import { HOUR_MS, hourAt, openWeek, UTC_WEEK, type Week } from "./week.ts";

const MINUTE = 60_000;
const source = () => ({ name: "Desks", watched: true, enabled: true });
/** Clocks in Berlin go forward on 29 March 2026. */
const BERLIN = openWeek("Europe/Berlin") ?? UTC_WEEK;

/** Weekdays from eight to six in Berlin, every 20 s, from 2 March until this moment. */
function desks(week: Week, until: number) {
  const memory = createMemory(0, { week });
  for (let ms = Date.UTC(2026, 2, 2); ms < until; ms += MINUTE) {
    const bin = BERLIN.binOf(hourAt(ms));
    if (bin >= 5 * 24 || bin % 24 < 8 || bin % 24 >= 18) {
      if (ms % HOUR_MS === 0) memory.pass(ms);
      continue;
    }
    const lane = {
      source: "desks",
      host: "pc-1",
      count: 3,
      firstMs: ms,
      lastMs: ms + 40_000,
      longestMs: 20_000,
      delaysMs: [],
    };
    memory.observe({ lanes: [lane], sources: [{ source: "desks", lastReceivedMs: ms + 40_000 }], fills: [] });
  }
  return memory;
}

test("on the Monday after clocks went forward, six in the evening is the end of the day and no silence", () => {
  const evening = Date.UTC(2026, 2, 30, 16, 20);
  const found = (week: Week) =>
    judge(desks(week, evening), { ms: evening, fromMs: 0, source }).map(({ kind, reach }) => [kind, reach]);
  assert.deepEqual(found(BERLIN), []);
  assert.deepEqual(found(UTC_WEEK), [["silence", "source"]], "by UTC it would be missed");
});

test("what was learned by UTC counts by the organisation's clocks from the day on that these are set", () => {
  const evening = Date.UTC(2026, 2, 27, 17, 20);
  const learned = desks(UTC_WEEK, evening);
  const moved = createMemory(0, { week: BERLIN });
  for (const lane of learned.lanes.values()) {
    const read = decodeLane(lane, encodeLane(lane), { now: evening, week: BERLIN });
    assert.ok(read !== undefined);
    moved.restore(read);
  }
  const at = (ms: number) => judge(moved, { ms, fromMs: 0, source }).length;
  assert.equal(at(evening), 0);
  assert.equal(at(Date.UTC(2026, 2, 30, 6, 30)), 1, "on Monday at half past eight it is missed");
});

test("a zone that does not exist is none; one that does says so in words", () => {
  assert.equal(openWeek("Mars/Olympus"), undefined);
  assert.equal(BERLIN.text(hourAt(Date.UTC(2026, 6, 6, 12))), "on Mondays around 14:00 (Europe/Berlin)");
});
