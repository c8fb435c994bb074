/** recordings: real event logs against a structural count, against their published JSON, and against another reader. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { EvtxFile } from "@ts-evtx/core";
import { concatenatedJson, evtxSamples, regressionFiles, withoutData } from "../../../test/recordings.ts";
import { type EvtxProblem, type EvtxRecord, flattenEvent, readEvtx } from "./index.ts";

function read(bytes: Uint8Array): { records: EvtxRecord[]; problems: EvtxProblem[] } {
  const problems: EvtxProblem[] = [];
  const records = [...readEvtx(bytes, { onProblem: (problem) => problems.push(problem) })];
  return { records, problems };
}

/** Record headers from the start of each chunk to its free space. */
function structuralCount(bytes: Buffer): number {
  let count = 0;
  for (let chunk = 4096; chunk + 65_536 <= bytes.length; chunk += 65_536) {
    if (bytes.toString("latin1", chunk, chunk + 7) !== "ElfChnk") continue;
    const end = chunk + bytes.readUInt32LE(chunk + 48);
    for (let at = chunk + 512; at + 24 <= end && bytes.readUInt32LE(at) === 0x2a2a; at += bytes.readUInt32LE(at + 4))
      count++;
  }
  return count;
}

test("every record of the samples is read, without a problem", { skip: withoutData("lanes") }, () => {
  let total = 0;
  const files = evtxSamples();
  for (const { path, bytes } of files) {
    const { records, problems } = read(bytes);
    assert.deepEqual(problems, [], path);
    assert.equal(records.length, structuralCount(bytes), path);
    for (const { json } of records) {
      assert.ok(!json.includes("\n"), path);
      assert.ok(JSON.parse(json).Event.System.EventRecordID, path);
    }
    total += records.length;
  }
  assert.ok(files.length >= 276);
  assert.equal(total, 8255);
});

test("regression cases equal their published JSON, field by field", { skip: withoutData("regression") }, () => {
  const twins = new Map(regressionFiles("json").map(({ path, bytes }) => [path.replace(/json$/, "evtx"), bytes]));
  const differences = new Map<string, number>();
  let values = 0;
  const compare = (ours: unknown, theirs: unknown, at: string): void => {
    if (isNode(ours) && isNode(theirs)) {
      const keys = new Set([...Object.keys(ours), ...Object.keys(theirs)]);
      for (const key of keys) compare(ours[key], theirs[key], `${at}/${key}`);
      return;
    }
    values++;
    const name = difference(ours, theirs, at);
    if (name !== undefined) differences.set(name, (differences.get(name) ?? 0) + 1);
  };
  for (const { path, bytes } of regressionFiles("evtx")) {
    const { records, problems } = read(bytes);
    assert.deepEqual(problems, [], path);
    const twin = concatenatedJson(twins.get(path)?.toString("utf8") ?? "");
    assert.equal(records.length, structuralCount(bytes), path);
    assert.equal(records.length, twin.length, path);
    const key = (event: unknown): string => String(flattenEvent(isNode(event) ? event : {})["EventRecordID"]);
    const byId = new Map(twin.map((event) => [key(event), event]));
    for (const { json } of records) compare(JSON.parse(json), byId.get(key(JSON.parse(json))), "");
  }
  assert.equal(values, 6038);
  assert.deepEqual(Object.fromEntries([...differences].sort()), {
    // Namespaces are no content.
    "the root's namespace is left out": 169,
    // A log has steps of 100 ns: the published times were cut to microseconds, or filled up to nanoseconds.
    "the time has seven digits, not nine": 1,
    "the time has seven digits, not six": 168,
    // The publisher trimmed what the log has.
    "blanks at the end are kept: CommandLine": 12,
    "blanks at the end are kept: Details": 1,
    "blanks at the end are kept: ParentCommandLine": 57,
    // The case about the right-to-left override was edited by hand.
    "Explorer.EXE is spelled as in the log": 1,
  });
});

/** The name of an explained difference; any other is an error. */
function difference(ours: unknown, theirs: unknown, at: string): string | undefined {
  if (JSON.stringify(ours) === JSON.stringify(theirs)) return undefined;
  if (at === "/Event/#attributes" && ours === undefined) return "the root's namespace is left out";
  assert.ok(typeof ours === "string" && typeof theirs === "string", `${at}: ${String(ours)} | ${String(theirs)}`);
  if (at.endsWith("/SystemTime")) {
    if (theirs === ours.replace("Z", "00Z")) return "the time has seven digits, not nine";
    assert.equal(ours.replace(/\dZ$/, "Z"), theirs, at);
    return "the time has seven digits, not six";
  }
  if (ours === "C:\\Windows\\Explorer.EXE") {
    assert.equal(theirs, "C:\\Windows\\Explorer.exe");
    return "Explorer.EXE is spelled as in the log";
  }
  assert.equal(ours.trimEnd(), theirs, at);
  return `blanks at the end are kept: ${at.replace(/.*\//, "")}`;
}

test("what is left over behind the live records of the samples is given on request", {
  skip: withoutData("lanes"),
}, () => {
  const frames = { adjoining: 0, whole: 0 };
  const given = { live: 0, slack: 0 };
  for (const { path, bytes } of evtxSamples()) {
    countLeftovers(bytes, frames);
    const live = new Set<string>();
    for (const { slack, json, time_100ns } of readEvtx(bytes, { slack: true })) {
      given[slack ? "slack" : "live"]++;
      const event: unknown = JSON.parse(json);
      assert.ok(isNode(event) && isNode(event["Event"]) && isNode(event["Event"]["System"]), path);
      const key = `${time_100ns}${json}`;
      assert.ok(!(slack && live.has(key)), `${path}: given twice`);
      live.add(key);
    }
  }
  // 354 frames follow the free space without a gap, which is what a count by walking finds. Searching every byte finds
  // the others; of nearly all of them, newer records have overwritten the template, or a live record is the same.
  assert.deepEqual(frames, { adjoining: 354, whole: 12_098 });
  assert.deepEqual(given, { live: 8255, slack: 317 });
});

/** Frames behind the free space: those that adjoin it and each other, and all that are whole. */
function countLeftovers(bytes: Buffer, into: { adjoining: number; whole: number }): void {
  for (let chunk = 4096; chunk + 65_536 <= bytes.length; chunk += 65_536) {
    if (bytes.toString("latin1", chunk, chunk + 7) !== "ElfChnk") continue;
    const free = chunk + bytes.readUInt32LE(chunk + 48);
    const end = chunk + 65_536;
    for (let at = free; at + 28 <= end && bytes.readUInt32LE(at) === 0x2a2a; at += bytes.readUInt32LE(at + 4)) {
      if (bytes.readUInt32LE(at + 4) < 28) break;
      into.adjoining++;
    }
    for (let at = free; at + 28 <= end; at++) {
      const size = bytes.readUInt32LE(at) === 0x2a2a ? bytes.readUInt32LE(at + 4) : 0;
      if (size >= 28 && at + size <= end && bytes.readUInt32LE(at + size - 4) === size) into.whole++;
    }
  }
}

test("named values equal those of another reader", { skip: withoutData("lanes") }, () => {
  const folder = mkdtempSync(join(tmpdir(), "evtx-"));
  const differing: string[] = [];
  let values = 0;
  try {
    for (const { path, bytes } of evtxSamples().filter((_, index) => index % 6 === 0)) {
      const ours = new Map(
        read(bytes).records.map(({ recordId, json }) => [recordId, flattenEvent(parseExactly(json))]),
      );
      const copy = join(folder, "one.evtx");
      writeFileSync(copy, bytes);
      for (const record of EvtxFile.openSync(copy).records()) {
        for (const [name, value] of namedData(record.renderXml())) {
          values++;
          const mine = plain(ours.get(record.recordNum())?.[name.replaceAll(" ", "")]);
          if (mine !== plain(value)) differing.push(`${path} ${record.recordNum()} ${name}: ${mine} | ${plain(value)}`);
        }
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  // The other reader cuts some strings short and decodes some one byte off; published JSON decides about those above.
  assert.ok(
    values > 5000 && differing.length < values / 100,
    `${differing.length} of ${values}:\n${differing.slice(0, 20).join("\n")}`,
  );
});

/** JSON.parse would round integers of more than 15 digits. */
function parseExactly(json: string): object {
  return JSON.parse(json.replace(/:(-?\d{16,})(?=[,}])/g, ':"$1"'));
}

function namedData(xml: string): [name: string, value: string][] {
  return [...xml.matchAll(/<Data Name="([^"]*)"\s*(?:\/>|>([\s\S]*?)<\/Data>)/g)].map((match) => [
    unescaped(match[1] ?? ""),
    unescaped(match[2] ?? ""),
  ]);
}

function unescaped(xml: string): string {
  return xml
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replace(/&#(x?[0-9a-f]+);/gi, (_, code: string) => String.fromCharCode(Number(code.replace(/^x/i, "0x"))))
    .replaceAll("&amp;", "&");
}

/** Without the differences of spelling: braces, case, white space (the other reader indents it), control characters, hexadecimal numbers, times below 1 ms. */
function plain(value: unknown): string {
  return String(value ?? "")
    .trim()
    .toLowerCase()
    .replace(/^\{(.*)\}$/, "$1")
    .replace(/\s+/g, " ")
    .replace(/\p{Cc}/gu, "")
    .replace(/^0x[0-9a-f]{1,16}$/, (hexadecimal) => String(BigInt(hexadecimal)))
    .replace(/(t[0-9:]+\.\d{3})\d*z$/, "$1z");
}

function isNode(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
