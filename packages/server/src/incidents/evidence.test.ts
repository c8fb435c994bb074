/** evidence.test: files and searches as evidence: what goes in comes out, what is touched is written, what was changed is found. */
import assert from "node:assert/strict";
import { appendFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createHash } from "node:crypto";
import { evidenceRoutes } from "@holdfast/contracts/evidence";
import { sql } from "drizzle-orm";
import { MINUTE, openTestArea, START, type TestArea } from "./area.testing.ts";

let area: TestArea;
before(async () => {
  area = await openTestArea();
});
after(() => area?.close());

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
const list = async (id: string) => {
  const answer = await area.incidents.evidence.listEvidence({ params: { id }, query: {}, body: {} }, area.nora);
  return evidenceRoutes.listEvidence.response.parse(answer).items;
};
const verify = (id: string) => area.incidents.evidence.verifyEvidence({ params: { id }, query: {}, body: {} }, area.jo);
const seal = (id: string) => area.incidents.evidence.sealEvidence({ params: { id }, query: {}, body: {} }, area.jo);
async function* chunks(...parts: string[]): AsyncIterable<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}
const upload = (incidentId: string, name: string, ...parts: string[]) =>
  area.incidents.upload(area.nora, { incidentId, name, description: "", bytes: chunks(...parts) });
const textOf = async (stream: AsyncIterable<Uint8Array>): Promise<string> => {
  let text = "";
  for await (const chunk of stream) text += Buffer.from(chunk).toString();
  return text;
};
const pin = (id: string, query: string) =>
  area.incidents.evidence.pinSearch(
    {
      params: { id },
      query: {},
      body: evidenceRoutes.pinSearch.body.parse({
        name: "logons",
        query,
        from: new Date(START).toISOString(),
        to: new Date(START + 60 * MINUTE).toISOString(),
      }),
    },
    area.nora,
  );

test("a file comes back as it went in, and everyone who had it is in its chain", async () => {
  const { id } = await area.openIncident();
  const sent = await upload(id, "../../etc/me\u202emory\u0000.raw", "abc", "def");
  assert.equal(sent.name, "memory.raw");
  assert.equal(sent.sha256, hash("abcdef"));
  const file = await area.incidents.download(area.jo, sent.id);
  assert.equal(await textOf(file.stream), "abcdef");
  await area.incidents.evidence.handOver(
    { params: { id: sent.id }, query: {}, body: { to: "Lab 3", reason: "memory analysis" } },
    area.nora,
  );
  assert.equal((await verify(sent.id)).verdict, "intact");
  const [piece] = await list(id);
  assert.deepEqual(
    piece?.custody.map(({ action, by }) => [action, by.name]),
    [
      ["collected", "nora"],
      ["downloaded", "jo"],
      ["handed-over", "nora"],
      ["verified", "jo"],
    ],
  );
  assert.equal(piece?.brokenAt, null);
});

test("bytes that were changed on disk do not go out, and the try is written", async () => {
  const { id } = await area.openIncident();
  const sent = await upload(id, "a.txt", "evidence");
  await appendFile(join(area.directory, (sent.sha256 ?? "").slice(0, 2), sent.sha256 ?? ""), "!");
  assert.equal((await verify(sent.id)).verdict, "changed");
  await assert.rejects(area.incidents.download(area.jo, sent.id), { code: "INCIDENTS_EVIDENCE_CHANGED" });
  await assert.rejects(seal(sent.id), { code: "INCIDENTS_EVIDENCE_CHANGED" });
  const [piece] = await list(id);
  assert.match(piece?.custody.at(-1)?.details ?? "", /changed/);
});

test("a row of the chain that was changed behind our back is named", async () => {
  const { id } = await area.openIncident();
  const sent = await upload(id, "b.txt", "chain");
  await verify(sent.id);
  const { db } = area.store.tables;
  const forge = sql`update evidence_custody set actor_name = 'mallory' where evidence_id = ${sent.id} and seq = 1`;
  await assert.rejects(db.execute(forge), "the database refuses it");
  await db.execute(sql`alter table evidence_custody disable trigger evidence_custody_append_only`);
  await db.execute(forge);
  await db.execute(sql`alter table evidence_custody enable trigger evidence_custody_append_only`);
  assert.equal((await list(id))[0]?.brokenAt, 1);
});

test("a file over the limit, or one that breaks off, leaves nothing", async () => {
  const { id } = await area.openIncident();
  const big = Array.from({ length: 20 }, () => "x".repeat(1 << 16));
  await assert.rejects(upload(id, "big", ...big), { code: "INCIDENTS_EVIDENCE_TOO_LARGE" });
  async function* torn(): AsyncIterable<Uint8Array> {
    yield Buffer.from("half");
    throw new Error("connection lost");
  }
  await assert.rejects(
    area.incidents.upload(area.nora, { incidentId: id, name: "torn", description: "", bytes: torn() }),
    /connection lost/,
  );
  assert.deepEqual(await readdir(join(area.directory, "incoming")), []);
  assert.deepEqual(await list(id), []);
});

test("a pinned search knows its events again, says when they changed, and is sealed into a file", async () => {
  const { id } = await area.openIncident();
  await area.storeEvents([
    { minute: 1, host: "web-1", user: "eve", raw: "logon eve" },
    { minute: 2, host: "web-1", user: "eve", raw: "logon \u2028 eve again" },
    { minute: 3, host: "web-2", user: "bob", raw: "logon bob" },
  ]);
  const pinned = await pin(id, "user:eve");
  assert.equal(pinned.search?.events, 2);
  assert.equal((await verify(pinned.id)).verdict, "intact");
  await assert.rejects(area.incidents.download(area.nora, pinned.id), { code: "INCIDENTS_EVIDENCE_INVALID" });
  const sealed = await seal(pinned.id);
  assert.equal(sealed.brokenAt, null);
  await assert.rejects(seal(pinned.id), { code: "INCIDENTS_EVIDENCE_SEALED" });
  const lines = (await textOf((await area.incidents.download(area.nora, pinned.id)).stream)).trimEnd().split("\n");
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { raw: string }).raw),
    ["logon eve", "logon \u2028 eve again"],
  );
  const late = await pin(id, "user:eve");
  await area.storeEvents([{ minute: 4, host: "web-1", user: "eve", raw: "came late" }]);
  const verdict = await verify(late.id);
  assert.equal(verdict.verdict, "changed");
  assert.match(verdict.reason, /3 events instead of 2/);
  await assert.rejects(seal(late.id), { code: "INCIDENTS_EVIDENCE_CHANGED" });
  assert.equal((await verify(pinned.id)).verdict, "intact", "what is sealed does not change any more");
});

test("the trail keeps searches in order, one line for the same one twice", async () => {
  const { id } = await area.openIncident();
  const step = (query: string) =>
    area.incidents.evidence.addTrail(
      { params: { id }, query: {}, body: { query, from: "2026-11-22T08:00:00Z", to: "2026-11-22T09:00:00Z", rows: 3 } },
      area.nora,
    );
  for (const query of ["host:web-1", "host:web-1", "user:eve"]) await step(query);
  const { trail } = await area.incidents.routes.getWork({ params: { id }, query: {}, body: {} }, area.nora);
  assert.deepEqual(
    trail.map(({ query }) => query),
    ["host:web-1", "user:eve"],
  );
});
