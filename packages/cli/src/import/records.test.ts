/** records: damage in an event log is reported with its place, what is whole is read, and its size is bounded. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type OpenContent, keep } from "./content.ts";
import { recordsOf } from "./records.ts";

const CASES = join(
  process.env["HOLDFAST_TEST_DATA"] ?? join(import.meta.dirname, "../../../../../shared/data"),
  "regression",
);

function contentOf(bytes: Buffer): Promise<OpenContent> {
  async function* one(): AsyncGenerator<Buffer> {
    yield bytes;
  }
  return keep(one(), { path: "x.evtx", weight: () => bytes.length });
}

async function read(bytes: Buffer): Promise<{ records: string[]; complaints: string[] }> {
  const content = await contentOf(bytes);
  const complaints: string[] = [];
  const records: string[] = [];
  const source = { content, cut: "evtx", head: bytes.subarray(0, 65_536), size: bytes.length } as const;
  for await (const group of recordsOf(source, (message) => complaints.push(message))) {
    records.push(...group.map((record) => record.toString("utf8")));
  }
  return { records, complaints };
}

test("a block that is no chunk is reported with its offset", async () => {
  const bytes = Buffer.alloc(4096 + 65_536, 1);
  bytes.write("ElfFile\0");
  const { records, complaints } = await read(bytes);
  assert.deepEqual(records, []);
  assert.equal(complaints.length, 1);
  assert.match(complaints[0] ?? "", /^at byte 4096: .+\.$/);
});

test("a damaged chunk costs its own records only", {
  skip: existsSync(CASES) ? false : "HOLDFAST_TEST_DATA has no regression",
}, async () => {
  const name = readdirSync(CASES, { recursive: true, encoding: "utf8" }).find((path) => path.endsWith(".evtx"));
  const one = readFileSync(join(CASES, name ?? assert.fail("no event log")));
  const chunk = one.subarray(4096, 4096 + 65_536);
  const damaged = Buffer.from(chunk);
  damaged.write("broken", 0);
  const whole = await read(one.subarray(0, 4096 + 65_536));
  assert.ok(whole.records.length > 0 && whole.complaints.length === 0);
  const { records, complaints } = await read(Buffer.concat([one.subarray(0, 4096), damaged, chunk]));
  assert.deepEqual(records, whole.records);
  assert.equal(complaints.length, 1);
  for (const record of records) assert.ok(JSON.parse(record).Event.System);
});

test("an event log over 1 GiB is refused before it takes the memory", async () => {
  const content = await contentOf(Buffer.from("ElfFile\0"));
  const source = { content, cut: "evtx", head: Buffer.alloc(0), size: 1024 ** 3 + 1 } as const;
  await assert.rejects(recordsOf(source, () => {}).next(), /the largest that is read is 1073741824/);
});
