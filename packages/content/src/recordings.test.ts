/** recordings: real records of HOLDFAST_TEST_DATA through all parsers: nothing unclassified, a host and a time for each,
 *  counts that agree with a plain text search, and no damage that makes a parser throw, hang or pollute. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createNormaliser, decodeRecord, mutate, type NormalisedEvent, parseIso, randomFrom } from "@holdfast/sdk";
import { catalog } from "./catalog.gen.ts";

const repository = fileURLToPath(new URL("../../..", import.meta.url));
const data = process.env["HOLDFAST_TEST_DATA"] ?? join(repository, "../shared/data");
const skip = existsSync(data) ? false : "HOLDFAST_TEST_DATA is absent";
const RECEIVED = Date.UTC(2026, 10, 22);
const normalise = createNormaliser(catalog.parsers);

function parse(text: string): NormalisedEvent {
  return normalise(decodeRecord({ text, received: RECEIVED, peer: "", kind: "import" }));
}

/** The one JSON member of a zipped recording. */
function lane(name: string): string[] {
  const zip = join(data, "lanes", `${name}.zip`);
  const text = execFileSync("unzip", ["-p", zip, "*.json"], { maxBuffer: 400_000_000, encoding: "utf8" });
  return text.split("\n").filter((line) => line !== "");
}

function hasUnzip(): boolean {
  try {
    execFileSync("unzip", ["-v"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const skipLanes = skip || (hasUnzip() ? false : "unzip is not installed");

for (const [name, most] of [
  ["d1-sharpdump-lsass", 0],
  ["d2-persistence-run-keys", 120_000],
  ["d3-dcom-shellwindows", 120_000],
] as const) {
  test(`recording ${name}: every record is classified, has host and time`, { skip: skipLanes }, (t) => {
    const lines = lane(name);
    assert.ok(lines.length > 30_000);
    const classes = new Map<string, number>();
    const started = process.cpuUsage();
    const events = lines.map(parse);
    const used = process.cpuUsage(started);
    for (const event of events) classes.set(event.class_name, (classes.get(event.class_name) ?? 0) + 1);
    t.diagnostic(`${((used.user + used.system) / lines.length).toFixed(1)} microseconds of processor time an event`);
    t.diagnostic(JSON.stringify(Object.fromEntries([...classes].sort((a, b) => b[1] - a[1]))));
    assert.equal(classes.get("unclassified"), undefined);
    assert.ok(classes.size >= 12);
    events.forEach((event, i) => {
      const stamp = parseIso(/"@timestamp":"([^"]+)"/.exec(lines[i] ?? "")?.[1] ?? "")?.time_ms ?? 0;
      assert.equal(event.parser, "windows-flat");
      assert.notEqual(event.columns.host, "");
      assert.notEqual(event.columns.host, "wec.internal.cloudapp.net", "the collector is not the host");
      assert.deepEqual(event.notes, []);
      // The event's own time lies before its collection, by seconds to two minutes and not by a time zone.
      const late = stamp - event.columns.time_ms;
      assert.ok(late >= 0 && late <= most, `event ${i} is ${late} ms before its collection`);
    });
  });
}

test("recording of CloudTrail", { skip: skipLanes }, () => {
  const events = lane("aws-ec2-proxy-s3-exfiltration").map(parse);
  assert.equal(events.length, 103);
  for (const event of events) {
    assert.equal(event.parser, "aws-cloudtrail");
    assert.notEqual(event.columns.user, "");
    assert.notEqual(event.columns.time_ms, RECEIVED);
  }
});

test("events of .evtx files as JSON", { skip }, () => {
  const root = join(data, "regression");
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".json"));
  let seen = 0;
  for (const file of files) {
    let value: unknown;
    try {
      value = JSON.parse(readFileSync(join(root, file), "utf8"));
    } catch {
      // Some files hold several documents one behind the other; they are for the importer to split.
      continue;
    }
    const event = parse(JSON.stringify(value));
    seen++;
    assert.equal(event.parser, "windows-evtx", file);
    assert.deepEqual(event.notes, [], file);
    assert.notEqual(event.columns.host, "", file);
    assert.equal(event.fields["EventID"], Number(event.columns.event_code), file);
    assert.equal(typeof event.fields["Channel"], "string", file);
  }
  assert.ok(seen > 100);
});

function logLines(name: string): string[] {
  return readFileSync(join(data, "loghub", name), "utf8")
    .split("\n")
    .filter((line) => line !== "");
}

test("OpenSSH: counts agree with a text search", { skip }, () => {
  const lines = logLines("OpenSSH_2k.log");
  const events = lines.map(parse);
  const count = (wanted: (event: NormalisedEvent) => boolean): number => events.filter(wanted).length;
  const grep = (text: string): number => lines.filter((line) => line.includes(text)).length;
  assert.equal(
    count((event) => event.parser === "sshd"),
    lines.length,
  );
  assert.equal(
    count((event) => event.columns.event_code === "failed-password"),
    grep("Failed password"),
  );
  assert.equal(
    count((event) => event.columns.event_code === "accepted-password"),
    grep("Accepted password"),
  );
  assert.equal(
    count((event) => event.columns.event_code === "invalid-user"),
    grep("]: Invalid user"),
  );
  assert.equal(
    count((event) => event.columns.event_code === "received-disconnect"),
    grep("Received disconnect"),
  );
  const failed = events.filter((event) => event.columns.event_code === "failed-password");
  for (const event of failed) {
    assert.notEqual(event.columns.src_ip, "", event.columns.message);
    assert.equal(event.class_name, "authentication");
    assert.deepEqual([event.columns.activity_id, event.columns.status_id], [1, 2]);
  }
});

test("every log file is read without a throw, and is classified", { skip }, (t) => {
  for (const name of readdirSync(join(data, "loghub"))) {
    const events = logLines(name).map(parse);
    const failures = events.flatMap((event) => event.notes).filter((note) => note.includes("failed"));
    const taken = new Map<string, number>();
    for (const event of events) taken.set(event.parser, (taken.get(event.parser) ?? 0) + 1);
    t.diagnostic(`${name}: ${JSON.stringify(Object.fromEntries(taken))}`);
    assert.deepEqual(failures, [], name);
    assert.ok((taken.get("none") ?? 0) / events.length < 0.01, name);
  }
});

const RECORDS = Number(process.env["HOLDFAST_TEST_FUZZ"] ?? 200_000);

test(`${RECORDS} damaged records: no exception, none over 50 ms, no pollution`, (t) => {
  const random = randomFrom(20_261_122);
  const samples = catalog.parsers.flatMap((parser) => parser.samples.map((sample) => sample.in));
  let slowest = 0;
  let unclassified = 0;
  for (let i = 0; i < RECORDS; i++) {
    let text = samples[random(samples.length)] ?? "";
    for (let damage = random(3); damage >= 0; damage--) text = mutate(text, random);
    const event = timed(text);
    if (event.class_name === "unclassified") unclassified++;
    const failed = event.notes.find((note) => note.includes(" failed: "));
    assert.equal(failed, undefined, text);
  }
  const plain: Record<string, unknown> = {};
  assert.equal(plain["polluted"], undefined);
  t.diagnostic(`slowest ${slowest.toFixed(2)} ms, ${unclassified} unclassified`);

  function timed(text: string): NormalisedEvent {
    const took = clock(() => parse(text));
    // A pause of the collector or of the machine is not the record's fault: only a repeated delay is.
    const again = took.ms > 50 ? clock(() => parse(text)) : took;
    slowest = Math.max(slowest, Math.min(took.ms, again.ms));
    assert.ok(again.ms <= 50, `${again.ms} ms: ${text.slice(0, 200)}`);
    return took.event;
  }
});

test("a quarter of a megabyte of anything behind any sample's head takes linear time", (t) => {
  const pieces = [
    " ",
    "a=",
    "a ",
    '"',
    "'",
    "\\",
    "[",
    "(",
    ": ",
    " ; ",
    "; a = ",
    " from ",
    "=",
    "9",
    "A ",
    "pam_unix(",
    "\\u0000",
    'a0="x" ',
    "<",
  ];
  const heads = catalog.parsers.flatMap((parser) => parser.samples.map((sample) => sample.in));
  let slowest = 0;
  for (const head of heads) {
    for (const piece of pieces) {
      const long = piece.repeat(Math.ceil(250_000 / piece.length));
      // Behind the record, and inside it where its last value stands.
      const inside = head.lastIndexOf('"');
      const text = random(2) === 0 || inside < 0 ? head + long : head.slice(0, inside) + long + head.slice(inside);
      const whole = clock(() => parse(text)).ms;
      slowest = Math.max(slowest, whole);
      if (whole <= 60) continue;
      // Four times the text takes four times as long, not sixteen, whatever the machine does beside it.
      const [long4, short] = [text, text.slice(0, text.length / 4)].map((part) =>
        Math.min(...Array.from({ length: 7 }, () => clock(() => parse(part)).ms)),
      );
      assert.ok(
        (long4 ?? 0) <= 9 * (short ?? 0) + 60,
        `${short} ms for a quarter, ${long4} ms for all: ${text.slice(0, 100)} with ${JSON.stringify(piece)}`,
      );
    }
  }
  t.diagnostic(`slowest ${slowest.toFixed(1)} ms`);
});

const random = randomFrom(7);

function clock(run: () => NormalisedEvent): { readonly event: NormalisedEvent; readonly ms: number } {
  const started = performance.now();
  const event = run();
  return { event, ms: performance.now() - started };
}
