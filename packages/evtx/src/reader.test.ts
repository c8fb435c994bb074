/** reader: value types, structures and damage, on event logs that the test builds byte by byte. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type EvtxProblem, flattenEvent, readEvtx } from "./index.ts";

interface Value {
  readonly type: number;
  readonly bytes: Uint8Array;
}

const utf16 = (text: string): Buffer => Buffer.from(text, "utf16le");
const u16 = (value: number): Buffer => Buffer.from([value & 255, value >> 8]);
function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}
function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  return bytes;
}
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

/** Writes Binary XML at the current position of a chunk; names are always written in place. */
class Writer {
  readonly bytes = Buffer.alloc(65_536);
  at = 512;

  put(...parts: readonly (Uint8Array | number)[]): this {
    for (const part of parts) {
      const bytes = typeof part === "number" ? Buffer.from([part]) : part;
      this.bytes.set(bytes, this.at);
      this.at += bytes.length;
    }
    return this;
  }

  name(text: string): this {
    return this.put(u32(this.at + 4), u32(0), u16(0), u16(text.length), utf16(text), u16(0));
  }

  /** Opens an element; `bare` elements lack the dependency number. */
  open(name: string, given: { attributes?: () => void; bare?: boolean } = {}): this {
    this.put(given.attributes ? 0x41 : 0x01);
    if (given.bare !== true) this.put(u16(0xffff));
    this.put(u32(0)).name(name);
    if (given.attributes) {
      this.put(u32(0));
      given.attributes();
    }
    return this.put(0x02);
  }

  attribute(name: string, value: () => void): void {
    this.put(0x06).name(name);
    value();
  }

  text(text: string): this {
    return this.put(0x05, 0x01, u16(text.length), utf16(text));
  }

  template(body: () => void, values: readonly Value[]): this {
    this.put(0x0f, 1, 1, 0, 0x0c, 1, u32(1), u32(this.at + 14));
    const definition = this.at;
    this.put(u32(0), Buffer.alloc(16), u32(0), 0x0f, 1, 1, 0);
    body();
    this.put(0x00);
    this.bytes.writeUInt32LE(this.at - definition - 24, definition + 20);
    return this.values(values);
  }

  values(values: readonly Value[]): this {
    this.put(u32(values.length));
    for (const { type, bytes } of values) this.put(u16(bytes.length), type, 0);
    return this.put(...values.map(({ bytes }) => bytes));
  }

  record(id: bigint, body: () => void): this {
    const start = this.at;
    this.put(u32(0x2a2a), u32(0), u64(id), u64(133_000_000_012_345_678n));
    body();
    const size = (this.at + 4 - start + 7) & ~7;
    this.at = start + size - 4;
    this.put(u32(size));
    this.bytes.writeUInt32LE(size, start + 4);
    return this;
  }

  file(): Buffer {
    const header = Buffer.alloc(4096);
    header.write("ElfFile\0", "latin1");
    this.bytes.write("ElfChnk\0", "latin1");
    this.bytes.writeUInt32LE(this.at, 48);
    return Buffer.concat([header, this.bytes]);
  }
}

function read(bytes: Uint8Array): { events: unknown[]; problems: EvtxProblem[]; json: string[] } {
  const problems: EvtxProblem[] = [];
  const json = [...readEvtx(bytes, { onProblem: (problem) => problems.push(problem) })].map((record) => record.json);
  return { events: json.map((line): unknown => JSON.parse(line)), problems, json };
}

/** One record whose EventData has one value. */
function oneValue(type: number, bytes: Uint8Array, token = 0x0d): string | undefined {
  const writer = new Writer();
  writer.record(1n, () => {
    writer.template(() => {
      writer.open("Event").open("V").put(token, u16(0), type).put(0x04, 0x04);
    }, [{ type, bytes }]);
  });
  const { json, problems } = read(writer.file());
  assert.deepEqual(problems, []);
  return json[0]?.replace(/^\{"Event":\{"V":(.*)\}\}$/, "$1");
}

const SID = hex("01 02 000000000005 20000000 20020000");
const CASES: [name: string, type: number, bytes: Uint8Array, json: string][] = [
  ["null", 0x00, hex(""), "null"],
  ["string", 0x01, utf16('a"\\\n\0'), '"a\\"\\\\\\n"'],
  ["empty string", 0x01, hex(""), '""'],
  ["ANSI string", 0x02, hex("6162e900"), '"abé"'],
  ["int8", 0x03, hex("ff"), "-1"],
  ["uint8", 0x04, hex("ff"), "255"],
  ["int16", 0x05, hex("feff"), "-2"],
  ["uint16", 0x06, hex("feff"), "65534"],
  ["int32", 0x07, hex("feffffff"), "-2"],
  ["uint32", 0x08, hex("feffffff"), "4294967294"],
  ["int64 keeps its digits", 0x09, u64(-9_007_199_254_740_993n), "-9007199254740993"],
  ["uint64 keeps its digits", 0x0a, u64(2n ** 64n - 1n), "18446744073709551615"],
  ["float", 0x0b, hex("0000c03f"), "1.5"],
  ["double", 0x0c, hex("000000000000f83f"), "1.5"],
  ["not a number", 0x0c, hex("000000000000f87f"), '"NaN"'],
  ["bool", 0x0d, hex("01000000"), "true"],
  ["binary", 0x0e, hex("00abff"), '"00ABFF"'],
  ["GUID", 0x0f, hex("33221100 5544 7766 8899aabbccddeeff"), '"00112233-4455-6677-8899-AABBCCDDEEFF"'],
  ["size, 4 bytes", 0x10, hex("10000000"), '"0x10"'],
  ["size, 8 bytes", 0x10, u64(0xffff_ffff_ffff_fff0n), '"0xfffffffffffffff0"'],
  ["FILETIME with 100 ns", 0x11, u64(133_000_000_012_345_678n), '"2022-06-18T04:26:41.2345678Z"'],
  ["system time", 0x12, hex("e807 0500 0100 0600 0c00 0d00 0e00 0f00"), '"2024-05-06T12:13:14.015Z"'],
  ["SID", 0x13, SID, '"S-1-5-32-544"'],
  ["hexadecimal 32", 0x14, hex("ef000000"), '"0xef"'],
  ["hexadecimal 64", 0x15, u64(0x8000000000000000n), '"0x8000000000000000"'],
  ["array of strings", 0x81, utf16("a\0b\0"), '["a","b"]'],
  ["array of uint16", 0x86, hex("01000200"), "[1,2]"],
  ["array of uint64", 0x8a, u64(2n ** 63n), "[9223372036854775808]"],
  ["array of SIDs", 0x93, Buffer.concat([SID, SID]), '["S-1-5-32-544","S-1-5-32-544"]'],
  ["array of hexadecimal 32", 0x94, hex("01000000ff000000"), '["0x1","0xff"]'],
];

for (const [name, type, bytes, json] of CASES) {
  test(`value: ${name}`, () => assert.equal(oneValue(type, bytes), json));
}

test("times agree with the calendar, from the first day of 1601 over leap years to the last of 9999", () => {
  const days = [
    "1601-01-01",
    "1601-02-28",
    "1604-02-29",
    "1700-03-01",
    "1999-12-31",
    "2000-02-29",
    "2100-02-28",
    "9999-12-31",
  ];
  for (let year = 1601; year < 2110; year++) days.push(`${year}-03-01`, `${year}-12-31`, `${year}-01-01`);
  const instants = days.map((day, n) => Date.parse(`${day}T00:00:00Z`) + n * 1_000_007);
  const filetime = (ms: number): bigint => (BigInt(ms) + 11_644_473_600_000n) * 10_000n + 7n;
  const json = oneValue(0x91, Buffer.concat(instants.map((ms) => u64(filetime(ms)))));
  const expected = instants.map((ms) => new Date(ms).toISOString().replace("Z", "0007Z"));
  assert.deepEqual(JSON.parse(json ?? ""), expected);
});

test("an optional value that is absent leaves its attribute out", () => {
  const writer = new Writer();
  writer.record(1n, () => {
    writer.template(() => {
      writer.open("Event");
      writer
        .open("Security", { attributes: () => writer.attribute("UserID", () => writer.put(0x0e, u16(0), 0x13)) })
        .put(0x04);
      writer.open("Execution", {
        attributes: () => {
          writer.attribute("ProcessID", () => writer.put(0x0d, u16(1), 0x08));
          writer.attribute("Kind", () => writer.text("x"));
        },
      });
      writer.put(0x04, 0x04);
    }, [
      { type: 0, bytes: hex("") },
      { type: 8, bytes: u32(7) },
    ]);
  });
  assert.deepEqual(read(writer.file()).events, [
    { Event: { Security: null, Execution: { "#attributes": { ProcessID: 7, Kind: "x" } } } },
  ]);
});

test("named data go by their names, unnamed data become a list, repeated elements are numbered", () => {
  const writer = new Writer();
  const data = (text: string, name?: string): void => {
    const attributes =
      name === undefined ? {} : { attributes: () => writer.attribute("Name", () => writer.text(name)) };
    writer.open("Data", attributes).text(text).put(0x04);
  };
  writer.record(1n, () => {
    writer.put(0x0f, 1, 1, 0).open("Event").open("EventData");
    data("1", "A B");
    data("2");
    data("3");
    writer.open("X").text("x").put(0x04).open("X").text("y").put(0x04);
    writer.put(0x04).put(0x04).put(0x00);
  });
  const [event] = read(writer.file()).events;
  assert.deepEqual(event, { Event: { EventData: { "A B": "1", Data: ["2", "3"], X: "x", X_1: "y" } } });
  assert.deepEqual(flattenEvent(isObject(event) ? event : {}), { AB: "1", Data: ["2", "3"], X: "x", X_1: "y" });
});

test("text, entities, character references, CDATA and processing instructions", () => {
  const writer = new Writer();
  writer.record(1n, () => {
    writer.put(0x0f, 1, 1, 0).open("Event").open("V").text("a");
    writer.put(0x49).name("amp");
    writer.put(0x48, u16(0x263a), 0x07, u16(2), utf16("<b"));
    writer.put(0x0a).name("pi");
    writer.put(0x0b, u16(1), utf16("x"), 0x04, 0x04, 0x00);
  });
  assert.deepEqual(read(writer.file()).events, [{ Event: { V: "a&\u263a<b" } }]);
});

test("a value may itself be Binary XML with its own template", () => {
  const inner = new Writer();
  const outer = new Writer();
  outer.record(1n, () => {
    outer.template(() => {
      outer.open("Event").open("UserData").put(0x0d, u16(0), 0x21).put(0x04, 0x04);
    }, []);
    // The value table that `template` wrote is replaced by one that holds a template instance.
    outer.at -= 4;
    const start = outer.at + 8;
    inner.at = start;
    inner.template(() => void inner.open("Deep").put(0x0d, u16(0), 0x08).put(0x04), [{ type: 8, bytes: u32(5) }]);
    outer.values([{ type: 0x21, bytes: inner.bytes.subarray(start, inner.at) }]);
  });
  assert.deepEqual(read(outer.file()).events, [{ Event: { UserData: { Deep: 5 } } }]);
});

test("a template defined by an earlier record is found", () => {
  const writer = new Writer();
  let definition = 0;
  writer.record(1n, () => {
    definition = writer.at + 14;
    writer.template(() => void writer.open("Event").put(0x0d, u16(0), 0x08).put(0x04), [{ type: 8, bytes: u32(1) }]);
  });
  writer.record(2n, () => {
    writer.put(0x0f, 1, 1, 0, 0x0c, 1, u32(1), u32(definition)).values([{ type: 8, bytes: u32(2) }]);
  });
  assert.deepEqual(read(writer.file()).events, [{ Event: 1 }, { Event: 2 }]);
});

function twoChunks(): Buffer {
  const files = [1n, 2n].map((id) => {
    const writer = new Writer();
    writer.record(id, () => {
      writer.template(
        () => void writer.open("Event").put(0x0d, u16(0), 0x08).put(0x04),
        [{ type: 8, bytes: u32(Number(id)) }],
      );
    });
    return writer.file();
  });
  return Buffer.concat([files[0] ?? hex(""), (files[1] ?? hex("")).subarray(4096)]);
}

test("a chunk with a bad magic is reported with its offset, and the rest is read", () => {
  const bytes = twoChunks();
  bytes.write("Broken!", 4096, "latin1");
  const { events, problems } = read(bytes);
  assert.deepEqual(events, [{ Event: 2 }]);
  assert.deepEqual(
    problems.map(({ code, offset }) => [code, offset]),
    [["CHUNK_INVALID", 4096]],
  );
});

test("empty chunks are skipped in silence, a truncated one is read as far as it goes", () => {
  const bytes = twoChunks();
  bytes.fill(0, 4096, 4096 + 65_536);
  assert.deepEqual(read(bytes), { ...read(bytes), problems: [], events: [{ Event: 2 }] });
  const { events, problems } = read(twoChunks().subarray(0, 4096 + 65_536 + 2000));
  assert.deepEqual(events, [{ Event: 1 }, { Event: 2 }]);
  assert.deepEqual(
    problems.map(({ code }) => code),
    ["CHUNK_TRUNCATED"],
  );
});

test("a broken record is reported, and the next one is found", () => {
  const writer = new Writer();
  for (const id of [1n, 2n, 3n]) {
    writer.record(id, () => {
      writer.put(0x0f, 1, 1, 0).open("Event").text(String(id)).put(0x04, 0x00);
    });
  }
  const sound = writer.file();
  const size = sound.readUInt32LE(4608 + 4);
  const content = Buffer.from(sound);
  content[4608 + size + 24 + 4] = 0x3f;
  assert.deepEqual(read(content).events, [{ Event: "1" }, { Event: "3" }]);
  assert.deepEqual(
    read(content).problems.map(({ code, offset }) => [code, offset]),
    [["RECORD_INVALID", 4608 + size]],
  );
  const header = Buffer.from(sound);
  header.writeUInt32LE(0, 4608 + size + 4);
  assert.deepEqual(read(header).events, [{ Event: "1" }, { Event: "3" }]);
  assert.deepEqual(
    read(header).problems.map(({ code }) => code),
    ["RECORD_INVALID"],
  );
});

test("records past the free space are left out; a senseless free space means the whole chunk", () => {
  const writer = new Writer();
  for (const id of [1n, 2n]) {
    writer.record(id, () => {
      writer.put(0x0f, 1, 1, 0).open("Event").text(String(id)).put(0x04, 0x00);
    });
  }
  const bytes = writer.file();
  bytes.writeUInt32LE(512 + bytes.readUInt32LE(4608 + 4), 4096 + 48);
  assert.deepEqual(read(bytes).events, [{ Event: "1" }]);
  bytes.writeUInt32LE(7, 4096 + 48);
  assert.deepEqual(read(bytes).events, [{ Event: "1" }, { Event: "2" }]);
});

test("what is no event log is one problem; a lost file header does not hide the chunks", () => {
  assert.deepEqual(
    read(Buffer.from("hello")).problems.map(({ code }) => code),
    ["FILE_INVALID"],
  );
  assert.deepEqual(
    read(new Uint8Array(0)).problems.map(({ code }) => code),
    ["FILE_INVALID"],
  );
  const bytes = twoChunks();
  bytes.fill(0, 0, 4096);
  assert.deepEqual(read(bytes).events, [{ Event: 1 }, { Event: 2 }]);
});

test("templates that multiply each other are stopped", () => {
  const writer = new Writer();
  writer.record(1n, () => {
    const start = writer.at;
    const self = writer.at + 14;
    writer.template(() => void writer.open("Event").put(0x0d, u16(0), 0x21, 0x0d, u16(0), 0x21).put(0x04), []);
    writer.at -= 4;
    // The value is an instance of the same template whose value is this value again.
    const value = Buffer.concat([hex("0c01"), u32(1), u32(self), u32(0)]);
    writer.values([{ type: 0x21, bytes: value }]);
    assert.ok(start > 0);
  });
  const { problems, events } = read(writer.file());
  assert.equal(problems.length + events.length, 1);
});

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
