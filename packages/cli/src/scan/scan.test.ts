/** scan: from files to matches: every format and packing, what is damaged, where records stand, filters, correlations. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { gzipSync } from "node:zlib";
import { zipFile } from "../import/zip-file.testing.ts";
import { eventLog, type LoggedEvent } from "./event-log.testing.ts";
import { logon, type Row, ruleText, type ScanFolder, scanFolder } from "./scan.testing.ts";

let folder: ScanFolder;
beforeEach(() => {
  folder = scanFolder();
  folder.write("rules/failed.yml", ruleText(1, "{ EventID: 4625 }"));
});
afterEach(() => folder.remove());

const failed = (data: Readonly<Record<string, string>> = {}): LoggedEvent => ({
  id: 4625,
  channel: "Security",
  provider: "Microsoft-Windows-Security-Auditing",
  computer: "pc7",
  time: "2026-03-02T08:15:04.2500000Z",
  data: { TargetUserName: "ida", ...data },
});
const places = (matches: readonly Row[]): unknown[] =>
  matches.map(({ file, record }) => [String(file).replace(folder.path, ""), record]);
const errorsOf = (summary: Row): Row[] => summary["errors"] as Row[];

test("every format: each record once, at its place", async () => {
  folder.write("logs/a.ndjson", `${logon(1)}\n\n${logon(2)}\r\n`);
  folder.write("logs/b.json", `[\n${logon(3)},\n${logon(4)}]`);
  folder.write("logs/c.json", `${JSON.stringify(JSON.parse(logon(5)), null, 2)}\n${logon(6)}`);
  folder.write(
    "logs/d.csv",
    `Channel,Event ID,TimeCreated,Hostname\nSecurity,4625,2026-03-02T08:15:07Z,"pc\n7"\nSecurity,4625,2026-03-02T08:15:08Z,pc7\n`,
  );
  folder.write("logs/e.evtx", eventLog([failed(), failed(), failed()], 2));
  folder.write("logs/f.ndjson.gz", gzipSync(`${logon(9)}\n`));
  folder.write("logs/g.zip", zipFile([{ name: "in/x.ndjson", bytes: Buffer.from(logon(10)) }]));
  folder.write("logs/h.txt", Buffer.from(`\ufeff${logon(11)}\n`, "utf16le"));
  const { code, matches, summary } = await folder.ndjson();
  assert.equal(code, 0);
  assert.deepEqual(places(matches), [
    ["/logs/a.ndjson", 1],
    ["/logs/a.ndjson", 3],
    ["/logs/b.json", 1],
    ["/logs/b.json", 2],
    ["/logs/c.json", 1],
    ["/logs/c.json", 2],
    ["/logs/d.csv", 2],
    ["/logs/d.csv", 4],
    ["/logs/e.evtx", 1],
    ["/logs/e.evtx", 2],
    ["/logs/e.evtx", 3],
    ["/logs/f.ndjson.gz", 1],
    ["/logs/g.zip!/in/x.ndjson", 1],
    ["/logs/h.txt", 1],
  ]);
  assert.deepEqual([summary["files"], summary["records"], summary["matches"], summary["errors"]], [8, 14, 14, []]);
});

test("a match says what, when, where and why", async () => {
  folder.write(
    "rules/failed.yml",
    ruleText(1, "{ EventID: 4625, TargetUserName: 'i*' }", "tags: [attack.credential-access, attack.t1110]"),
  );
  folder.write("logs/a.evtx", eventLog([failed()]));
  const { matches } = await folder.ndjson();
  const { file, rule_file, ...match } = matches[0] ?? {};
  assert.ok(String(file).endsWith("a.evtx") && String(rule_file).endsWith("failed.yml"));
  assert.deepEqual(match, {
    rule_id: "00000000-0000-4000-8000-000000000001",
    rule_title: "Rule 1",
    level: "high",
    time: "2026-03-02T08:15:04.250Z",
    host: "pc7",
    record: 1,
    fields: { EventID: "4625", TargetUserName: "ida" },
    user: "ida",
    channel: "Security",
    event_id: "4625",
    tactics: ["credential-access"],
    techniques: ["T1110"],
  });
});

test("a rule that names only a technique counts for its tactic", async () => {
  folder.write("rules/failed.yml", ruleText(1, "{ EventID: 4625 }", "tags: [attack.t1110]"));
  folder.write("logs/a.evtx", eventLog([failed()]));
  const { matches } = await folder.ndjson();
  assert.deepEqual([matches[0]?.["tactics"], matches[0]?.["techniques"]], [["credential-access"], ["T1110"]]);
});

test("one bad event log is named, and every other file is scanned", async () => {
  const good = eventLog([failed(), failed(), failed(), failed()], 1);
  const badChunk = Buffer.from(good);
  badChunk.fill(0xff, 4096 + 65_536, 4096 + 65_536 + 64);
  folder.write("logs/a-text.evtx", "this is no event log\n");
  folder.write("logs/b-damaged.evtx", badChunk);
  folder.write("logs/c-cut.evtx", good.subarray(0, 4096 + 65_536 * 2));
  folder.write("logs/d-random.bin", Buffer.from(Array.from({ length: 5_000 }, (_, i) => (i * 7919) % 256)));
  folder.write("logs/e-empty.evtx", "");
  folder.write("logs/f-good.evtx", good);
  folder.write("logs/g-broken.zip", zipFile([{ name: "x.ndjson", bytes: Buffer.from(logon(1)), wrongCrc: true }]));
  const { code, matches, summary } = await folder.ndjson();
  assert.equal(code, 1);
  const count = (name: string): number => matches.filter(({ file }) => String(file).includes(name)).length;
  assert.deepEqual([count("b-damaged"), count("c-cut"), count("f-good")], [3, 2, 4]);
  const named = errorsOf(summary).map(({ path }) => String(path).replace(`${folder.path}/logs/`, ""));
  assert.deepEqual([...new Set(named)], ["a-text.evtx", "b-damaged.evtx", "d-random.bin", "g-broken.zip!/x.ndjson"]);
  assert.match(JSON.stringify(errorsOf(summary)), /at byte 69632: the block /);
});

test("a rule that is not loaded is listed with its place, and the exit code says so", async () => {
  folder.write("rules/broken.yml", "title: [unclosed\n");
  folder.write("rules/no-detection.yml", "title: x\nlogsource: { product: windows }\n");
  folder.write("rules/deep/fine.yaml", ruleText(2, "{ EventID: 1102 }"));
  folder.write("logs/a.ndjson", `${logon(1)}\n`);
  const { code, summary } = await folder.ndjson();
  assert.equal(code, 1);
  assert.deepEqual([summary["rules_loaded"], summary["rules_skipped"]], [2, 2]);
  for (const problem of errorsOf(summary)) {
    assert.equal(problem["kind"], "rule");
    assert.ok(Number(problem["line"]) >= 1 && String(problem["message"]).length > 10);
  }
});

test("records that Windows had given up are read on request, and marked", async () => {
  const log = eventLog([failed({ LogonType: "3" }), failed({ LogonType: "10" })]);
  const firstEnds = 512 + log.readUInt32LE(4096 + 512 + 4);
  log.writeUInt32LE(firstEnds, 4096 + 48);
  folder.write("logs/a.evtx", log);
  const marks = ({ matches }: { matches: Row[] }): unknown[] => matches.map(({ record, slack }) => [record, slack]);
  assert.deepEqual(marks(await folder.ndjson()), [[1, undefined]]);
  assert.deepEqual(marks(await folder.ndjson({ slack: true })), [
    [1, undefined],
    [2, true],
  ]);
});

test("fields with spaces match under the name without them", async () => {
  folder.write(
    "rules/space.yml",
    ruleText(2, "{ ThreatName: 'EICAR*' }", "logsource: { product: windows, service: windefend }"),
  );
  const channel = "Microsoft-Windows-Windows Defender/Operational";
  folder.write("logs/a.evtx", eventLog([{ ...failed({ "Threat Name": "EICAR_Test" }), id: 1116, channel }]));
  folder.write(
    "logs/b.csv",
    `Channel,EventID,Threat Name,TimeCreated\n"${channel}",1116,EICAR_Test,2026-03-02T08:15:07Z\n`,
  );
  const { matches } = await folder.ndjson();
  assert.deepEqual(places(matches), [
    ["/logs/a.evtx", 1],
    ["/logs/b.csv", 2],
  ]);
});

test("a rule fires on its own channel only", async () => {
  folder.write(
    "rules/failed.yml",
    ruleText(1, "{ EventID: 1 }", "logsource: { product: windows, category: process_creation }"),
  );
  const sysmon = "Microsoft-Windows-Sysmon/Operational";
  const event = (channel: string): string =>
    JSON.stringify({ ...(JSON.parse(logon(1)) as Row), Channel: channel, EventID: 1 });
  folder.write("logs/a.ndjson", [event("Application"), event(sysmon), event("System")].join("\n"));
  assert.deepEqual(places((await folder.ndjson()).matches), [["/logs/a.ndjson", 2]]);
});

test("lines: syslog and auditd by their own parsers, times of files for lines without one", async () => {
  folder.write("rules/ssh.yml", ruleText(2, "['Failed password']", "logsource: { product: linux, service: sshd }"));
  folder.write(
    "rules/audit.yml",
    ruleText(3, "{ type: EXECVE, a0: nc }", "logsource: { product: linux, service: auditd }"),
  );
  folder.write(
    "logs/auth.log",
    "Mar  2 08:15:04 web sshd[811]: Failed password for root from 192.0.2.4 port 22 ssh2\n",
  );
  folder.write("logs/audit.log", 'type=EXECVE msg=audit(1772439304.250:77): argc=2 a0="nc" a1="-l"\n');
  const { code, matches } = await folder.ndjson();
  assert.equal(code, 0);
  assert.deepEqual(
    matches.map(({ rule_title, host, time }) => [rule_title, host, String(time).slice(4, 19)]),
    [
      ["Rule 3", "", "-03-02T08:15:04"],
      ["Rule 2", "web", "-03-02T08:15:04"],
    ],
  );
});

test("cloud trails: the elements of Records, gzipped as they are delivered", async () => {
  folder.write(
    "rules/aws.yml",
    ruleText(2, "{ eventName: StopLogging }", "logsource: { product: aws, service: cloudtrail }"),
  );
  const record = (eventName: string): Row => ({
    eventVersion: "1.08",
    eventTime: "2026-03-02T08:15:04Z",
    eventSource: "cloudtrail.amazonaws.com",
    eventName,
    awsRegion: "eu-central-1",
    sourceIPAddress: "192.0.2.4",
    userIdentity: { type: "IAMUser", userName: "ida" },
    eventID: "e",
  });
  const file = { Records: [record("ListUsers"), record("StopLogging")] };
  folder.write("logs/trail.json.gz", gzipSync(JSON.stringify(file)));
  assert.deepEqual(places((await folder.ndjson()).matches), [["/logs/trail.json.gz", 2]]);
});

test("events of no known source match by the log source that was given", async () => {
  folder.write("rules/proxy.yml", ruleText(2, "{ c-uri|contains: '/evil' }", "logsource: { category: proxy }"));
  folder.write("logs/proxy.csv", "date,c-ip,c-uri\n2026-03-02T08:15:04Z,192.0.2.4,/evil.exe\n");
  assert.equal((await folder.ndjson()).matches.length, 0);
  assert.equal((await folder.ndjson({ logsource: { category: "proxy" } })).matches.length, 1);
});

test("level, status, tag and time narrow down, and what was left out is counted", async () => {
  folder.write("rules/low.yml", ruleText(2, "{ EventID: 4625 }", "level: low\ntags: [attack.t1110.001]"));
  folder.write("logs/a.ndjson", [1, 2, 3].map((second) => logon(second)).join("\n"));
  const titles = async (different: Parameters<ScanFolder["ndjson"]>[0]): Promise<unknown[]> => {
    const { matches, summary } = await folder.ndjson(different);
    return [matches.length, summary["rules_filtered"]];
  };
  assert.deepEqual(await titles({}), [6, 0]);
  assert.deepEqual(await titles({ filter: { minLevel: "high", statuses: [], tags: [] } }), [3, 1]);
  assert.deepEqual(await titles({ filter: { minLevel: "informational", statuses: ["stable"], tags: [] } }), [0, 2]);
  assert.deepEqual(
    await titles({ filter: { minLevel: "informational", statuses: [], tags: ["attack.T1110"] } }),
    [3, 1],
  );
  const at = Date.UTC(2026, 2, 2, 8, 15, 2);
  assert.deepEqual(await titles({ sinceMs: at }), [4, 0]);
  assert.deepEqual(await titles({ sinceMs: at, untilMs: at }), [2, 0]);
});

test("correlations: over files in any order, with their records, by group; their rules are silent", async () => {
  folder.write(
    "rules/failed.yml",
    `${ruleText(1, "{ EventID: 4625 }", "name: failed")}---
title: Guessing
id: 00000000-0000-4000-8000-0000000000aa
status: test
level: critical
correlation:
  type: event_count
  rules: [failed]
  group-by: [TargetUserName]
  timespan: 1m
  condition: { gte: 4 }
`,
  );
  folder.write("logs/a.ndjson", [20, 22].map((second) => logon(second)).join("\n"));
  folder.write("logs/b.ndjson", [21, 19].map((second) => logon(second, { Hostname: "pc8" })).join("\n"));
  folder.write("logs/c.ndjson", logon(21, { TargetUserName: "bob" }));
  const { code, matches, summary } = await folder.ndjson();
  assert.equal(code, 0);
  assert.equal(matches.length, 1);
  const [match] = matches;
  const correlation = match?.["correlation"] as Row;
  assert.deepEqual(
    [match?.["rule_title"], correlation["group"], correlation["count"]],
    ["Guessing", { TargetUserName: "ida" }, 4],
  );
  assert.deepEqual(places(correlation["records"] as Row[]), [
    ["/logs/b.ndjson", 2],
    ["/logs/a.ndjson", 1],
    ["/logs/b.ndjson", 1],
    ["/logs/a.ndjson", 2],
  ]);
  assert.equal(summary["rules_loaded"], 2);
  const high = await folder.ndjson({ filter: { minLevel: "critical", statuses: [], tags: [] } });
  assert.equal(high.matches.length, 1, "a rule below the level still feeds its correlation");
});

test("placeholders are filled from a file or a folder of lists; without them the rule is listed", async () => {
  folder.write("rules/failed.yml", ruleText(1, "{ TargetUserName|expand: '%admins%' }"));
  folder.write("logs/a.ndjson", logon(1));
  assert.equal((await folder.ndjson()).code, 1);
  const file = folder.write("lists.yml", "admins: [root, ida]\n");
  assert.equal((await folder.ndjson({ links: { placeholders: file } })).matches.length, 1);
  folder.write("lists/admins.txt", "root\nida\n");
  assert.equal((await folder.ndjson({ links: { placeholders: `${folder.path}/lists` } })).matches.length, 1);
});

test("a pipeline maps the fields of rules; a broken one is wrong usage, with its place", async () => {
  folder.write("rules/failed.yml", ruleText(1, "{ Account: ida }"));
  folder.write("logs/a.ndjson", logon(1));
  assert.equal((await folder.ndjson()).matches.length, 0);
  const pipeline = folder.write(
    "map.yml",
    "name: map\npriority: 10\ntransformations:\n  - type: field_name_mapping\n    mapping: { Account: TargetUserName }\n",
  );
  assert.equal((await folder.ndjson({ links: { pipeline: [pipeline] } })).matches.length, 1);
  const broken = folder.write("broken.yml", "name: x\ntransformations:\n  - type: no_such_thing\n");
  await assert.rejects(folder.ndjson({ links: { pipeline: [broken] } }), /broken\.yml:3:/);
});

test("pieces of a big file give what the whole gives, in the same order, whatever the number of threads", async () => {
  const lines = Array.from({ length: 12_000 }, (_, i) =>
    i % 500 === 0 ? logon(i % 60, { Note: "x".repeat(i % 900) }) : JSON.stringify({ n: i, pad: "y".repeat(i % 400) }),
  );
  folder.write("logs/big.ndjson", `${lines.join("\n")}\n`);
  folder.write("logs/big.json", `[${lines.join(",")}]`);
  folder.write(
    "logs/big.evtx",
    eventLog(
      Array.from({ length: 100 }, () => failed()),
      1,
    ),
  );
  const one = await folder.ndjson({ workers: 1 });
  const three = await folder.ndjson({ workers: 3 });
  assert.deepEqual(three.matches, one.matches);
  const expected = Array.from({ length: 24 }, (_, i) => i * 500 + 1);
  const recordsOf = (name: string): unknown[] =>
    one.matches.filter(({ file }) => String(file).endsWith(name)).map(({ record }) => record);
  assert.deepEqual(recordsOf("big.ndjson"), expected);
  assert.deepEqual(recordsOf("big.json"), expected);
  assert.deepEqual(
    recordsOf("big.evtx"),
    Array.from({ length: 100 }, (_, i) => i + 1),
  );
});

test("a line of 20 MB is cut and said, and the lines behind it are read", async () => {
  folder.write("logs/a.ndjson", `${logon(1)}\n${"z".repeat(20_000_000)}\n${logon(2)}\n`);
  const { code, matches, summary } = await folder.ndjson();
  assert.equal(code, 1);
  assert.equal(matches.length, 2);
  assert.match(JSON.stringify(errorsOf(summary)), /longer than 8388608 bytes/);
});
