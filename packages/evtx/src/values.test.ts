/** values: every type of the format alone and as an array, exact to the last digit, and what does not fit its type. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { hex, LogWriter, u16, u32, u64, utf16 } from "../../../test/event-log.ts";
import { type EvtxProblem, readEvtx } from "./index.ts";

/** The JSON of one record whose only element has one value. */
function json(type: number, bytes: Uint8Array, optional = false): string | undefined {
  const writer = new LogWriter();
  writer.record(1n, () => {
    writer.template(() => {
      writer.open("Event").open("V").substitution(0, type, optional).put(0x04, 0x04);
    }, [{ type, bytes }]);
  });
  return only(writer);
}

function only(writer: LogWriter): string | undefined {
  const problems: EvtxProblem[] = [];
  const records = [...readEvtx(writer.file(), { onProblem: (problem) => problems.push(problem) })];
  assert.deepEqual(problems, []);
  assert.equal(records.length, 1);
  return records[0]?.json.replace(/^\{"Event":\{"V":(.*)\}\}$/s, "$1");
}

const GUID = hex("33221100 5544 7766 8899aabbccddeeff");
const SID = hex("01 02 000000000005 20000000 20020000");
const TIME = hex("e807 0500 0100 0600 0c00 0d00 0e00 0f00");
const CASES: [name: string, type: number, bytes: Uint8Array, json: string][] = [
  ["null", 0x00, hex(""), "null"],
  ["string", 0x01, utf16('a"\\\n\0'), '"a\\"\\\\\\n"'],
  ["empty string", 0x01, hex(""), '""'],
  ["control characters", 0x01, utf16("\u0001\b\f\t\r\u001f\u007f"), '"\\u0001\\b\\f\\t\\r\\u001f\u007f"'],
  ["text beyond ASCII", 0x01, utf16("é\u07ff\u0800\u202e漢"), '"é\u07ff\u0800\u202e漢"'],
  ["a character of two units", 0x01, utf16("a😀b"), '"a😀b"'],
  ["half of a character", 0x01, utf16("a\ud83db\udc00"), '"a\\ud83db\\udc00"'],
  ["half of a character at the end", 0x01, utf16("a\ud83d"), '"a\\ud83d"'],
  ["a zero inside of a string", 0x01, utf16("a\0b\0\0"), '"a\\u0000b"'],
  ["ANSI string", 0x02, hex("6162e98000"), '"abé€"'],
  ["int8", 0x03, hex("ff"), "-1"],
  ["uint8", 0x04, hex("ff"), "255"],
  ["int16", 0x05, hex("feff"), "-2"],
  ["uint16", 0x06, hex("feff"), "65534"],
  ["int32", 0x07, hex("feffffff"), "-2"],
  ["the lowest int32", 0x07, hex("00000080"), "-2147483648"],
  ["uint32", 0x08, hex("feffffff"), "4294967294"],
  ["int64", 0x09, u64(-5n), "-5"],
  ["int64 keeps its digits", 0x09, u64(-9_007_199_254_740_993n), "-9007199254740993"],
  ["the highest int64", 0x09, u64(2n ** 63n - 1n), "9223372036854775807"],
  ["the lowest int64", 0x09, u64(-(2n ** 63n)), "-9223372036854775808"],
  ["uint64", 0x0a, u64(1_099_511_627_776n), "1099511627776"],
  ["uint64 at the edge of a double", 0x0a, u64(2n ** 53n - 1n), "9007199254740991"],
  ["uint64 behind the edge of a double", 0x0a, u64(2n ** 53n + 1n), "9007199254740993"],
  ["uint64 keeps its digits", 0x0a, u64(2n ** 64n - 1n), "18446744073709551615"],
  ["float", 0x0b, hex("0000c03f"), "1.5"],
  ["float, the shortest digits that mean it", 0x0b, hex("cdcccc3d"), "0.1"],
  ["double", 0x0c, hex("9a9999999999b93f"), "0.1"],
  ["not a number", 0x0c, hex("000000000000f87f"), '"NaN"'],
  ["infinity", 0x0b, hex("000080ff"), '"-Infinity"'],
  ["bool", 0x0d, hex("01000000"), "true"],
  ["bool, false", 0x0d, hex("00000000"), "false"],
  ["bool in one byte", 0x0d, hex("01"), "true"],
  ["bool in two bytes", 0x0d, hex("0000"), "false"],
  ["binary", 0x0e, hex("00abff"), '"00ABFF"'],
  ["empty binary", 0x0e, hex(""), '""'],
  ["GUID", 0x0f, GUID, '"00112233-4455-6677-8899-AABBCCDDEEFF"'],
  ["size, 4 bytes", 0x10, hex("10000000"), '"0x10"'],
  ["size, 8 bytes", 0x10, u64(0xffff_ffff_ffff_fff0n), '"0xfffffffffffffff0"'],
  ["size of another width, as bytes", 0x10, hex("0102"), '"0102"'],
  ["FILETIME with 100 ns", 0x11, u64(133_000_000_012_345_678n), '"2022-06-18T04:26:41.2345678Z"'],
  ["FILETIME zero", 0x11, u64(0n), '"1601-01-01T00:00:00.0000000Z"'],
  ["the last FILETIME", 0x11, u64(2n ** 64n - 1n), '"60056-05-28T05:36:10.9551615Z"'],
  ["system time", 0x12, TIME, '"2024-05-06T12:13:14.015Z"'],
  ["SID", 0x13, SID, '"S-1-5-32-544"'],
  ["SID of a large authority", 0x13, hex("01 01 0100000000ff ffffffff"), '"S-1-1099511628031-4294967295"'],
  ["SID without parts", 0x13, hex("01 00 000000000001"), '"S-1-1"'],
  ["a SID that is cut, as bytes", 0x13, SID.subarray(0, 12), '"010200000000000520000000"'],
  ["hexadecimal 32", 0x14, hex("ef000000"), '"0xef"'],
  ["hexadecimal 64", 0x15, u64(0x8000000000000000n), '"0x8000000000000000"'],
  ["hexadecimal 64 with zeros inside", 0x15, u64(0x1_0000_000fn), '"0x10000000f"'],
  ["a value shorter than its type, as bytes", 0x08, hex("0102"), '"0102"'],
  ["a type that is not known, as bytes", 0x30, hex("0102"), '"0102"'],
  ["an event handle, as bytes", 0x20, hex("0102"), '"0102"'],
  ["XML text", 0x23, utf16("<a/>"), '"<a/>"'],
  ["array of strings", 0x81, utf16("a\0b\0"), '["a","b"]'],
  ["array of strings, the last without its end", 0x81, utf16("a\0\0b"), '["a","","b"]'],
  ["empty array", 0x81, hex(""), "[]"],
  ["array of ANSI strings", 0x82, hex("6100 e962"), '["a","éb"]'],
  ["array of int8", 0x83, hex("ff01"), "[-1,1]"],
  ["array of uint8", 0x84, hex("ff01"), "[255,1]"],
  ["array of int16", 0x85, hex("ffff0100"), "[-1,1]"],
  ["array of uint16", 0x86, hex("01000200"), "[1,2]"],
  ["array of int32", 0x87, hex("ffffffff01000000"), "[-1,1]"],
  ["array of uint32", 0x88, hex("ffffffff01000000"), "[4294967295,1]"],
  ["array of int64", 0x89, Buffer.concat([u64(-1n), u64(2n ** 62n)]), "[-1,4611686018427387904]"],
  ["array of uint64", 0x8a, u64(2n ** 63n), "[9223372036854775808]"],
  ["array of floats", 0x8b, hex("0000c03f cdcccc3d"), "[1.5,0.1]"],
  ["array of doubles", 0x8c, hex("000000000000f83f"), "[1.5]"],
  ["array of bools", 0x8d, hex("01000000 00000000"), "[true,false]"],
  ["array of binaries, which have no sizes", 0x8e, hex("0102"), '["0102"]'],
  [
    "array of GUIDs",
    0x8f,
    Buffer.concat([GUID, GUID]),
    '["00112233-4455-6677-8899-AABBCCDDEEFF","00112233-4455-6677-8899-AABBCCDDEEFF"]',
  ],
  ["array of sizes", 0x90, Buffer.concat([u64(1n), u64(16n)]), '["0x1","0x10"]'],
  ["array of FILETIMEs", 0x91, u64(1n), '["1601-01-01T00:00:00.0000001Z"]'],
  ["array of system times", 0x92, TIME, '["2024-05-06T12:13:14.015Z"]'],
  ["array of SIDs", 0x93, Buffer.concat([SID, SID]), '["S-1-5-32-544","S-1-5-32-544"]'],
  ["array of hexadecimal 32", 0x94, hex("01000000ff000000"), '["0x1","0xff"]'],
  ["array of hexadecimal 64", 0x95, u64(255n), '["0xff"]'],
  ["an array with a remainder", 0x88, hex("01000000 0203"), '[1,"0203"]'],
];

for (const [name, type, bytes, expected] of CASES) {
  test(`value: ${name}`, () => {
    assert.equal(json(type, bytes), expected);
    assert.equal(json(type, bytes, true), expected);
    assert.doesNotThrow(() => void JSON.parse(expected));
  });
}

test("every type may stand in the template itself", () => {
  const literals: [type: number, bytes: Uint8Array, json: string][] = [
    [0x02, Buffer.concat([u16(2), hex("6180")]), '"a€"'],
    [0x06, hex("0700"), "7"],
    [0x0a, u64(2n ** 60n), "1152921504606846976"],
    [0x0f, GUID, '"00112233-4455-6677-8899-AABBCCDDEEFF"'],
    [0x11, u64(133_000_000_012_345_678n), '"2022-06-18T04:26:41.2345678Z"'],
    [0x13, SID, '"S-1-5-32-544"'],
  ];
  for (const [type, bytes, expected] of literals) {
    const writer = new LogWriter();
    writer.record(1n, () => {
      writer.template(() => void writer.open("Event").open("V").put(0x05, type, bytes).put(0x04, 0x04), []);
    });
    assert.equal(only(writer), expected);
  }
});

test("times agree with the calendar, from the first day of 1601 over leap years to the last of 9999", () => {
  const days = ["1601-01-01", "1601-02-28", "1604-02-29", "1700-03-01", "1999-12-31", "2000-02-29", "2100-02-28"];
  for (let year = 1601; year < 2110; year++) days.push(`${year}-03-01`, `${year}-12-31`, `${year}-01-01`);
  days.push("9999-12-31");
  const instants = days.map((day, n) => Date.parse(`${day}T00:00:00Z`) + n * 1_000_007);
  const filetime = (ms: number): bigint => (BigInt(ms) + 11_644_473_600_000n) * 10_000n + 7n;
  const written = json(0x91, Buffer.concat(instants.map((ms) => u64(filetime(ms)))));
  const expected = instants.map((ms) => new Date(ms).toISOString().replace("Z", "0007Z").replace(/^\+0?/, ""));
  assert.deepEqual(JSON.parse(written ?? ""), expected);
});

test("long strings are kept whole", () => {
  const text = "x".repeat(20_000) + "é".repeat(5000);
  assert.equal(JSON.parse(json(0x01, utf16(text)) ?? ""), text);
});

test("a value's digits do not depend on what was written before it", () => {
  const writer = new LogWriter();
  writer.record(1n, () => {
    writer.template(() => {
      writer.open("Event").open("V").substitution(0, 8).substitution(1, 1).substitution(2, 0x15).put(0x04, 0x04);
    }, [
      { type: 8, bytes: u32(10) },
      { type: 1, bytes: utf16(" of ") },
      { type: 0x15, bytes: u64(16n) },
    ]);
  });
  assert.equal(only(writer), '"10 of 0x10"');
});
