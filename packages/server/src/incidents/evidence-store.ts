/** evidence-store: pieces of evidence and the chain of custody of each. Rows are added, never changed, but for the seal. */
import { sql } from "drizzle-orm";
import { storable } from "../detect/index.ts";
import type { Executor, Transaction } from "../platform/tables/index.ts";
import { type CustodyAction, type CustodyRow, custodyHash, originOf } from "./custody.ts";

export interface EvidenceRecord {
  readonly id: string;
  readonly incidentId: string;
  readonly key: string;
  readonly kind: "file" | "search";
  readonly name: string;
  readonly description: string;
  readonly source: string;
  readonly at: number;
  readonly actor: { readonly id: string; readonly name: string };
  readonly sha256: string | null;
  readonly bytes: number | null;
  readonly search: {
    readonly query: string;
    readonly fromMs: number;
    readonly toMs: number;
    readonly events: number;
    readonly digest: string;
  } | null;
  readonly sealedAt: number | null;
  readonly sealedBy: string | null;
}

/** The piece that stands under this key, and whether it is new. */
export async function insertEvidence(
  tx: Transaction,
  piece: Omit<EvidenceRecord, "sealedAt" | "sealedBy">,
): Promise<{ readonly record: EvidenceRecord; readonly isNew: boolean }> {
  const { search } = piece;
  const added = await tx.execute<EvidenceRow>(sql`
    insert into evidence (id, incident_id, key, kind, name, description, source, at, actor_id, actor_name, sha256, bytes,
      query, from_at, to_at, events, digest)
    values (${piece.id}, ${piece.incidentId}, ${storable(piece.key)}, ${piece.kind}, ${storable(piece.name)},
      ${storable(piece.description)}, ${storable(piece.source)}, ${piece.at}, ${piece.actor.id}, ${storable(piece.actor.name)},
      ${piece.sha256}, ${piece.bytes}, ${search?.query ?? null}, ${search?.fromMs ?? null}, ${search?.toMs ?? null},
      ${search?.events ?? null}, ${search?.digest ?? null})
    on conflict (incident_id, key) do nothing returning *`);
  const row = added.rows[0];
  if (row !== undefined) return { record: toRecord(row), isNew: true };
  const found = await tx.execute<EvidenceRow>(sql`
    select * from evidence where incident_id = ${piece.incidentId} and key = ${storable(piece.key)}`);
  return { record: toRecord(found.rows[0] as EvidenceRow), isNew: false };
}

export async function evidenceOf(executor: Executor, incidentIds: readonly string[]): Promise<EvidenceRecord[]> {
  const found = await executor.execute<EvidenceRow>(sql`
    select * from evidence where incident_id = any(${sql.param(incidentIds)}::text[]) order by at, id`);
  return found.rows.map(toRecord);
}

export async function findEvidence(executor: Executor, id: string): Promise<EvidenceRecord | undefined> {
  const found = await executor.execute<EvidenceRow>(sql`select * from evidence where id = ${id}`);
  return found.rows.map(toRecord)[0];
}

export async function sealEvidence(
  tx: Transaction,
  id: string,
  seal: { readonly at: number; readonly by: string; readonly sha256: string | null; readonly bytes: number | null },
): Promise<boolean> {
  const found = await tx.execute(sql`
    update evidence set sealed_at = ${seal.at}, sealed_by = ${seal.by}, sha256 = coalesce(sha256, ${seal.sha256}),
      bytes = coalesce(bytes, ${seal.bytes}::bigint)
    where id = ${id} and sealed_at is null returning id`);
  return found.rows.length > 0;
}

export async function appendCustody(
  tx: Transaction,
  record: EvidenceRecord,
  entry: {
    readonly at: number;
    readonly action: CustodyAction;
    readonly actor: { readonly id: string; readonly name: string };
    readonly details: Readonly<Record<string, string | number | boolean | null>>;
  },
): Promise<string> {
  // One writer at a time: the lock on the piece is held until the transaction ends.
  await tx.execute(sql`select id from evidence where id = ${record.id} for update`);
  const head = await tx.execute<{ seq: number; hash: string }>(sql`
    select seq, hash from evidence_custody where evidence_id = ${record.id} order by seq desc limit 1`);
  const last = head.rows[0];
  const row: CustodyRow = {
    evidenceId: record.id,
    seq: (last?.seq ?? 0) + 1,
    at: entry.at,
    action: entry.action,
    actor: { id: entry.actor.id, name: storable(entry.actor.name) },
    details: storable(JSON.stringify(entry.details)),
    prevHash:
      last?.hash ??
      originOf({ id: record.id, name: record.name, sha256: record.sha256, digest: record.search?.digest ?? null }),
  };
  const hash = custodyHash(row);
  await tx.execute(sql`
    insert into evidence_custody (evidence_id, seq, at, action, actor_id, actor_name, details, prev_hash, hash)
    values (${row.evidenceId}, ${row.seq}, ${row.at}, ${row.action}, ${row.actor.id}, ${row.actor.name}, ${row.details},
      ${row.prevHash}, ${hash})`);
  return hash;
}

/** In their order. */
export async function custodyOf(
  executor: Executor,
  evidenceIds: readonly string[],
): Promise<ReadonlyMap<string, (CustodyRow & { readonly hash: string })[]>> {
  const found = await executor.execute<CustodyDbRow>(sql`
    select * from evidence_custody where evidence_id = any(${sql.param(evidenceIds)}::text[]) order by evidence_id, seq`);
  const byPiece = new Map<string, (CustodyRow & { readonly hash: string })[]>();
  for (const row of found.rows) {
    const rows = byPiece.get(row.evidence_id) ?? [];
    byPiece.set(row.evidence_id, rows);
    rows.push({
      evidenceId: row.evidence_id,
      seq: row.seq,
      at: Number(row.at),
      action: row.action,
      actor: { id: row.actor_id, name: row.actor_name },
      details: row.details,
      prevHash: row.prev_hash,
      hash: row.hash,
    });
  }
  return byPiece;
}

type EvidenceRow = {
  id: string;
  incident_id: string;
  key: string;
  kind: "file" | "search";
  name: string;
  description: string;
  source: string;
  at: number;
  actor_id: string;
  actor_name: string;
  sha256: string | null;
  bytes: number | null;
  query: string | null;
  from_at: number | null;
  to_at: number | null;
  events: number | null;
  digest: string | null;
  sealed_at: number | null;
  sealed_by: string | null;
};

type CustodyDbRow = {
  evidence_id: string;
  seq: number;
  at: number;
  action: string;
  actor_id: string;
  actor_name: string;
  details: string;
  prev_hash: string;
  hash: string;
};

function toRecord(row: EvidenceRow): EvidenceRecord {
  return {
    id: row.id,
    incidentId: row.incident_id,
    key: row.key,
    kind: row.kind,
    name: row.name,
    description: row.description,
    source: row.source,
    at: Number(row.at),
    actor: { id: row.actor_id, name: row.actor_name },
    sha256: row.sha256,
    bytes: row.bytes === null ? null : Number(row.bytes),
    search:
      row.query === null
        ? null
        : {
            query: row.query,
            fromMs: Number(row.from_at),
            toMs: Number(row.to_at),
            events: Number(row.events),
            digest: row.digest ?? "",
          },
    sealedAt: row.sealed_at === null ? null : Number(row.sealed_at),
    sealedBy: row.sealed_by,
  };
}
