/** generate: the same seed gives the same bytes, in order of time, and the records agree with each other. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { castProblems, generate, parseScenario, type Scenario, type ScenarioRecord } from "./index.ts";
import { ESTATE, SCENARIO } from "./testing.ts";

const START = Date.UTC(2026, 10, 22, 3, 0, 0);
const END = START + 6 * 3_600_000;

function scenario(text = SCENARIO): Scenario {
  const parsed = parseScenario(text);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.scenario;
}

const run = (seed: string, volume = 1): ScenarioRecord[] => [
  ...generate(scenario(), { seed, startMs: START, estate: ESTATE, volume }),
];
const digest = (records: ScenarioRecord[]): string =>
  createHash("sha256").update(JSON.stringify(records)).digest("hex");
const records = run("a");

test("the same seed gives the same bytes, another seed others", () => {
  assert.equal(digest(run("a")), digest(records));
  assert.notEqual(digest(run("b")), digest(records));
});

test("sorted by time, within the run, background and attack labelled", () => {
  for (const [at, record] of records.entries()) {
    assert.ok(record.at_ms >= (records[at - 1]?.at_ms ?? START));
    assert.ok(record.at_ms >= START && record.at_ms < END);
    assert.equal(record.step !== undefined, record.label === "attack");
  }
  assert.deepEqual(new Set(records.map((record) => record.step)), new Set([undefined, "first", "second"]));
});

test("every action leaves at least one record, in every format", () => {
  const attack = records.filter((record) => record.label === "attack").map((record) => record.text);
  const wanted = [
    ...[1, 3, 5, 8, 10, 11, 13, 17, 22, 26, 4104].map((id) => `"EventID":${id},`),
    ...[4624, 4625, 4672, 4697, 4698, 4769, 4776, 5140, 5145, 7045, 1102, 104, 106, 5001].map(
      (id) => `"event_id":"${id}"`,
    ),
    "Failed password for adm-x from 203.0.113.1",
    "Accepted password for adm-x",
    "COMMAND=/usr/bin/id",
    "type=EXECVE",
    '"GET /x HTTP/1.1" 200',
    '"eventName":"CreateUser"',
    '"subresource":"exec"',
    "LAB\\\\i.user 10.1.0.1",
    ".pdf.zz",
    "READ-ME-TO-RESTORE",
  ];
  for (const text of wanted)
    assert.ok(
      attack.some((record) => record.includes(text)),
      text,
    );
});

test("the volume scales the background and leaves the attack alone", () => {
  const attack = records.filter((record) => record.label === "attack").length;
  const alone = run("a", 0);
  assert.equal(alone.length, attack);
  const background = (list: ScenarioRecord[]): number => list.filter((record) => record.label === "background").length;
  assert.ok(Math.abs(background(run("a", 2)) / background(records) - 2) < 0.2);
  assert.ok(Math.abs(background(records) - 5200 / 4) < 200, String(background(records)));
});

test("without the attack the same ordinary day is left", () => {
  const ordinary = [...generate(scenario(), { seed: "a", startMs: START, estate: ESTATE, attack: false })];
  assert.ok(ordinary.every((record) => record.label === "background"));
  assert.equal(ordinary.length, records.filter((record) => record.label === "background").length);
});

test("record numbers of one log rise with time", () => {
  const last = new Map<string, number>();
  let seen = 0;
  for (const record of windows()) {
    const log = `${record.host}/${record.channel}`;
    assert.ok(record.number > (last.get(log) ?? 0), log);
    last.set(log, record.number);
    seen++;
  }
  assert.ok(seen > 300);
});

test("a started process has a parent that fits, and acts under its own GUID", () => {
  const shell = windows().find((record) => record.data["CommandLine"]?.startsWith("cmd /c echo"));
  const child = windows().find((record) => record.label === "attack" && record.data["CommandLine"] === "whoami");
  assert.ok(shell !== undefined && child !== undefined);
  assert.equal(child.data["ParentProcessGuid"], shell.data["ProcessGuid"]);
  assert.equal(child.data["ParentProcessId"], shell.data["ProcessId"]);
  assert.equal(child.data["ParentCommandLine"], shell.data["CommandLine"]);
  assert.equal(child.data["User"], "LAB\\i.user");
  const file = windows().find((record) => record.data["TargetFilename"] === "C:\\a.txt");
  assert.equal(file?.data["ProcessGuid"], shell.data["ProcessGuid"]);
  const guids = windows()
    .filter((record) => record.id === 1)
    .map((record) => record.data["ProcessGuid"]);
  assert.ok(new Set(guids).size > guids.length * 0.9, "GUIDs are not repeated");
});

test("what the estate lacks is told, and generate refuses it", () => {
  const missing = { assets: ESTATE.assets.filter((asset) => asset.name !== "srv-1"), identities: [] };
  const messages = castProblems(scenario(), missing).map((problem) => problem.message);
  assert.ok(messages.some((message) => message.includes('"srv-1" (role server)')));
  assert.ok(messages.some((message) => message.includes('"i.user" (role user)')));
  assert.ok(messages.some((message) => message.includes("member for windows-server")));
  assert.deepEqual(castProblems(scenario(), ESTATE), []);
  assert.throws(() => [...generate(scenario(), { seed: "a", startMs: START, estate: missing })], RangeError);
});

interface Windows {
  readonly label: string;
  readonly host: string;
  readonly channel: string;
  readonly id: number;
  readonly number: number;
  readonly data: Readonly<Record<string, string>>;
}

/** The Windows events of the run, whichever shape they came in. */
function windows(): Windows[] {
  return records
    .filter((record) => record.source.startsWith("windows-"))
    .map(({ label, text }) => {
      const value = mapOf(JSON.parse(text));
      const isFlat = value["winlog"] === undefined;
      const log = isFlat ? value : mapOf(value["winlog"]);
      const data = isFlat ? value : mapOf(log["event_data"]);
      return {
        label,
        host: String(log[isFlat ? "Hostname" : "computer_name"]),
        channel: String(log[isFlat ? "Channel" : "channel"]),
        id: Number(log[isFlat ? "EventID" : "event_id"]),
        number: Number(log[isFlat ? "RecordNumber" : "record_id"]),
        data: Object.fromEntries(Object.entries(data).map(([key, entry]) => [key, String(entry)])),
      };
    });
}

function mapOf(value: unknown): Record<string, unknown> {
  assert.ok(typeof value === "object" && value !== null);
  return Object.fromEntries(Object.entries(value));
}
