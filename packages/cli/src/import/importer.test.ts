/** importer: what arrives at the server, what is reported, and that nothing is lost or sent twice when things go wrong. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { gzipSync } from "node:zlib";
import { createClient } from "../client.ts";
import type { Format } from "./format.ts";
import { type ImportReport, runImport } from "./importer.ts";
import { type IngestDouble, startIngestDouble } from "./ingest-double.testing.ts";
import { createProgress } from "./progress.ts";
import { zipFile } from "./zip-file.testing.ts";

let folder = "";
let server: IngestDouble;
let said: string[] = [];

before(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-importer-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(async () => {
  server = await startIngestDouble();
  said = [];
});
afterEach(() => server.close());

const out = {
  json: () => {},
  line: () => {},
  table: () => {},
  list: () => {},
  say: (text: string) => void said.push(text),
  warn: (text: string) => void said.push(text),
};

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function run(paths: string[], format: Format = "auto", signal = new AbortController().signal): Promise<ImportReport> {
  const client = createClient({ url: server.url, token: "t" });
  return runImport({ client, paths, format, signal, progress: createProgress(out, { write: () => true }) });
}

const received = (): string[][] => [...server.files.values()].map(({ records }) => records);

test("records arrive exactly as they were written", async () => {
  const ndjson =
    '{"a":1}\n{"a":2}\n{"n":12345678901234567890,"s":"\\u00e9"}\n {"lead":1}\n{"broken":\n"a string"\n{"crlf":1}\r\n';
  const pretty = '{\n  "a": [1, 2]\n}\n{\n  "b": "}{"\n}\n';
  const paths = [
    file("a.ndjson", ndjson),
    file("b.json", pretty),
    file("c.json", '{"Records": [{"x":1},\n {"y":{ "z":2 }}]}'),
    file("d.log", 'plain "quoted" line\t1\nü\u2028x\n\n'),
    file("e.log", Buffer.from("caf\xe9\n", "latin1")),
    file("f.log", Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from("wide\r\nchars", "utf16le")])),
  ];
  const report = await run(paths);
  assert.deepEqual(received(), [
    [
      '{"a":1}',
      '{"a":2}',
      '{"n":12345678901234567890,"s":"\\u00e9"}',
      ' {"lead":1}',
      '{"broken":',
      '"a string"',
      '{"crlf":1}',
    ],
    ['{\n  "a": [1, 2]\n}', '{\n  "b": "}{"\n}'],
    ['{"x":1}', '{"y":{ "z":2 }}'],
    ['plain "quoted" line\t1', "ü\u2028x"],
    ["caf\ufffd"],
    ["wide", "chars"],
  ]);
  assert.deepEqual(report, { read: 16, stored: 16, quarantined: 0, duplicates: 0, files: 6, errors: [] });
});

test("the same content adds nothing, in another import, under another name, or twice in one import", async () => {
  const path = file("g.log", "1\n2\n3\n");
  assert.deepEqual(await run([path]), { read: 3, stored: 3, quarantined: 0, duplicates: 0, files: 1, errors: [] });
  const copies = [file("copy.log", "1\n2\n3\n"), file("copy.log.gz", gzipSync("1\n2\n3\n")), file("new.log", "4\n")];
  assert.deepEqual(await run(copies), { read: 7, stored: 1, quarantined: 0, duplicates: 6, files: 3, errors: [] });
  const twins = [file("t1.log", "twin\n"), file("t2.log", "twin\n")];
  assert.deepEqual(await run(twins), { read: 2, stored: 1, quarantined: 0, duplicates: 1, files: 2, errors: [] });
});

test("the same content in a forced format is another file, since its records are others", async () => {
  const path = file("h.json", '[{"a":1},\n{"b":2}]');
  assert.equal((await run([path])).stored, 2);
  assert.equal((await run([path], "json")).duplicates, 2);
  assert.equal((await run([path], "lines")).stored, 2);
  assert.deepEqual(received().at(-1), ['[{"a":1},', '{"b":2}]']);
});

test("folders: everything in them but hidden files, in order, links to files but not to folders", async () => {
  const root = join(folder, "tree");
  mkdirSync(join(root, "b", ".git"), { recursive: true });
  for (const name of ["a.log", "b/c.log", ".hidden", "b/.git/x"]) writeFileSync(join(root, name), `${name}\n`);
  symlinkSync(join(root, "b", ".git", "x"), join(root, "link.log"));
  symlinkSync(root, join(root, "b", "loop"));
  const { files, errors } = await run([root]);
  assert.deepEqual(received().flat(), ["a.log", "b/c.log", "b/.git/x"]);
  assert.deepEqual([files, errors], [3, []]);
});

test("what cannot be taken is reported with its path and the rest goes on", async () => {
  const zip = zipFile([
    { name: "bad.log", bytes: Buffer.from("x\n"), wrongCrc: true },
    { name: "good.log", bytes: Buffer.from("good\n") },
  ]);
  const bomb = file("bomb.gz", gzipSync(Buffer.alloc(80 * 1024 * 1024)));
  const paths = [
    join(folder, "none.log"),
    file("m.zip", zip),
    bomb,
    file("p.png", Buffer.from([0x89, 0, 0xff, 0xfe])),
    file("z.log", "z\n"),
  ];
  const report = await run(paths);
  assert.deepEqual(received(), [["good"], ["z"]]);
  const expected = [
    ["none.log", /^there is no such file or folder/],
    ["m.zip!/bad.log", /^its content does not match its checksum/],
    ["bomb.gz", /^it unpacks to more than 200 times its/],
    ["p.png", /^it is neither text nor a format that is known/],
  ] as const;
  assert.deepEqual(
    report.errors.map(({ path }) => path.slice(folder.length + 1)),
    expected.map(([path]) => path),
  );
  expected.forEach(([, message], index) => assert.match(report.errors[index]?.message ?? "", message));
  assert.equal(said.length, 4);
});

test("a hostile name cannot move the cursor of the terminal", async () => {
  await run([join(folder, "\u001b]0;x\u0007.log")]);
  assert.ok(said.length === 1 && !/\p{Cc}/u.test(said[0] ?? ""), JSON.stringify(said));
});

test("chunks hold at most 2,000 records and 4 MiB; a record larger than that goes alone", async () => {
  const long = "x".repeat(1_500_000);
  const huge = "y".repeat(6 * 1024 * 1024);
  file("n.log", `${"s\n".repeat(4_500)}${`${long}\n`.repeat(5)}${huge}\nlast\n`);
  assert.equal((await run([join(folder, "n.log")])).stored, 4_507);
  assert.deepEqual(received()[0]?.slice(-2), [huge, "last"]);
  assert.ok(
    server.chunks.every(({ records, bytes }) => records <= 2_000 && (bytes <= 4 * 1024 * 1024 || records === 1)),
  );
});

test("busy answers and broken connections are waited out; no record is lost or doubled", async () => {
  const faults = [429, undefined, "cut", 503, "cut", undefined] as const;
  let asked = 0;
  server.fault = () => faults[asked++];
  const lines = Array.from({ length: 7_000 }, (_, index) => `line ${index}`);
  const report = await run([file("o.log", lines.join("\n"))]);
  assert.deepEqual([report.stored, report.errors], [7_000, []]);
  assert.deepEqual(received(), [lines]);
  assert.ok(asked >= 6);
});

test("an import that was refused midway goes on where it stopped", async () => {
  const lines = Array.from({ length: 5_000 }, (_, index) => `line ${index}`);
  const path = file("q.log", lines.join("\n"));
  let left = 1;
  server.fault = () => (left-- > 0 ? undefined : 403);
  const first = await run([path]);
  assert.equal(first.stored, 2_000);
  assert.match(first.errors[0]?.message ?? "", /the import stopped: A fault\. \[TEST_FAULT\]/);
  server.fault = () => undefined;
  const second = await run([path]);
  assert.deepEqual(second, { read: 5_000, stored: 3_000, quarantined: 0, duplicates: 2_000, files: 1, errors: [] });
  assert.deepEqual(received(), [lines]);
});

test("an interruption stops between chunks, says how to go on, and loses nothing", async () => {
  const lines = Array.from({ length: 200_000 }, (_, index) => `line ${index}`);
  const path = file("r.log", lines.join("\n"));
  const stopping = new AbortController();
  server.fault = () => {
    stopping.abort();
    return undefined;
  };
  const first = await run([path, file("s.log", "never")], "auto", stopping.signal);
  assert.ok(first.stored > 0 && first.stored < lines.length);
  assert.equal(first.read, first.stored);
  assert.match(first.errors.at(-1)?.message ?? "", /run it again and it goes on/);
  server.fault = () => undefined;
  const second = await run([path]);
  assert.equal(second.read, lines.length);
  assert.deepEqual(received(), [lines]);
});
