/** evidence-work: what people do with evidence. Every touch is a row of the chain of custody, written before the bytes go out. */
import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import type { Evidence } from "@holdfast/contracts/evidence";
import { actingAs } from "../triage/index.ts";
import { type Caller, change } from "./change.ts";
import { requireIncident } from "./context.ts";
import { brokenAt, type CustodyAction } from "./custody.ts";
import { keep } from "./evidence.ts";
import {
  appendCustody,
  custodyOf,
  type EvidenceRecord,
  evidenceOf,
  findEvidence,
  sealEvidence,
} from "./evidence-store.ts";
import { fail } from "./errors.ts";
import { digestOf, linesOf, type PinContext } from "./pins.ts";

export async function listEvidence(context: PinContext, incidentId: string): Promise<Evidence[]> {
  const incident = await requireIncident(context, incidentId);
  return views(context, await evidenceOf(context.tables.db, incident.family));
}

export async function upload(
  context: PinContext,
  caller: Caller,
  file: {
    readonly incidentId: string;
    readonly name: string;
    readonly description: string;
    readonly bytes: AsyncIterable<Uint8Array>;
  },
): Promise<Evidence> {
  const incident = await requireIncident(context, file.incidentId);
  const name = plainName(file.name);
  const stored = await context.vault.put(file.bytes);
  const { lane, actor } = actingAs(caller);
  const record = await context.tables.transaction(async (tx) => {
    const facts = { incidentId: incident.id, name, description: file.description.slice(0, 5000), actor };
    const kept = await keep(context, tx, {
      file: { ...facts, source: actor.name, key: `upload:${randomUUID()}` },
      stored,
      lane: lane === "operations" ? "operations" : "security",
    });
    const details = { incident: incident.id, sha256: stored.sha256, bytes: stored.bytes, name };
    await context.audit.append(tx, { actor: caller.actor, action: "evidence.uploaded", target: kept.id, details });
    return kept;
  });
  return viewOf(context, record);
}

/** Checks the bytes, writes who takes them, and only then opens them. */
export async function download(
  context: PinContext,
  caller: Caller,
  id: string,
): Promise<{ readonly name: string; readonly bytes: number; readonly sha256: string; readonly stream: Readable }> {
  const record = await requireEvidence(context, id);
  const { sha256, bytes } = record;
  if (sha256 === null || bytes === null) {
    throw fail(
      "INCIDENTS_EVIDENCE_INVALID",
      `"${record.name}" is a search that is not sealed: seal it to get its events as a file.`,
    );
  }
  const verdict = await context.vault.verify(sha256);
  await touch(context, caller, { record, action: "downloaded", details: { verdict } });
  if (verdict !== "intact") {
    throw fail(
      "INCIDENTS_EVIDENCE_CHANGED",
      `The stored bytes of "${record.name}" are ${verdict}: they do not match sha256 ${sha256}. Restore the file from a backup.`,
      { details: { sha256, verdict } },
    );
  }
  const name = record.kind === "search" ? `${plainName(record.name)}.ndjson` : record.name;
  return { name, bytes, sha256, stream: context.vault.open(sha256) };
}

export async function handOver(
  context: PinContext,
  caller: Caller,
  asked: { readonly id: string; readonly to: string; readonly reason: string },
): Promise<Evidence> {
  const record = await requireEvidence(context, asked.id);
  return change(context, { caller, incidentId: record.incidentId, action: "evidence.handed-over" }, async (work) => {
    const { to, reason } = asked;
    const { now: at, actor } = work;
    await appendCustody(work.tx, record, { at, action: "handed-over", actor, details: { to, reason } });
    await work.note({ kind: "evidence", title: `Handed "${record.name}" over to ${to}`, body: reason });
    return { answer: record, details: { evidence: record.id, to } };
  }).then((found) => viewOf(context, found));
}

export async function verify(
  context: PinContext,
  caller: Caller,
  id: string,
): Promise<{ verdict: "intact" | "changed" | "missing"; reason: string; evidence: Evidence }> {
  const record = await requireEvidence(context, id);
  const { verdict, reason } = await judge(context, record);
  await touch(context, caller, { record, action: "verified", details: { verdict } });
  return { verdict, reason, evidence: await viewOf(context, record) };
}

export async function seal(context: PinContext, caller: Caller, id: string): Promise<Evidence> {
  const record = await requireEvidence(context, id);
  const fixed = await fix(context, record);
  return change(context, { caller, incidentId: record.incidentId, action: "evidence.sealed" }, async (work) => {
    const { tx, now: at, actor } = work;
    if (!(await sealEvidence(tx, record.id, { at, by: actor.name, ...fixed }))) {
      throw fail(
        "INCIDENTS_EVIDENCE_SEALED",
        `"${record.name}" is sealed already, by ${record.sealedBy ?? "somebody"}.`,
      );
    }
    const head = await appendCustody(tx, record, { at, action: "sealed", actor, details: { ...fixed } });
    await work.note({ kind: "evidence", title: `Sealed "${record.name}"`, body: `sha256 ${fixed.sha256}` });
    // The audit log is a chain of its own: whoever wants to forge this one has to forge both.
    return { answer: record.id, details: { evidence: record.id, ...fixed, custody: head } };
  }).then(async (sealed) => viewOf(context, await requireEvidence(context, sealed)));
}

async function requireEvidence(context: PinContext, id: string): Promise<EvidenceRecord> {
  const record = await findEvidence(context.tables.db, id);
  if (record === undefined)
    throw fail("INCIDENTS_EVIDENCE_UNKNOWN", `There is no evidence ${id}: reload the incident.`);
  return record;
}

async function touch(
  context: PinContext,
  caller: Caller,
  given: {
    readonly record: EvidenceRecord;
    readonly action: CustodyAction;
    readonly details: Readonly<Record<string, string>>;
  },
): Promise<void> {
  const { record, action, details } = given;
  const { actor } = actingAs(caller);
  await context.tables.transaction(async (tx) => {
    await appendCustody(tx, record, { at: context.clock.now(), action, actor, details });
    await context.audit.append(tx, {
      actor: caller.actor,
      action: `evidence.${action}`,
      target: record.id,
      details: { incident: record.incidentId, ...details },
    });
  });
}

async function judge(
  context: PinContext,
  { sha256, search }: EvidenceRecord,
): Promise<{ verdict: "intact" | "changed" | "missing"; reason: string }> {
  if (sha256 !== null) {
    const verdict = await context.vault.verify(sha256);
    return {
      verdict,
      reason: verdict === "intact" ? `The bytes match sha256 ${sha256}.` : `The stored bytes are ${verdict}.`,
    };
  }
  if (search === null) return { verdict: "missing", reason: "There is neither a file nor a search." };
  const now = await digestOf(context, { query: search.query, range: search });
  if (now.digest === search.digest)
    return { verdict: "intact", reason: `The search finds the same ${now.events} events.` };
  return {
    verdict: "changed",
    reason: `The search finds ${now.events} events instead of ${search.events}: some came late, or went with the retention. Seal pins that must last.`,
  };
}

/** The bytes that are sealed: of a file those in the vault, of a search its events, which become a file now. */
async function fix(context: PinContext, record: EvidenceRecord): Promise<{ sha256: string; bytes: number }> {
  const { sha256, bytes, search } = record;
  const changed = (reason: string) =>
    fail("INCIDENTS_EVIDENCE_CHANGED", `"${record.name}" cannot be sealed: ${reason}`, {
      details: { evidence: record.id },
    });
  if (sha256 !== null) {
    const { verdict, reason } = await judge(context, record);
    if (verdict !== "intact") throw changed(reason);
    return { sha256, bytes: bytes ?? 0 };
  }
  if (search === null) throw changed("there is neither a file nor a search.");
  const { lines, digest } = await linesOf(context, { query: search.query, range: search });
  const stored = await context.vault.put(lines);
  if (digest() !== search.digest) throw changed("its events are not those that were pinned. Pin the search again.");
  return stored;
}

async function viewOf(context: PinContext, record: EvidenceRecord): Promise<Evidence> {
  return (await views(context, [record]))[0] as Evidence;
}

async function views(context: PinContext, records: readonly EvidenceRecord[]): Promise<Evidence[]> {
  const custody = await custodyOf(
    context.tables.db,
    records.map(({ id }) => id),
  );
  return records.map((record) => {
    const { id, kind, name, description, source, sha256, bytes, search, sealedBy } = record;
    const rows = custody.get(id) ?? [];
    // The seal of a search came after its first row: what that row stands on is the digest.
    const origin = { id, name, sha256, digest: search?.digest ?? null };
    return {
      id,
      kind,
      name,
      description,
      source,
      at: iso(record.at),
      by: { ...record.actor },
      sha256,
      bytes,
      search:
        search === null
          ? null
          : {
              query: search.query,
              from: iso(search.fromMs),
              to: iso(search.toMs),
              events: search.events,
              digest: search.digest,
            },
      sealedAt: record.sealedAt === null ? null : iso(record.sealedAt),
      sealedBy,
      custody: rows.map(({ seq, at, action, actor, details, hash }) => ({
        seq,
        at: iso(at),
        action,
        by: { ...actor },
        details,
        hash,
      })),
      brokenAt: brokenAt(origin, rows),
    };
  });
}

const iso = (ms: number): string => new Date(ms).toISOString();

/** A file's own name: no folders, no control characters, nothing that a terminal or a file system takes for more. */
function plainName(given: string): string {
  const name = given
    .split(/[\\/]/)
    .at(-1)
    ?.replaceAll(/[\p{Cc}\p{Cf}]/gu, "")
    .replaceAll(/^\.+/g, "")
    .trim()
    .slice(0, 200);
  if (name === undefined || name === "") {
    throw fail("INCIDENTS_EVIDENCE_INVALID", "The file has no name: send it as ?name=memory.raw.");
  }
  return name;
}
