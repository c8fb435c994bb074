/** figures: on five generated weeks with known faults, how many of them are noticed, how many alarms are right, and how soon. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { runGenerated } from "./generated.testing.ts";

/** One seed is one draw of about 45 faults: below these the method is broken, not unlucky. `npm run bench -- silence` runs more of them. */
const RECALL = 0.85;
const PRECISION = 0.75;
const IN_TIME = 0.8;

test("silences, drops, lost fields and wrong clocks are noticed, and quiet nights, weekends, bursts and a holiday are not", (context) => {
  const { scores, wrong, lanes, records } = runGenerated(1);
  context.diagnostic(`${records} records of ${lanes} sources and hosts`);
  for (const score of scores) {
    const { kind, faults, noticed, alarms, right, ofDrops, inTime } = score;
    const precision = right / Math.max(1, alarms - ofDrops);
    const recall = noticed / faults;
    context.diagnostic(
      `${kind}: recall ${recall.toFixed(2)} (${noticed} of ${faults}), precision ${precision.toFixed(2)} (${right} of ${alarms - ofDrops}), in time ${inTime} of ${noticed}`,
    );
    const about = `${kind}\n${wrong.join("\n")}`;
    assert.ok(faults >= 5, about);
    assert.ok(recall >= RECALL, about);
    assert.ok(precision >= PRECISION, about);
    assert.ok(inTime / noticed >= IN_TIME, about);
  }
});
