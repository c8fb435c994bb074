/** members: every kind of archive gives its files; hostile and damaged ones are refused with a reason, and quickly. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { keep, openFile } from "./content.ts";
import { leavesOf } from "./members.ts";
import { ArchiveRefused, UNPACK_LIMITS, UnpackBudget, type UnpackLimits } from "./unpack-limits.ts";
import { zipFile } from "./zip-file.testing.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-members-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const MIB = 1024 * 1024;

interface Taken {
  /** Text of each leaf by its path, read twice and equal. */
  readonly files: Record<string, string>;
  readonly problems: string[];
  readonly refused: string | undefined;
}

async function take(name: string, bytes: Buffer, limits: Partial<UnpackLimits> = {}): Promise<Taken> {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  const content = await openFile(path);
  const files: Record<string, string> = {};
  const problems: string[] = [];
  const report = (at: string, message: string): void =>
    void problems.push(`${at.slice(folder.length + 1)}: ${message}`);
  const budget = new UnpackBudget(content.weight, { ...UNPACK_LIMITS, ...limits });
  const started = performance.now();
  try {
    for await (const leaf of leavesOf(content, { budget, report })) {
      const first = await textOf(leaf.content.read());
      assert.equal(await textOf(leaf.content.read()), first, "the second reading");
      assert.equal(leaf.head.toString(), first.slice(0, leaf.head.length));
      files[leaf.content.path.slice(folder.length + 1)] = first.length > 100 ? `${first.length} bytes` : first;
    }
    return { files, problems, refused: undefined };
  } catch (error) {
    if (error instanceof ArchiveRefused) return { files, problems, refused: error.message };
    // What the reading of a leaf throws is the importer's to report.
    return {
      files,
      problems: [...problems, error instanceof Error ? error.message : String(error)],
      refused: undefined,
    };
  } finally {
    await content.close();
    assert.ok(performance.now() - started < 5_000, "it took too long");
  }
}

async function textOf(chunks: AsyncIterable<Buffer>): Promise<string> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString("latin1");
}

type TarPart = readonly [name: string, text: string | Buffer, type?: "symlink" | "link" | "directory"];

async function tarFile(parts: readonly TarPart[]): Promise<Buffer> {
  const packing = pack();
  for (const [name, text, type] of parts) {
    if (type === undefined) packing.entry({ name }, text);
    else packing.entry({ name, type, linkname: "/etc/passwd" });
  }
  packing.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of packing) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const plain = (name: string, text: string) => ({ name, bytes: Buffer.from(text) });

test("a plain file is its own leaf", async () => {
  assert.deepEqual(await take("a.log", Buffer.from("one\n")), {
    files: { "a.log": "one\n" },
    problems: [],
    refused: undefined,
  });
  assert.deepEqual((await take("empty.log", Buffer.alloc(0))).files, { "empty.log": "" });
});

test("zip: members by their paths; folders and hidden files are none", async () => {
  const parts = [
    plain("x/", ""),
    plain("x/a.log", "A"),
    plain("b.json", "{}"),
    plain("x/.hidden", "no"),
    plain("__MACOSX/b", "no"),
  ];
  const { files, problems } = await take("some.zip", zipFile(parts));
  assert.deepEqual(files, { "some.zip!/x/a.log": "A", "some.zip!/b.json": "{}" });
  assert.deepEqual(problems, []);
});

test("tar and tar.gz: members by their paths", async () => {
  const tar = await tarFile([
    ["./d", "", "directory"],
    ["./d/a.log", "A"],
    ["b b.log", "B"],
    ["d/.cache", "no"],
    ["long/".repeat(40).concat("c.log"), "C"],
  ]);
  for (const [name, bytes] of [
    ["some.tar", tar],
    ["some.tar.gz", gzipSync(tar)],
    ["some.tgz", gzipSync(tar)],
  ] as const) {
    const { files, problems } = await take(name, bytes);
    const long = `${name}!/${"long/".repeat(40)}c.log`;
    assert.deepEqual(files, { [`${name}!/d/a.log`]: "A", [`${name}!/b b.log`]: "B", [long]: "C" });
    assert.deepEqual(problems, []);
  }
});

test("gz: one file, also when several are appended to each other", async () => {
  const bytes = Buffer.concat([gzipSync("one\n"), gzipSync("two\n")]);
  assert.deepEqual((await take("a.log.gz", bytes)).files, { "a.log.gz": "one\ntwo\n" });
});

test("archives inside archives, down to the second", async () => {
  const inner = zipFile([plain("a.log", "A")]);
  const tar = await tarFile([
    ["in.zip", inner],
    ["b.log.gz", gzipSync("B")],
  ]);
  assert.deepEqual((await take("n.tar.gz", gzipSync(tar))).files, {
    "n.tar.gz!/in.zip!/a.log": "A",
    "n.tar.gz!/b.log.gz": "B",
  });
  const zipped = zipFile([{ name: "n.tar.gz", bytes: gzipSync(tar) }, plain("c.log", "C")]);
  const third = await take("third.zip", zipped);
  assert.deepEqual(third.files, { "third.zip!/c.log": "C" });
  assert.equal(third.problems.length, 2);
  assert.match(third.problems[0] ?? "", /^third\.zip!\/n\.tar\.gz!\/in\.zip: it is an archive inside 2 others/);
  const gz = await take("nested.gz", gzipSync(gzipSync(gzipSync("x"))));
  assert.deepEqual([gz.files, gz.problems.length], [{}, 1]);
});

test("members that are no ordinary files are reported, the others are taken", async () => {
  const zip = await take(
    "bad.zip",
    zipFile([
      { ...plain("link", "/etc/passwd"), mode: 0o120777 },
      { ...plain("secret.log", "x"), encrypted: true },
      { ...plain("odd.log", "x"), method: 12 },
      plain("../../etc/cron.d/x", "x"),
      plain("/etc/shadow", "x"),
      plain("C:\\x.log", "x"),
      plain("..\\x.log", "x"),
      plain("good.log", "G"),
    ]),
  );
  assert.deepEqual(zip.files, { "bad.zip!/good.log": "G" });
  assert.deepEqual(
    zip.problems.map((text) => /symbolic link|encrypted|method 12|leads outside|absolute/.exec(text)?.[0]),
    ["symbolic link", "encrypted", "method 12", "leads outside", "absolute", "absolute", "leads outside"],
  );
  const tar = await take(
    "bad.tar",
    await tarFile([
      ["l", "", "symlink"],
      ["h", "", "link"],
      ["../up.log", "x"],
      ["good.log", "G"],
    ]),
  );
  assert.deepEqual(tar.files, { "bad.tar!/good.log": "G" });
  assert.equal(tar.problems.length, 3);
});

test("damaged archives are reported with what could be read before", async () => {
  const crc = await take("crc.zip", zipFile([{ ...plain("a.log", "A"), wrongCrc: true }, plain("b.log", "B")]));
  assert.match(crc.problems[0] ?? "", /crc\.zip!\/a\.log: its content does not match its checksum/);
  assert.deepEqual(crc.files, { "crc.zip!/b.log": "B" });
  const whole = zipFile([plain("a.log", "A")]);
  assert.match(
    (await take("cut.zip", whole.subarray(0, whole.length - 10))).problems[0] ?? "",
    /cut\.zip: it cannot be read/,
  );
  const packed = gzipSync(Buffer.from("line\n".repeat(1000)));
  assert.match((await take("cut.gz", packed.subarray(0, packed.length - 9))).problems[0] ?? "", /unexpected end/);
  const tar = await tarFile([
    ["a.log", "A"],
    ["b.log", "B".repeat(5000)],
  ]);
  const cut = await take("cut.tar", tar.subarray(0, 2500));
  assert.deepEqual(cut.files, { "cut.tar!/a.log": "A" });
  assert.equal(cut.problems.length, 1);
  assert.match(
    (await take("x.zst", Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0]))).problems[0] ?? "",
    /zstd, which is not known/,
  );
});

test("bombs are refused: ratio, size, number of entries, and sizes that lie", async () => {
  const zeros = Buffer.alloc(80 * MIB);
  assert.match((await take("bomb.gz", gzipSync(zeros))).refused ?? "", /more than 200 times its/);
  assert.match(
    (await take("bomb.zip", zipFile([{ name: "zeros", bytes: zeros }]))).refused ?? "",
    /more than 200 times/,
  );
  const tar = await tarFile([["zeros", zeros]]);
  assert.match((await take("bomb.tar.gz", gzipSync(tar))).refused ?? "", /more than 200 times/);
  // Inside another archive the outermost file's size counts.
  assert.match(
    (await take("deep.zip", zipFile([{ name: "z.gz", bytes: gzipSync(zeros) }]))).refused ?? "",
    /more than 200 times/,
  );
  const liar = await take(
    "liar.zip",
    zipFile([{ name: "zeros", bytes: zeros, declaredSize: 1000 }, plain("b.log", "B")]),
  );
  assert.match(liar.problems[0] ?? "", /too many bytes/);
  assert.deepEqual(liar.files, { "liar.zip!/b.log": "B" });
  const twoFiles = [plain("a", "x".repeat(600)), plain("b", "y".repeat(600))];
  assert.match((await take("big.zip", zipFile(twoFiles), { bytes: 1000 })).refused ?? "", /more than 1000 bytes/);
  const many = Array.from({ length: 10_001 }, (_, index) => plain(`${index}`, ""));
  assert.match((await take("many.zip", zipFile(many))).refused ?? "", /more than 10000 entries/);
  const manyTar = await tarFile(many.map(({ name }) => [name, ""] as const));
  assert.match((await take("many.tar", manyTar)).refused ?? "", /more than 10000 entries/);
});

test("honest archives that pack well are taken", async () => {
  const lines = Buffer.from("Jan  1 00:00:00 host app: the same line again\n".repeat(400_000));
  const { files, refused } = await take("same.gz", gzipSync(lines), { ratioFrom: 64 * MIB });
  assert.deepEqual([Object.values(files), refused], [[`${lines.length} bytes`], undefined]);
});

test("what is kept is the same in memory and in a temporary file", async () => {
  const bytes = Buffer.from("0123456789".repeat(100_000));
  async function* pieces(): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += 70_000) yield bytes.subarray(at, at + 70_000);
  }
  for (const memory of [MIB, 100_000, 0]) {
    const content = await keep(pieces(), { path: "x", weight: () => 1 }, memory);
    assert.equal(await textOf(content.read()), bytes.toString());
    assert.equal(await textOf(content.read()), bytes.toString());
    assert.equal("fd" in content.place(), memory < bytes.length);
    await content.close();
  }
});
