/**
 * fuzz: mutated chunks never throw, hang or grow, and what is read of them is one line of JSON each.
 * HOLDFAST_TEST_ROUNDS sets the number of chunks (20,000; ten million for the full run), HOLDFAST_TEST_SEED repeats a run.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FILE_HEADER, hex, LogWriter, RECORDS, u16, u32, u64, utf16 } from "../../../test/event-log.ts";
import { regressionFiles, withoutData } from "../../../test/recordings.ts";
import { createEvtxReader } from "./index.ts";

const ROUNDS = Number(process.env["HOLDFAST_TEST_ROUNDS"] ?? 20_000);
const SEED = Number(process.env["HOLDFAST_TEST_SEED"] ?? 1);
/** CPU time, since other work on the machine is not the reader's. The slowest sound chunk takes a hundredth of it. */
const LONGEST_MS = 2000;
const MOST_GROWTH = 128 * 1024 * 1024;
const REPORT_EVERY = 100_000;

const read = createEvtxReader();

test(`${ROUNDS} mutated chunks are read without a throw, a hang or growth (seed ${SEED})`, () => {
  const random = randomFrom(SEED);
  const originals = [everything(), nested(), ...recorded()];
  let records = 0;
  let problems = 0;
  let slowest = 0;
  let base = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const original = originals[random(originals.length)] ?? assert.fail();
    const bytes = mutated(original, originals, random);
    const slack = random(4) === 0;
    const started = process.cpuUsage();
    let found = 0;
    try {
      for (const { json } of read(bytes, { slack, onProblem: () => void problems++ })) {
        JSON.parse(json);
        assert.ok(!json.includes("\n"));
        found++;
      }
    } catch (error) {
      assert.fail(`round ${round} of seed ${SEED}: ${String(error)}\n${bytes.toString("base64")}`);
    }
    const used = process.cpuUsage(started);
    slowest = Math.max(slowest, (used.user + used.system) / 1000);
    assert.ok(slowest < LONGEST_MS, `round ${round} of seed ${SEED} took ${slowest} ms`);
    assert.ok(found <= 2 * (bytes.length / 28), `round ${round} of seed ${SEED} gave ${found} records`);
    records += found;
    if (round === Math.min(10_000, ROUNDS >> 1)) base = held();
    if (round > 0 && round % REPORT_EVERY === 0) {
      console.log(`${round} chunks, ${records} records, ${problems} problems, slowest ${slowest.toFixed(1)} ms`);
      assert.ok(held() - base < MOST_GROWTH, `grew by ${held() - base} bytes until round ${round} of seed ${SEED}`);
    }
  }
  assert.ok(
    records > ROUNDS / 4 && problems > ROUNDS / 10,
    `${records} records, ${problems} problems prove too little`,
  );
  assert.ok(held() - base < MOST_GROWTH);
  console.log(`done: ${ROUNDS} chunks, ${records} records, ${problems} problems, slowest ${slowest.toFixed(1)} ms`);
});

function held(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** A file that ends with its records: a whole chunk would be mostly zeros, which take longest to copy. */
function small(file: Buffer): Buffer {
  const used = FILE_HEADER + file.readUInt32LE(FILE_HEADER + 48);
  return Buffer.from(file.subarray(0, Math.min(used + 600, file.length)));
}

/** Every type, alone and as an array, every token, an old use of a template, and a record behind the free space. */
function everything(): Buffer {
  const writer = new LogWriter();
  const eight = u64(0x0123_4567_89ab_cdefn);
  const sid = hex("01 02 000000000005 20000000 20020000");
  const bytesOf = (type: number): Buffer => {
    if (type === 1 || type === 0x81) return utf16("a\0b");
    if (type === 0x13 || type === 0x93) return sid;
    if (type === 0x0f || type === 0x12) return Buffer.concat([eight, eight]);
    return type === 0 ? hex("") : eight;
  };
  const types = Array.from({ length: 0x16 }, (_, type) => type).flatMap((type) => [type, type | 0x80]);
  const values = types.map((type) => ({ type, bytes: bytesOf(type) }));
  let definition = 0;
  writer.record(1n, () => {
    definition = writer.template(() => {
      writer.open("Event", { attributes: () => writer.attribute("xmlns", () => writer.text("urn:x")) });
      for (const [index, type] of types.entries()) {
        const attributes = (): void => writer.attribute("Name", () => writer.text(`v${index}`));
        writer
          .open("Data", index % 3 === 0 ? {} : { attributes })
          .substitution(index, type, index % 2 === 0)
          .put(0x04);
      }
      writer.put(0x04);
    }, values);
  });
  writer.record(2n, () => {
    writer.put(0x0f, 1, 1, 0).open("Event").text("a").put(0x49).name("amp");
    writer.put(0x48, u16(0x263a), 0x07, u16(2), utf16("<b"), 0x0a).name("pi");
    writer.put(0x0b, u16(1), utf16("x"), 0x04, 0x00);
  });
  writer.record(3n, () => void writer.use(definition, values.slice(0, 9)));
  const free = writer.at;
  writer.record(4n, () => void writer.use(definition, values.slice(0, 4)));
  return small(writer.file(free));
}

/** Binary XML as a value, three deep. */
function nested(): Buffer {
  const writer = new LogWriter();
  const inner = (depth: number): Buffer => {
    const at = writer.at;
    const value = depth === 0 ? { type: 8, bytes: u32(7) } : undefined;
    writer.template(
      () =>
        void writer
          .open(`D${depth}`)
          .substitution(0, value?.type ?? 0x21)
          .put(0x04),
      value === undefined ? [] : [value],
    );
    if (value === undefined) {
      writer.at -= 4;
      const start = writer.at;
      writer.at += 8;
      const from = writer.at;
      const bytes = inner(depth - 1);
      writer.at = start;
      writer.values([{ type: 0x21, bytes }]);
      assert.equal(writer.at, from + bytes.length);
    }
    return Buffer.from(writer.bytes.subarray(at, writer.at));
  };
  for (const id of [1n, 2n]) writer.record(id, () => void inner(3));
  return small(writer.file());
}

function recorded(): Buffer[] {
  if (withoutData("regression") !== false) return [];
  return regressionFiles("evtx")
    .filter((_, index) => index % 15 === 0)
    .map(({ bytes }) => small(bytes));
}

type Random = (below: number) => number;

const INTERESTING = [0, 1, 2, 4, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xfffe, 0xffff];
const TOKENS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x21, 0x41, 0x46, 0x4e];

function mutated(original: Buffer, others: readonly Buffer[], random: Random): Buffer {
  const cut = random(16) === 0;
  const bytes = Buffer.from(cut ? original.subarray(0, FILE_HEADER + random(original.length - FILE_HEADER)) : original);
  const start = FILE_HEADER + RECORDS;
  for (let edits = 1 + random(8); edits > 0; edits--) {
    if (bytes.length <= start + 8) break;
    const at = random(40) === 0 ? FILE_HEADER + random(RECORDS) : start + random(bytes.length - start - 8);
    switch (random(8)) {
      case 0:
        bytes[at] = random(256);
        break;
      case 1:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
        break;
      case 2:
        bytes[at] = TOKENS[random(TOKENS.length)] ?? 0;
        break;
      case 3:
        bytes.writeUInt16LE(INTERESTING[random(INTERESTING.length)] ?? 0, at);
        break;
      case 4:
        // Offsets of the chunk, so that names and templates point at each other.
        bytes.writeUInt32LE(RECORDS + random(bytes.length - start), at);
        break;
      case 5:
        bytes.writeUInt32LE((bytes.readUInt32LE(at) + random(17) - 8) >>> 0, at);
        break;
      case 6: {
        const from = start + random(bytes.length - start);
        bytes.copyWithin(at, from, from + random(64));
        break;
      }
      default: {
        const other = others[random(others.length)] ?? original;
        const from = start + random(other.length - start);
        other.copy(bytes, at, from, Math.min(from + random(200), other.length));
      }
    }
  }
  return bytes;
}

/** The same numbers from the same seed, in every Node. */
function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
