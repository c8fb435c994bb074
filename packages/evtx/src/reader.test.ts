/** reader: files, chunks and records that are damaged, dirty, cut or not what they say, and what is read of them all the same. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CHUNK, FILE_HEADER, LogWriter, logFile, RECORDS, sealed, u32, WRITTEN } from "../../../test/event-log.ts";
import { createEvtxReader, type EvtxProblem, type EvtxRecord, readEvtx } from "./index.ts";

interface Reading {
  readonly records: EvtxRecord[];
  readonly events: unknown[];
  readonly problems: EvtxProblem[];
  /** Code and offset of each problem. */
  readonly found: [string, number][];
}

function read(bytes: Uint8Array, slack = false): Reading {
  const problems: EvtxProblem[] = [];
  const records = [...readEvtx(bytes, { slack, onProblem: (problem) => problems.push(problem) })];
  return {
    records,
    problems,
    events: records.map(({ json }): unknown => JSON.parse(json)),
    found: problems.map(({ code, offset }) => [code, offset]),
  };
}

function simple(writer: LogWriter, id: bigint): number {
  return writer.record(id, () => void writer.put(0x0f, 1, 1, 0).open("Event").text(String(id)).put(0x04, 0x00));
}

function chunkOf(...ids: bigint[]): Buffer {
  const writer = new LogWriter();
  for (const id of ids) simple(writer, id);
  return writer.chunk();
}

const events = (...ids: number[]): unknown[] => ids.map((id) => ({ Event: String(id) }));

test("a record says its number, its time to 100 ns, and where it was", () => {
  const { records, problems } = read(logFile([chunkOf(7n), chunkOf(2n ** 60n)]));
  const [first, second] = records;
  assert.deepEqual(problems, []);
  const about = { json: '{"Event":"7"}', offset: FILE_HEADER + RECORDS, chunkOffset: FILE_HEADER, slack: false };
  assert.deepEqual(first, { recordId: 7n, time_100ns: WRITTEN + 7n, ...about });
  assert.equal(second?.recordId, 2n ** 60n);
  assert.equal(second.offset, FILE_HEADER + CHUNK + RECORDS);
});

test("one reader reads many files, also side by side", () => {
  const reader = createEvtxReader();
  const [one, two] = [reader(logFile([chunkOf(1n, 2n)])), reader(logFile([chunkOf(3n, 4n)]))];
  const seen = [one, two, two, one].map((records) => records.next().value);
  assert.deepEqual(
    seen.map((record) => record?.json),
    ["1", "3", "4", "2"].map((id) => `{"Event":"${id}"}`),
  );
});

test("versions 3.1 and 3.2 are read, another one is read and reported", () => {
  for (const minor of [1, 2]) assert.deepEqual(read(logFile([chunkOf(1n)], minor)).problems, []);
  const { events: read33, problems } = read(logFile([chunkOf(1n)], 3));
  assert.deepEqual(read33, events(1));
  assert.deepEqual(
    problems.map(({ code, lossy }) => [code, lossy]),
    [["FILE_VERSION", false]],
  );
});

test("the counts of the file header and its dirty flag decide nothing", () => {
  const bytes = logFile([chunkOf(1n), chunkOf(2n), chunkOf(3n)]);
  bytes.writeUInt16LE(1, 42);
  bytes.writeUInt32LE(0xffff_ffff, 24);
  bytes.writeUInt32LE(3, 120);
  assert.deepEqual(read(sealed(bytes)), { ...read(sealed(bytes)), events: events(1, 2, 3), problems: [] });
});

test("the record counts of a chunk's header decide nothing", () => {
  const bytes = logFile([chunkOf(1n, 2n)]);
  for (const at of [8, 16, 24, 32, 44]) bytes.writeUInt32LE(9999, FILE_HEADER + at);
  assert.deepEqual(read(sealed(bytes)).events, events(1, 2));
});

test("wrong checksums are reported as what they are, and everything is read", () => {
  const bytes = logFile([chunkOf(1n), chunkOf(2n), chunkOf(3n)]);
  bytes[100] = 1;
  bytes[FILE_HEADER + 20] = 1;
  const text = FILE_HEADER + CHUNK + bytes.subarray(FILE_HEADER + CHUNK).indexOf(Buffer.from("2\0\x04", "latin1"));
  bytes.write("9", text, "latin1");
  const { found, problems, events: all } = read(bytes);
  assert.deepEqual(all, events(1, 9, 3));
  assert.deepEqual(found, [
    ["FILE_CHECKSUM", 124],
    ["CHUNK_CHECKSUM", FILE_HEADER],
    ["CHUNK_CHECKSUM", FILE_HEADER + CHUNK],
  ]);
  assert.ok(problems.every(({ lossy }) => !lossy));
  assert.match(problems[1]?.message ?? "", /of its header is wrong/);
  assert.match(problems[2]?.message ?? "", /of its records is wrong/);
});

test("a chunk that says it has no checksums is not held to them", () => {
  const bytes = logFile([chunkOf(1n)]);
  bytes.writeUInt32LE(0, FILE_HEADER + 52);
  bytes.writeUInt32LE(0, FILE_HEADER + 124);
  bytes.writeUInt32LE(4, FILE_HEADER + 120);
  assert.deepEqual(read(bytes).problems, []);
});

test("a chunk with a bad mark is reported with its offset, and the rest is read", () => {
  const bytes = logFile([chunkOf(1n), chunkOf(2n), chunkOf(3n)]);
  bytes.write("Broken!", FILE_HEADER + CHUNK, "latin1");
  const { found, events: rest, problems } = read(bytes);
  assert.deepEqual(rest, events(1, 3));
  assert.deepEqual(found, [["CHUNK_INVALID", FILE_HEADER + CHUNK]]);
  assert.equal(problems[0]?.lossy, true);
});

test("blocks that were never used are passed in silence, a chunk that is cut is read as far as it goes", () => {
  const bytes = logFile([chunkOf(1n), Buffer.alloc(CHUNK), chunkOf(2n)]);
  assert.deepEqual(read(bytes).problems, []);
  assert.deepEqual(read(bytes).events, events(1, 2));
  const cut = read(logFile([chunkOf(1n), chunkOf(2n)]).subarray(0, FILE_HEADER + CHUNK + 2000));
  assert.deepEqual(cut.events, events(1, 2));
  assert.equal(cut.found[0]?.[0], "CHUNK_TRUNCATED");
  for (const length of [0, 3, 100, 4095]) {
    const { records, problems } = read(logFile([chunkOf(1n)]).subarray(0, length));
    assert.deepEqual([records.length, problems.length, problems[0]?.lossy], [0, 1, true]);
  }
});

test("a record whose content is damaged is reported with offset and number, and the next one is read", () => {
  const writer = new LogWriter();
  const [, second = 0] = [1n, 2n, 3n].map((id) => simple(writer, id));
  const bytes = writer.file();
  bytes[FILE_HEADER + second + 24 + 4] = 0x3f;
  const { events: rest, problems, found } = read(sealed(bytes));
  assert.deepEqual(rest, events(1, 3));
  assert.deepEqual(found, [["RECORD_INVALID", FILE_HEADER + second]]);
  assert.equal(problems[0]?.recordId, 2n);
  assert.match(problems[0].message, /unknown token 0x3f: the record was skipped/);
});

test("a record without a size, or with a wrong one, does not stop the reading", () => {
  for (const size of [0, 1, 27, 29, 64, 5000, 70_000, 0xffff_ffff]) {
    const writer = new LogWriter();
    const [, second = 0] = [1n, 2n, 3n].map((id) => simple(writer, id));
    const bytes = writer.file();
    bytes.writeUInt32LE(size, FILE_HEADER + second + 4);
    const { events: rest, found } = read(sealed(bytes));
    assert.deepEqual(rest, events(1, 3), `size ${size}`);
    assert.deepEqual(found, [["RECORD_INVALID", FILE_HEADER + second]], `size ${size}`);
  }
});

test("a record whose second size is wrong is read where the records go on behind it, else it is torn", () => {
  const writer = new LogWriter();
  const [first = 0, second = 0] = [1n, 2n].map((id) => simple(writer, id));
  const middle = writer.file();
  middle.writeUInt32LE(9, FILE_HEADER + second - 4);
  assert.deepEqual(read(sealed(middle)).events, events(1, 2));
  const torn = writer.file();
  torn.fill(0, FILE_HEADER + first + 40, FILE_HEADER + second + 8);
  const { events: rest, problems } = read(sealed(torn));
  assert.deepEqual(rest, []);
  assert.equal(problems[0]?.recordId, 1n);
  assert.match(problems[0].message, /another size at its end than at its beginning/);
});

test("what was shifted by damage is found at any byte", () => {
  const one = chunkOf(1n, 2n);
  const size = one.readUInt32LE(RECORDS + 4);
  const second = Buffer.from(one.subarray(RECORDS + size, one.readUInt32LE(48)));
  // Its name stands where the record does, three bytes later.
  second.writeUInt32LE(second.readUInt32LE(24 + 4 + 7) + 3, 24 + 4 + 7);
  second.copy(one, RECORDS + size + 3);
  one.writeUInt32LE(RECORDS + size + 3 + second.length, 48);
  const { events: both, found } = read(logFile([one]));
  assert.deepEqual(both, events(1, 2));
  assert.deepEqual(found, [["RECORD_INVALID", FILE_HEADER + RECORDS + size]]);
});

test("records end at the free space; a senseless free space means the whole chunk", () => {
  const writer = new LogWriter();
  const [, second = 0] = [1n, 2n].map((id) => simple(writer, id));
  assert.deepEqual(read(writer.file(second)).events, events(1));
  for (const free of [0, 7, RECORDS - 1, CHUNK + 1, 0xffff_ffff]) {
    const { events: both, problems } = read(writer.file(free));
    assert.deepEqual([both, problems], [events(1, 2), []], `free space at ${free}`);
  }
});

test("what is no event log is one problem; a lost file header does not hide the chunks", () => {
  for (const bytes of [Buffer.from("hello"), new Uint8Array(0), Buffer.alloc(200_000)]) {
    const { records, problems } = read(bytes);
    assert.deepEqual([records.length, problems.length, problems[0]?.code], [0, 1, "FILE_INVALID"]);
  }
  const bytes = logFile([chunkOf(1n)]);
  bytes.fill(0, 0, FILE_HEADER);
  assert.deepEqual(read(bytes).events, events(1));
  assert.equal(read(bytes).problems[0]?.lossy, false);
});

/** An event as providers write it: slack is given only where it has a System part. */
function full(writer: LogWriter, id: bigint, given: { definition?: number; template?: number } = {}): number {
  const { definition, template = 0x51a7 } = given;
  const values = [{ type: 8, bytes: u32(Number(id)) }];
  let defined = definition ?? 0;
  writer.record(id, () => {
    if (definition !== undefined) writer.use(definition, values, template);
    else {
      defined = writer.template(
        () => {
          writer.open("Event").open("System").open("Provider").text("p").put(0x04);
          writer.open("EventID").substitution(0, 8).put(0x04, 0x04, 0x04);
        },
        values,
        template,
      );
    }
  });
  return defined;
}

const idsOf = (bytes: Uint8Array): [bigint, boolean][] =>
  read(bytes, true).records.map(({ recordId, slack }) => [recordId, slack]);

test("slack records are given on request, marked, and behind the live ones", () => {
  const writer = new LogWriter();
  const definition = full(writer, 1n);
  const free = writer.at;
  full(writer, 2n, { definition });
  full(writer, 3n, { definition });
  const bytes = writer.file(free);
  assert.equal(read(bytes).records.length, 1);
  assert.deepEqual(idsOf(bytes), [
    [1n, false],
    [2n, true],
    [3n, true],
  ]);
  assert.deepEqual(read(bytes, true).problems, []);
});

test("a slack record that equals a live one, or another slack one, is not given again", () => {
  const writer = new LogWriter();
  const definition = full(writer, 1n);
  const start = writer.at;
  full(writer, 2n, { definition });
  const second = Buffer.from(writer.bytes.subarray(start, writer.at));
  const free = writer.at;
  // Exported under another number: what was written, and when, is the same.
  second.writeBigUInt64LE(77n, 8);
  writer.put(second);
  full(writer, 3n, { definition });
  const third = Buffer.from(writer.bytes.subarray(writer.at - second.length, writer.at));
  writer.put(third);
  assert.deepEqual(idsOf(writer.file(free)), [
    [1n, false],
    [2n, false],
    [3n, true],
  ]);
});

test("slack records that are cut, implausible or whose template is gone are not given", () => {
  const writer = new LogWriter();
  full(writer, 1n, { template: 9 });
  const free = writer.at;
  const definition = full(writer, 2n);
  const third = writer.at;
  full(writer, 3n, { definition });
  const old = writer.at;
  full(writer, 4n, { definition });
  simple(writer, 5n);
  const chunk = writer.chunk(free);
  chunk.writeBigUInt64LE(5n, old + 16);
  const whole = idsOf(logFile([chunk]));
  assert.deepEqual(whole, [
    [1n, false],
    [2n, true],
    [3n, true],
  ]);
  // Newer records lie on the definition: its id is another, or it reaches across the border.
  const gone = Buffer.from(chunk);
  gone.writeUInt32LE(1, definition + 4);
  assert.deepEqual(idsOf(logFile([gone])).slice(1), []);
  const crossed = Buffer.from(chunk);
  crossed.writeUInt32LE(definition + 40, 48);
  crossed.fill(0, free, free + 4);
  assert.deepEqual(
    idsOf(logFile([crossed])).filter(([, slack]) => slack),
    [],
  );
  const cut = Buffer.from(chunk);
  cut.fill(0, third + 30, third + 40);
  assert.deepEqual(idsOf(logFile([cut])).slice(1), [[2n, true]]);
});

test("a slack record's template may be had from another chunk", () => {
  const first = new LogWriter();
  full(first, 1n, { template: 9 });
  const free = first.at;
  const definition = full(first, 2n);
  full(first, 3n, { definition });
  const chunk = first.chunk(free);
  chunk.fill(0, free, definition + 30);
  const plain = new LogWriter();
  full(plain, 9n);
  assert.deepEqual(idsOf(logFile([chunk, plain.chunk()])), [
    [1n, false],
    [9n, false],
    [3n, true],
  ]);
});
