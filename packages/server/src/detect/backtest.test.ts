/** backtest.test: a rule over stored events through its route: counts per day, hosts, the events with what matched, decided by SQL,
 *  by the matcher or both; correlations; times and texts that are wrong. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { backtestRoutes } from "@holdfast/contracts/backtest";
import { callerOf, openTestArea, type TestArea } from "./area.testing.ts";
import type { Detect } from "./create.ts";
import { insertRows, readText, rowOf } from "./history.testing.ts";

const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 10, 19, 12);

let area: TestArea;
let folder: string;
let detect: Detect;

before(async () => {
  area = await openTestArea();
  folder = mkdtempSync(join(tmpdir(), "holdfast backtest "));
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
  detect = area.make({ paths: [folder], apart: () => ["drill"] });
  await detect.start();
  const records = [
    ...[0, 0, 1, 2].map((day, n) => whoami(START + day * DAY_MS + n * 60_000, n === 3 ? "pc2" : "pc1")),
    // Outside of the range that is asked for.
    whoami(START - 30 * DAY_MS, "pc1"),
    sysmon(START, { Image: "C:\\Windows\\notepad.exe", CommandLine: "notepad" }),
    // The matcher alone can read this one: half of a surrogate pair.
    whoami(START + 5 * 60_000, "pc3").replace("whoami.exe", "whoami.exe \\ud800"),
    ...[1, 2, 3].map(
      (n) =>
        `<86>1 2026-11-20T10:0${n}:00Z web1 sshd 411 - - Failed password for root from 203.0.113.7 port 5100${n} ssh2`,
    ),
  ];
  await insertRows(
    area.events.store,
    records.map((text, index) => rowOf(index + 1, text, readText(text))),
  );
  // Of an exercise: one that SQL decides, one for the matcher, a login, and what would make the correlation match.
  const rehearsed = [
    whoami(START + DAY_MS, "pc8"),
    whoami(START + DAY_MS + 60_000, "pc8"),
    whoami(START + 6 * 60_000, "pc9").replace("whoami.exe", "whoami.exe \\ud800"),
    "<86>1 2026-11-20T10:09:00Z web9 sshd 411 - - Failed password for root from 203.0.113.7 port 51009 ssh2",
  ];
  await insertRows(
    area.events.store,
    rehearsed.map((text, index) => ({ ...rowOf(101 + index, text, readText(text)), source: "drill" })),
  );
});
after(async () => {
  await area?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

function sysmon(ms: number, fields: object): string {
  const time = new Date(ms).toISOString();
  return JSON.stringify({
    EventID: 1,
    Channel: "Microsoft-Windows-Sysmon/Operational",
    SourceName: "Microsoft-Windows-Sysmon",
    Hostname: "pc1",
    TimeCreated: time,
    "@timestamp": time,
    User: "NORTH\\ida",
    ...fields,
  });
}

function whoami(ms: number, host: string): string {
  return sysmon(ms, { Hostname: host, Image: "C:\\Windows\\System32\\whoami.exe", CommandLine: "WhoAmI.exe /all" });
}

const FILES = {
  "whoami.yml": `title: Whoami
id: whoami
name: whoami
level: medium
logsource: { product: windows, category: process_creation }
detection:
  selection: { 'CommandLine|contains': whoami }
  condition: selection
`,
  "sshd.yml": `title: Failed logins
id: sshd-failed
level: low
logsource: { product: linux, service: sshd }
detection:
  selection: { method: password, event: logon_failed }
  keywords: [ 'Failed password' ]
  condition: selection or keywords
`,
  "many.yml": `title: Many on one host
id: many
level: high
correlation:
  type: event_count
  rules: [ whoami ]
  group-by: [ Computer ]
  timespan: 1h
  condition: { gte: 2 }
`,
};

const run = (body: object) =>
  detect.backtest.backtestRule(
    { params: {}, query: {}, body: backtestRoutes.backtestRule.body.parse(body) },
    callerOf("nora"),
  );

test("SQL counts per day, host and user, the matcher reads what SQL cannot, and the first events say what matched", async () => {
  const answer = await run({ ruleId: "whoami", from: "2026-11-18", to: "2026-11-23" });
  backtestRoutes.backtestRule.response.parse(answer);
  assert.deepEqual(
    answer.perDay.map(({ day, matches }) => [day.slice(8), matches]),
    [
      ["18", 0],
      ["19", 3],
      ["20", 1],
      ["21", 1],
      ["22", 0],
    ],
  );
  assert.equal(answer.total, 5);
  assert.deepEqual(answer.hosts, {
    distinct: 3,
    top: [
      { name: "pc1", matches: 3 },
      { name: "pc2", matches: 1 },
      { name: "pc3", matches: 1 },
    ],
  });
  assert.deepEqual(
    [answer.how.by, answer.how.code, answer.how.candidates, answer.how.matched],
    ["both", "ROWS_UNREAD", 6, 1],
  );
  assert.equal(answer.incomplete, null);
  assert.equal(answer.events.length, 5);
  assert.ok(answer.events.every(({ confirmed }) => confirmed));
  const [first] = answer.events;
  assert.deepEqual([first?.eventId, first?.at, first?.host], ["1", "2026-11-19T12:00:00.000Z", "pc1"]);
  assert.deepEqual(first?.fields, [
    { field: "CommandLine", value: "WhoAmI.exe /all", pattern: "whoami", selection: "selection" },
  ]);
});

test("fewer events are shown than matched, and an edited text is tested before it is saved", async () => {
  const text = FILES["whoami.yml"].replace("contains': whoami", "endswith': ' /ALL'");
  const answer = await run({ text, from: "2026-11-18", to: "2026-11-23", limit: 2 });
  assert.deepEqual([answer.total, answer.events.length, answer.rule.id], [5, 2, "whoami"]);
  const none = await run({ text: text.replace("/ALL", "/none"), from: "2026-11-18", to: "2026-11-23" });
  assert.deepEqual([none.total, none.events], [0, []]);
});

test("events whose fields only their parser makes go through the matcher", async () => {
  const answer = await run({ ruleId: "sshd-failed", from: "2026-11-20", to: "2026-11-21" });
  assert.deepEqual([answer.total, answer.how.by, answer.how.code], [3, "matcher", "FIELDS_NOT_STORED"]);
  assert.match(answer.how.sentence, /linux\/sshd.*event, method/);
  assert.equal(answer.events[0]?.host, "web1");
});

test("events of exercises are in no back-test: not by SQL, not by the matcher, not in a correlation", async () => {
  const ask = { from: "2026-11-18", to: "2026-11-23" };
  const everything = area.make({ paths: [folder], apart: () => [] });
  await everything.start();
  const counted = async (from: Detect, ruleId: string): Promise<number> =>
    (
      await from.backtest.backtestRule(
        { params: {}, query: {}, body: backtestRoutes.backtestRule.body.parse({ ruleId, ...ask }) },
        callerOf("nora"),
      )
    ).total;
  for (const [rule, real, withDrill] of [
    ["whoami", 5, 8],
    ["sshd-failed", 3, 4],
    ["many", 1, 2],
  ] as const) {
    assert.deepEqual([rule, await counted(detect, rule), await counted(everything, rule)], [rule, real, withDrill]);
  }
});

test("a correlation is worked out over the matches of its rules", async () => {
  const answer = await run({ ruleId: "many", from: "2026-11-18", to: "2026-11-23" });
  assert.deepEqual([answer.rule.kind, answer.total], ["correlation", 1]);
  const [match] = answer.events;
  assert.deepEqual([match?.eventId, match?.at], [null, "2026-11-19T12:01:00.000Z"]);
  assert.deepEqual(match?.fields[0], { field: "Computer", value: "pc1", pattern: "", selection: "group-by" });
  assert.match(match?.message ?? "", /event_count 2 over 2 matches of Computer pc1/);
});

test("what is wrong is said with its place: the text, the time, the rule", async () => {
  await assert.rejects(run({ text: "title: x\n" }), {
    code: "DETECT_RULE_INVALID",
    message: /^Line \d+, column \d+: /,
  });
  await assert.rejects(run({ ruleId: "ghost" }), { code: "DETECT_RULE_UNKNOWN" });
  await assert.rejects(run({ ruleId: "whoami", from: "sometimes" }), { code: "SEARCH_TIME_INVALID" });
  assert.equal(backtestRoutes.backtestRule.body.safeParse({}).success, false);
  assert.equal(backtestRoutes.backtestRule.body.safeParse({ ruleId: "a", text: "b" }).success, false);
});
