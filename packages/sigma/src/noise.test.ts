/**
 * noise: what all 3,141 rules find in events in which nothing bad happens yet. A change of these numbers is a change for every
 * analyst: it must be meant, and explained here by the name of the rule.
 *
 * Benign are the events of a lane before the attacker's first recorded act: in d1 the download of the payload (the browser
 * writes winx64_payload.exe at 09:52:43.666), in d3 the first command of the remote agent (cmd.exe /c %COMSPEC% /C start /b at
 * 17:08:37.350). In d2 the agent is at work from the first second (its Run key is written before the 204th event), so no part
 * of it counts as benign; of each whole lane only the total is kept.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, parseRules } from "./index.ts";
import { laneBytes, linesOf, ruleFiles, withoutData } from "../../../test/recordings.ts";

const BENIGN: Readonly<Record<string, { readonly until: string; readonly found: Readonly<Record<string, number>> }>> = {
  d1: {
    until: "2023-09-05T09:52:43.666Z",
    found: {
      "Important Windows Eventlog Cleared": 1,
      "Sysmon Blocked File Shredding": 13,
      "Sysmon File Executable Creation Detected": 1,
      "Windows Service Terminated With Error": 1,
    },
  },
  d3: {
    until: "2020-09-18T17:08:37.350Z",
    found: {
      "Elevated System Shell Spawned From Uncommon Parent Location": 1,
      "Potentially Suspicious Desktop Background Change Via Registry": 1,
      "User Logoff Event": 1,
    },
  },
};
const TOTALS: Readonly<Record<string, number>> = { d1: 128, d2: 294, d3: 28 };

test("what the rules find in benign events, and in all, is what it was", { skip: withoutData("lanes") }, () => {
  const engine = compile(parseRules(ruleFiles("rules")).rules);
  for (const [lane, total] of Object.entries(TOTALS)) {
    const benign = BENIGN[lane];
    const found = new Map<string, number>();
    let events = 0;
    let matches = 0;
    for (const line of linesOf(laneBytes(lane))) {
      const fields: Readonly<Record<string, unknown>> = JSON.parse(line);
      const names = engine.match({ fields }).map(({ rule }) => rule.title);
      matches += names.length;
      if (benign === undefined || String(fields["@timestamp"]) >= benign.until) continue;
      events++;
      for (const name of names) found.set(name, (found.get(name) ?? 0) + 1);
    }
    if (benign !== undefined) {
      assert.ok(events > 7000, `${lane}: only ${events} benign events`);
      assert.deepEqual(
        Object.fromEntries([...found].sort()),
        benign.found,
        `${lane}: noise of ${events} benign events`,
      );
    }
    assert.equal(matches, total, `${lane}: matches in all events`);
  }
});
