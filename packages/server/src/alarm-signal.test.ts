/** alarm-signal.test: an alarm of the response stands in the queue of both teams, also where no policy pages anybody. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { alarmSignal, describeAlarm } from "./alarm-signal.ts";
import { openArea, type TriageArea } from "./triage/area.testing.ts";
import { signalOf } from "./triage/signals.testing.ts";

let area: TriageArea;
before(async () => {
  area = await openArea();
});
after(() => area?.close());

test("an alarm is one alert however often it is said, says what to do, and opens or joins no incident", async () => {
  await area.apply([signalOf({ n: 1, minute: 0, rule: "a", host: "web-3", level: "critical" })]);
  const said = {
    incidentId: "i1",
    exerciseId: null,
    hosts: ["web-3"],
    key: "glass:1",
    reason: "ann went ahead without approval: Isolate web-3. Reason: it spreads",
    at: area.clock.now(),
  };
  area.again({ describeRule: describeAlarm });
  await area.apply([alarmSignal(said)]);
  await area.apply([alarmSignal(said)]);
  await area.apply([
    alarmSignal({ ...said, key: "glass:2", reason: "bob went ahead without approval", incidentId: null }),
  ]);
  const { items } = await area.list({ rule: "holdfast:response", sort: "oldest" });
  assert.deepEqual(
    items.map(({ title, severity, state, incidentId }) => [title, severity, state, incidentId]).sort(),
    [
      [said.reason, "high", "new", null],
      ["bob went ahead without approval", "high", "new", null],
    ].sort(),
  );
  const [first] = items.filter(({ title }) => title === said.reason);
  assert.match((await area.alert(first?.id ?? "")).description, /Look at the system/);
  assert.equal((await area.incidents()).length, 1);
});
