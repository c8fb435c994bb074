/** spool.test: the spool against torn tails, flipped bytes, holes, full disks and failed syncs. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fixedClock } from "../clock/index.ts";
import { isAppError } from "../errors/index.ts";
import { silentLog } from "../log/index.ts";
import { readBlock } from "./block-reader.ts";
import { openDisk, type SpoolDisk } from "./disk.ts";
import { openSpool, type Spool, type SpoolOptions } from "./spool.ts";

const EVERYTHING = { records: 1_000_000, bytes: 1_000_000_000 };
const START = 1_763_800_000_000;

function directory(t: { after(work: () => void): void }): string {
  const path = mkdtempSync(join(tmpdir(), "holdfast-spool-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return join(path, "spool");
}

const open = async (path: string, more: Partial<SpoolOptions> = {}): Promise<Spool> =>
  openSpool({
    disk: await openDisk(path),
    clock: fixedClock(START),
    log: silentLog,
    maxBytes: 1_000_000_000,
    ...more,
  });

const batch = (...texts: string[]) => ({
  envelope: { source: "s", kind: "http", receivedMs: START, peer: "192.0.2.1" },
  records: texts.map((text) => Buffer.from(text)),
});

/** All records that are readable from the start, in order, and what was damaged. */
async function contents(spool: Spool, path: string) {
  const texts: string[] = [];
  const ids: string[] = [];
  let damage = 0;
  for (let at = spool.start(); ; ) {
    const block = await spool.plan(at, EVERYTHING);
    if (block === undefined) return { texts, ids, damage };
    const read = readBlock({ directory: path, id: spool.id }, block);
    damage += block.damage.length + read.damaged.length;
    for (const record of read.records) {
      texts.push(record.bytes.toString());
      ids.push(`${block.segment}:${record.ordinal}`);
    }
    at = { segment: block.segment, offset: block.to };
  }
}

test("what was appended is read back in order, also after reopening, and ordinals are never reused", async (t) => {
  const path = directory(t);
  const first = await open(path);
  const place = await first.append(batch("a", "", "c"));
  assert.deepEqual(place, { segment: START / 1000, firstOrdinal: 0 });
  assert.deepEqual(await first.append(batch("d")), { segment: START / 1000, firstOrdinal: 3 });
  await first.close();
  const second = await open(path);
  assert.equal(second.id, first.id);
  assert.deepEqual(await second.append(batch("e")), { segment: START / 1000 + 1, firstOrdinal: 0 });
  const { texts, ids, damage } = await contents(second, path);
  assert.deepEqual(texts, ["a", "", "c", "d", "e"]);
  assert.equal(new Set(ids).size, 5);
  assert.equal(damage, 0);
  await second.close();
  assert.equal(readdirSync(path).length, 2);
});

test("a start without appends keeps the spool's name and leaves no file behind", async (t) => {
  const path = directory(t);
  const first = await open(path);
  await first.append(batch("a"));
  await first.close();
  for (let round = 0; round < 3; round += 1) {
    const spool = await open(path);
    assert.equal(spool.id, first.id);
    await spool.release(spool.end());
    await spool.close();
    assert.equal(readdirSync(path).length, 1, "the last segment stays even when all of it is through");
  }
});

test("opening needs no room: on a full disk the spool opens, refuses, and goes on when there is space", async (t) => {
  const path = directory(t);
  const first = await open(path);
  await first.append(batch("a"));
  await first.close();
  let full = true;
  const real = await openDisk(path);
  const disk: SpoolDisk = {
    ...real,
    create: (name) =>
      full ? Promise.reject(Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC" })) : real.create(name),
  };
  const spool = await openSpool({ disk, clock: fixedClock(START), log: silentLog, maxBytes: 1e9 });
  assert.deepEqual((await contents(spool, path)).texts, ["a"]);
  await assert.rejects(spool.append(batch("b")), hasCode("SPOOL_DISK_FULL"));
  full = false;
  await spool.append(batch("c"));
  assert.deepEqual((await contents(spool, path)).texts, ["a", "c"]);
  await spool.close();
});

test("a tail torn at any byte of the last frame is cut; everything before it stays", async (t) => {
  const path = directory(t);
  const spool = await open(path);
  await spool.append(batch("one", "two"));
  const before = spool.end().offset;
  await spool.append(batch("three ".repeat(12)));
  await spool.close();
  const file = join(path, readdirSync(path)[0] ?? "");
  const whole = readFileSync(file);
  assert.ok(whole.length - before > 120);
  for (let size = before; size < whole.length; size += 1) {
    for (const name of readdirSync(path)) rmSync(join(path, name));
    writeFileSync(file, whole.subarray(0, size));
    const again = await open(path);
    assert.deepEqual((await contents(again, path)).texts, ["one", "two"], `cut at ${size}`);
    assert.deepEqual(again.state().damage, []);
    assert.equal(again.state().cut?.from, size === before ? undefined : before);
    await again.append(batch("next"));
    assert.deepEqual((await contents(again, path)).texts, ["one", "two", "next"]);
    await again.close();
  }
});

test("a flipped byte anywhere loses only its own frame and is reported", async (t) => {
  const path = directory(t);
  const spool = await open(path);
  for (const text of ["aaa", "bbb", "ccc"]) await spool.append(batch(text));
  await spool.close();
  const file = join(path, readdirSync(path)[0] ?? "");
  const whole = readFileSync(file);
  const frame = (whole.length - 64) / 3;
  for (let at = 64; at < whole.length; at += 1) {
    for (const name of readdirSync(path)) rmSync(join(path, name));
    const bent = Buffer.from(whole);
    bent[at] = (bent[at] ?? 0) ^ 0x41;
    writeFileSync(file, bent);
    const again = await open(path);
    const hit = Math.min(2, Math.floor((at - 64) / frame));
    const found = await contents(again, path);
    assert.deepEqual(
      found.texts,
      ["aaa", "bbb", "ccc"].filter((_, index) => index !== hit),
      `byte ${at}`,
    );
    // The last frame cannot be told from a torn one; an earlier one was synced, the next frame says so.
    if (hit === 2) assert.ok(again.state().cut !== undefined);
    else if (hit === 0) assert.equal(again.state().damage.length, 1);
    await again.close();
  }
});

test("a hole that nobody was told about is filled, not reported", async (t) => {
  const path = directory(t);
  const spool = await open(path);
  await spool.append(batch("old"));
  const from = spool.end().offset;
  // Three appends of one turn share a commit; the first of them is lost, the others reached the disk.
  await Promise.all([spool.append(batch("lost")), spool.append(batch("kept")), spool.append(batch("kept too"))]);
  await spool.close();
  const file = join(path, readdirSync(path)[0] ?? "");
  const bytes = readFileSync(file);
  bytes.fill(0, from, from + 60);
  writeFileSync(file, bytes);
  for (let round = 0; round < 2; round += 1) {
    const again = await open(path);
    const found = await contents(again, path);
    assert.deepEqual(found.texts, ["old", "kept", "kept too"]);
    assert.equal(found.damage, 0);
    assert.deepEqual(again.state().damage, []);
    await again.close();
  }
});

test("a record that imitates a frame is not taken for one when the frame around it is damaged", async (t) => {
  const victim = directory(t);
  const spool = await open(victim);
  await spool.append(batch("real"));
  await spool.close();
  const other = directory(t);
  const attacker = await open(other);
  await attacker.append(batch("forged"));
  await attacker.close();
  const forged = readFileSync(join(other, readdirSync(other)[0] ?? "")).subarray(64);
  const again = await open(victim);
  await again.append({ ...batch(), records: [forged] });
  await again.append(batch("after"));
  await again.close();
  const name = readdirSync(victim).at(-1) ?? "";
  const bytes = readFileSync(join(victim, name));
  bytes[70] = (bytes[70] ?? 0) ^ 1;
  writeFileSync(join(victim, name), bytes);
  const last = await open(victim);
  assert.deepEqual((await contents(last, victim)).texts, ["real", "after"]);
  await last.close();
});

test("appends of one moment share a sync", async (t) => {
  const path = directory(t);
  const disk = await openDisk(path);
  let syncs = 0;
  const counting = wrapped(disk, {
    sync: async (real) => {
      syncs += 1;
      await real();
    },
  });
  const spool = await openSpool({ disk: counting, clock: fixedClock(START), log: silentLog, maxBytes: 1e9 });
  syncs = 0;
  const places = await Promise.all(Array.from({ length: 500 }, (_, index) => spool.append(batch(`r${index}`))));
  assert.ok(syncs <= 2, `${syncs} syncs`);
  assert.equal(new Set(places.map((place) => place.firstOrdinal)).size, 500);
  assert.equal((await contents(spool, path)).texts.length, 500);
  await spool.close();
});

test("segments roll, a block never crosses them, and only passed segments are deleted", async (t) => {
  const path = directory(t);
  const spool = await open(path, { segmentBytes: 2_000, frameBytes: 500 });
  const sent: string[] = [];
  for (let index = 0; index < 40; index += 1) {
    const texts = [`${index} ${"x".repeat(200)}`, `${index}b`];
    sent.push(...texts);
    await spool.append(batch(...texts));
  }
  assert.ok(readdirSync(path).length >= 5);
  for (const name of readdirSync(path)) assert.ok(statSync(join(path, name)).size <= 2_000);
  assert.deepEqual((await contents(spool, path)).texts, sent);
  const block = await spool.plan(spool.start(), { records: 3, bytes: 1e9 });
  assert.equal(block?.records, 4, "whole frames");
  const second = { segment: spool.start().segment + 1, offset: 64 };
  const kept = await spool.plan(second, EVERYTHING);
  await spool.release(second);
  assert.equal(spool.start().segment, second.segment);
  assert.deepEqual(await spool.plan(spool.start(), EVERYTHING), kept);
  await spool.release(spool.end());
  assert.equal(readdirSync(path).length, 1);
  await spool.close();
});

test("the same bounds give the same block later", async (t) => {
  const path = directory(t);
  const spool = await open(path);
  for (let index = 0; index < 10; index += 1) await spool.append(batch(`r${index}`));
  const block = await spool.plan(spool.start(), { records: 3, bytes: 1e9 });
  assert.ok(block !== undefined);
  for (let index = 0; index < 10; index += 1) await spool.append(batch(`later ${index}`));
  const again = await spool.plan({ segment: block.segment, offset: block.from }, { ...EVERYTHING, to: block.to });
  assert.deepEqual(again, block);
  await spool.close();
});

test("a large import batch is cut into frames that each know their place in the file", async (t) => {
  const path = directory(t);
  const spool = await open(path, { frameRecords: 3 });
  const records = Array.from({ length: 8 }, (_, index) => Buffer.from(`r${index}`));
  const envelope = {
    source: "import",
    kind: "import",
    receivedMs: 1,
    peer: "",
    file: { run: "r", id: "f", first: 100 },
  };
  await spool.append({ envelope, records });
  const block = await spool.plan(spool.start(), EVERYTHING);
  assert.deepEqual(
    block?.frames.map((frame) => frame.envelope.file?.first),
    [100, 103, 106],
  );
  await spool.close();
});

test("the size limit refuses before anything is written, and room comes back with release", async (t) => {
  const path = directory(t);
  const spool = await open(path, { segmentBytes: 1_000, maxBytes: 3_000 });
  const big = batch("x".repeat(600));
  let taken = 0;
  let code = "";
  for (let index = 0; index < 10 && code === ""; index += 1) {
    await spool.append(big).then(
      () => (taken += 1),
      (error: unknown) => (code = isAppError(error) ? error.code : String(error)),
    );
  }
  assert.equal(code, "SPOOL_FULL");
  assert.equal((await contents(spool, path)).texts.length, taken);
  await spool.release(spool.end());
  await spool.append(big);
  await spool.close();
});

test("after a failed sync nothing is acknowledged again", async (t) => {
  const path = directory(t);
  let broken = false;
  const disk = wrapped(await openDisk(path), {
    sync: async (real) => {
      if (broken) throw Object.assign(new Error("EIO: i/o error, fdatasync"), { code: "EIO" });
      await real();
    },
  });
  const spool = await openSpool({ disk, clock: fixedClock(START), log: silentLog, maxBytes: 1e9 });
  await spool.append(batch("good"));
  broken = true;
  await assert.rejects(spool.append(batch("bad")), hasCode("SPOOL_FENCED"));
  broken = false;
  await assert.rejects(spool.append(batch("later")), hasCode("SPOOL_FENCED"));
  assert.match(spool.state().fenced, /EIO/);
  assert.deepEqual((await contents(spool, path)).texts, ["good"], "what was not synced is not read either");
  await spool.close();
});

test("a full disk is refused without fencing and without leaving half a frame", async (t) => {
  const path = directory(t);
  let full = false;
  const real = await openDisk(path);
  const disk = wrapped(real, {
    write: async (write, buffers, position) => {
      if (!full) return write(buffers, position);
      await write([Buffer.from("half a frame")], position);
      throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
    },
  });
  const spool = await openSpool({ disk, clock: fixedClock(START), log: silentLog, maxBytes: 1e9, segmentBytes: 400 });
  await spool.append(batch("good"));
  full = true;
  await assert.rejects(spool.append(batch("bad")), hasCode("SPOOL_DISK_FULL"));
  await assert.rejects(spool.append(batch("x".repeat(500))), hasCode("SPOOL_DISK_FULL"), "also when a segment is due");
  full = false;
  await spool.append(batch("y".repeat(500)));
  await spool.append(batch("again"));
  const found = await contents(spool, path);
  assert.deepEqual(found.texts, ["good", "y".repeat(500), "again"]);
  assert.equal(found.damage, 0);
  await spool.close();
});

test("segments of two spools in one directory are refused", async (t) => {
  const [a, b] = [directory(t), directory(t)];
  const first = await open(a);
  await first.append(batch("x"));
  await first.close();
  const second = await open(b, { clock: fixedClock(START + 5_000) });
  await second.append(batch("y"));
  await second.close();
  const name = readdirSync(b)[0] ?? "";
  writeFileSync(join(a, name), readFileSync(join(b, name)));
  await assert.rejects(open(a), hasCode("SPOOL_FOREIGN"));
});

const hasCode = (code: string) => (error: unknown) => isAppError(error) && error.code === code;

interface Faults {
  sync?: (real: () => Promise<void>) => Promise<void>;
  write?: (
    real: (buffers: readonly Uint8Array[], position: number) => Promise<void>,
    buffers: readonly Uint8Array[],
    position: number,
  ) => Promise<void>;
}

function wrapped(disk: SpoolDisk, faults: Faults): SpoolDisk {
  return {
    ...disk,
    create: async (name) => {
      const file = await disk.create(name);
      return {
        ...file,
        sync: () => (faults.sync === undefined ? file.sync() : faults.sync(() => file.sync())),
        write: (buffers, position) =>
          faults.write === undefined
            ? file.write(buffers, position)
            : faults.write((b, p) => file.write(b, p), buffers, position),
      };
    },
  };
}

test("a small spool gives room back as soon as its records are through", async (t) => {
  const spool = await open(directory(t), { maxBytes: 4_000_000, frameBytes: 100_000 });
  t.after(() => spool.close());
  const full = batch(...Array.from({ length: 10 }, () => "x".repeat(10_000)));
  const fill = async (): Promise<number> => {
    for (let taken = 0; ; taken += 1) {
      try {
        await spool.append(full);
      } catch (error) {
        assert.ok(isAppError(error) && error.code === "SPOOL_FULL", String(error));
        return taken;
      }
    }
  };
  assert.ok((await fill()) > 30);
  assert.equal(await fill(), 0, "nothing is through yet");
  await spool.release(spool.end());
  assert.ok((await fill()) > 30, "what is through holds little room");
});
