/** ingest.test: the whole area on real stores: in over HTTP, out in search, counted, refused, quarantined, replayed. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { IMPORT_RECORDS_PATH, INGEST_EVENTS_PATH } from "@holdfast/contracts/ingest";
import { sql } from "drizzle-orm";
import { CONTEXT, none, startTestIngest, type TestIngest } from "./testing.ts";

let ingest: TestIngest;

before(async () => {
  ingest = await startTestIngest();
});

after(() => ingest.close());

const post = (path: string, body: string | Buffer, headers: Record<string, string> = {}) =>
  fetch(ingest.url + path, { method: "POST", body: new Uint8Array(Buffer.from(body)), headers });

async function newSource(name: string): Promise<{ id: string; key: string }> {
  const made = await ingest.area.routes.createSource({ ...none, body: { name, kind: "http" } }, CONTEXT);
  return { id: made.source.id, key: made.key };
}

test("records over HTTP: NDJSON, gzip, array, text; each stored as it was sent", async () => {
  const { id, key } = await newSource("Web front end");
  assert.equal(id, "web-front-end");
  assert.match(key, /^hfs_.{32}$/);
  const auth = { authorization: `Bearer ${key}` };
  const first = await post(INGEST_EVENTS_PATH, '{"n":1}\n{"n":2}\n', {
    ...auth,
    "content-type": "application/x-ndjson",
  });
  assert.equal(first.status, 200);
  assert.deepEqual(await first.json(), { accepted: 2, rejected: [] });
  const zipped = { ...auth, "content-type": "application/json", "content-encoding": "gzip" };
  assert.equal((await post(INGEST_EVENTS_PATH, gzipSync('[{"n": 3}, {"n":4}]'), zipped)).status, 200);
  assert.equal((await post(INGEST_EVENTS_PATH, "five\nsix", { ...auth, "content-type": "text/plain" })).status, 200);
  const counts = await ingest.through(id, 6);
  assert.deepEqual(await ingest.raws(id), ['{"n":1}', '{"n":2}', '{"n": 3}', '{"n":4}', "five", "six"]);
  assert.equal(counts.received, 6);
  assert.equal(counts.backlog, 0);
  assert.equal(
    counts.perMinute.reduce((sum, n) => sum + n, 0),
    6,
  );
  assert.equal(counts.coverage, (6 - counts.unclassified) / 6);
});

test("what is refused: no key, a wrong key, a disabled source, a bomb, an unknown encoding, a broken array", async () => {
  const { id, key } = await newSource("refused");
  const auth = { authorization: `Bearer ${key}` };
  const code = async (answer: Promise<Response>) => {
    const response = await answer;
    const problem: unknown = await response.json();
    return [response.status, typeof problem === "object" && problem !== null && "code" in problem ? problem.code : ""];
  };
  assert.deepEqual(await code(post(INGEST_EVENTS_PATH, "x")), [401, "INGEST_KEY_MISSING"]);
  const wrong = { authorization: `Bearer hfs_${"a".repeat(32)}` };
  assert.deepEqual(await code(post(INGEST_EVENTS_PATH, "x", wrong)), [401, "INGEST_KEY_UNKNOWN"]);
  assert.deepEqual(await code(post(INGEST_EVENTS_PATH, "x", { authorization: "Bearer other" })), [
    401,
    "INGEST_KEY_UNKNOWN",
  ]);
  const bomb = gzipSync(Buffer.alloc(80_000_000, 97));
  assert.deepEqual(await code(post(INGEST_EVENTS_PATH, bomb, { ...auth, "content-encoding": "gzip" })), [
    413,
    "INGEST_BODY_TOO_LARGE",
  ]);
  assert.deepEqual(await code(post(INGEST_EVENTS_PATH, "x", { ...auth, "content-encoding": "br" })), [
    415,
    "INGEST_ENCODING_UNKNOWN",
  ]);
  assert.deepEqual(await code(post(INGEST_EVENTS_PATH, "nonsense", { ...auth, "content-encoding": "gzip" })), [
    400,
    "INGEST_BODY_BROKEN",
  ]);
  assert.deepEqual(await code(post(INGEST_EVENTS_PATH, '[{"a":1}', { ...auth, "content-type": "application/json" })), [
    400,
    "INGEST_BODY_BROKEN",
  ]);
  const large = await post(INGEST_EVENTS_PATH, `small\n${"x".repeat(100_001)}\n`, auth);
  const { accepted, rejected } = JSON.parse(await large.text());
  assert.equal(accepted, 1);
  assert.deepEqual([rejected[0].index, rejected[0].code], [1, "RECORD_TOO_LARGE"]);
  await ingest.area.routes.updateSource({ ...none, params: { id }, body: { enabled: false } }, CONTEXT);
  assert.deepEqual(await code(post(INGEST_EVENTS_PATH, "x", auth)), [403, "INGEST_SOURCE_DISABLED"]);
  await ingest.area.routes.updateSource({ ...none, params: { id }, body: { enabled: true } }, CONTEXT);
  const rotated = await ingest.area.routes.rotateSourceKey({ ...none, params: { id } }, CONTEXT);
  assert.deepEqual(await code(post(INGEST_EVENTS_PATH, "x", auth)), [401, "INGEST_KEY_UNKNOWN"]);
  assert.equal((await post(INGEST_EVENTS_PATH, "x", { authorization: `Bearer ${rotated.key}` })).status, 200);
  assert.equal((await post(`${INGEST_EVENTS_PATH}?source=${id}`, "y", { authorization: "Bearer token" })).status, 200);
  assert.deepEqual(await code(post(INGEST_EVENTS_PATH, "y", { authorization: "Bearer token" })), [
    404,
    "INGEST_SOURCE_UNKNOWN",
  ]);
  const counts = await ingest.through(id, 3);
  assert.equal(counts.rejected, 1);
  assert.deepEqual(
    counts.rejections.map(({ reason, records }) => [reason, records]),
    [["too-large", 1]],
  );
  assert.deepEqual(await ingest.raws(id), ["small", "x", "y"]);
});

test("a low disk refuses with 503 and Retry-After, and the pipeline says why", async () => {
  const { key } = await newSource("low");
  ingest.refuse("the disk has 1 byte left.");
  const answer = await post(INGEST_EVENTS_PATH, "x", { authorization: `Bearer ${key}` });
  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get("retry-after"), "10");
  assert.match(await answer.text(), /INGEST_DISK_LOW/);
  assert.equal(ingest.area.health().state, "refusing");
  ingest.refuse(undefined);
  assert.equal(ingest.area.health().state, "ok");
});

async function send(run: string, file: string, first: number, lines: readonly string[]) {
  const path = IMPORT_RECORDS_PATH.replace(":id", run).replace(":fileId", file);
  const answer = await post(`${path}?first=${first}`, lines.join("\n"), { "content-type": "application/x-ndjson" });
  return { status: answer.status, body: JSON.parse(await answer.text()) };
}

async function finished(run: string) {
  await ingest.area.routes.finishImport({ ...none, params: { id: run } }, CONTEXT);
  for (let waited = 0; waited < 20_000; waited += 50) {
    const now = await ingest.area.routes.getImport({ ...none, params: { id: run } }, CONTEXT);
    if (now.state === "finished") return now;
    await sleep(50);
  }
  return assert.fail("the import did not finish");
}

const startRun = async (): Promise<string> =>
  (await ingest.area.routes.startImport({ ...none, body: { name: "t" } }, CONTEXT)).id;
const startFile = (run: string, sha256: string) =>
  ingest.area.routes.startImportFile({ ...none, params: { id: run }, body: { path: "f", sha256 } }, CONTEXT);

test("imports: exact counts, the same file twice adds nothing, an interrupted one goes on, a restart changes nothing", async () => {
  const sha256 = "ab".repeat(32);
  const lines = Array.from({ length: 500 }, (_, n) =>
    n % 2 === 0 ? JSON.stringify(`line ${n}`) : `{"imported":${n}}`,
  );
  lines[7] = JSON.stringify("x".repeat(100_001));
  const run = await startRun();
  const { fileId, recordsKnown } = await startFile(run, sha256);
  assert.equal(recordsKnown, 0);
  assert.equal((await send(run, fileId, 0, lines.slice(0, 200))).status, 200);
  assert.equal((await send(run, fileId, 300, lines.slice(300))).status, 409, "a gap is refused");
  assert.deepEqual(
    (await send(run, fileId, 0, lines.slice(0, 200))).body.recordsKnown,
    200,
    "a repeated chunk adds nothing",
  );
  await ingest.restart();
  const resumed = await startRun();
  assert.deepEqual(await startFile(resumed, sha256), { fileId, recordsKnown: 200 });
  assert.equal((await send(resumed, fileId, 100, lines.slice(100))).status, 200);
  const first = await finished(run);
  assert.deepEqual([first.read, first.stored, first.quarantined, first.duplicates], [200, 199, 1, 0]);
  const second = await finished(resumed);
  assert.deepEqual([second.read, second.stored, second.quarantined, second.duplicates], [500, 300, 0, 200]);
  const again = await startRun();
  assert.equal((await startFile(again, sha256)).recordsKnown, 500);
  const third = await finished(again);
  assert.deepEqual([third.read, third.stored, third.quarantined, third.duplicates], [500, 0, 0, 500]);
  assert.equal((await ingest.raws("import")).length, 499);
  assert.equal((await ingest.source("import")).duplicates, 700);
  assert.equal((await send(again, fileId, 0, lines)).status, 409, "a closed import takes nothing");
});

test("a quarantined record can be seen and replayed, once", async () => {
  const { id, key } = await newSource("replay");
  await post(INGEST_EVENTS_PATH, 'good\ntest-marker-spin "café"', { authorization: `Bearer ${key}` });
  await ingest.through(id, 2);
  const list = await ingest.area.routes.listQuarantine({ ...none, query: { limit: 10, source: id } }, CONTEXT);
  const [row] = list.items;
  assert.ok(row !== undefined && list.items.length === 1);
  assert.equal(row.code, "RECORD_TOO_SLOW");
  assert.equal(row.preview, 'test-marker-spin "café"');
  assert.equal(row.peer, "127.0.0.1");
  const body = { ids: [row.id] };
  assert.deepEqual(await ingest.area.routes.replayQuarantine({ ...none, body }, CONTEXT), { replayed: 1 });
  assert.deepEqual(await ingest.area.routes.replayQuarantine({ ...none, body }, CONTEXT), { replayed: 0 });
  const counts = await ingest.through(id, 3);
  assert.deepEqual([counts.stored, counts.quarantined], [1, 2], "it spins again, so it is quarantined again");
  const now = await ingest.area.routes.listQuarantine({ ...none, query: { limit: 10, source: id } }, CONTEXT);
  assert.equal(now.items.length, 2);
  assert.equal(now.items.filter((item) => item.replayedAt !== null).length, 1);
});

test("sources are found by name, id and kind, page by page, and all of them without a page", async () => {
  const made = await Promise.all(["Branch 100% north", "Branch 1000 south", "Office"].map((name) => newSource(name)));
  const ids = async (query: { q?: string; cursor?: string; limit?: number }): Promise<string[]> => {
    const asked = { ...none, query: { limit: 100, ...query } };
    return (await ingest.area.routes.listSources(asked, CONTEXT)).items.map(({ id }) => id);
  };
  const [north = "", south = "", office = ""] = made.map(({ id }) => id);
  assert.deepEqual(await ids({ q: "BRANCH" }), [north, south].sort());
  assert.deepEqual(await ids({ q: "100%" }), [north], "nothing in it is a pattern");
  assert.deepEqual(await ids({ q: "branch", limit: 1, cursor: [north, south].sort()[0] ?? "" }), [
    [north, south].sort()[1],
  ]);
  assert.deepEqual(await ids({ q: "no such" }), []);
  assert.ok((await ids({ q: "syslog-tcp" })).includes("syslog-tcp"));
  const all = (await ingest.area.allSources()).map(({ id }) => id);
  for (const id of [north, south, office, "syslog-udp"]) assert.ok(all.includes(id), id);
});

test("sources of exercises are named as long as what they sent may still be there", async () => {
  for (const run of ["ex-new", "ex-old"])
    await ingest.area.rehearse({ exerciseId: run, inject: "one", input: "http", records: [`from ${run}`] });
  await ingest.through("ex-old-one-http", 1);
  // Its events went with their retention of 90 days; queries do not carry its name along for ever.
  await ingest.tables.db.execute(
    sql`update source set created_at = now() - interval '131 days' where id = 'ex-old-one-http'`,
  );
  await ingest.restart();
  assert.deepEqual([...ingest.area.rehearsing()], [["ex-new-one-http", "ex-new"]]);
  assert.equal(ingest.area.exerciseOf("ex-old-one-http"), "ex-old");
});

test("an inject that a kill cut off is sent once, when it is asked for again: all of it, the rest, or nothing", async () => {
  const records = ["first", "second", "third"].map((word) => `${word} of an inject`);
  const send = (inject: string, some = records): Promise<void> =>
    ingest.area.rehearse({ exerciseId: "ex-cut", inject, input: "http", records: some });
  // Sent, and the step did not get to its end: asked at once, while they wait, and again after a restart.
  await send("whole");
  await send("whole");
  await ingest.restart();
  await send("whole");
  // A part of it only; and nothing but the note.
  await send("part", records.slice(0, 1));
  await send("part");
  await send("note", []);
  await ingest.restart();
  await send("note");
  for (const inject of ["whole", "part", "note"]) {
    await ingest.through(`ex-cut-${inject}-http`, 3);
    assert.equal(await ingest.area.feed.appended(`ex-cut-${inject}-http`), 3, inject);
    assert.deepEqual(await ingest.raws(`ex-cut-${inject}-http`), records, inject);
  }
});
