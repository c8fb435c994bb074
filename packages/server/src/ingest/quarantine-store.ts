/** quarantine-store: records that could not be processed, with their bytes and why. Rows are never removed here: a replay marks
 *  its row and makes a new record. The id is made of the record's place, so a block that runs again writes the same row. */
import { createHash } from "node:crypto";
import type { Quarantined } from "@holdfast/contracts/ingest";
import { sql } from "drizzle-orm";
import type { Executor } from "../platform/tables/index.ts";
import type { QuarantinedRecord } from "./block.ts";

export interface QuarantinePlace {
  readonly spool: string;
  readonly segment: number;
  readonly now: number;
}

export async function insertQuarantined(
  db: Executor,
  place: QuarantinePlace,
  records: readonly QuarantinedRecord[],
): Promise<void> {
  for (const record of records) {
    await db.execute(
      sql`INSERT INTO quarantine (id, source, kind, code, reason, segment, ordinal, received_at, quarantined_at, peer, raw)
          VALUES (${idOf(place, record.ordinal)}, ${record.source}, ${record.kind}, ${record.code},
                  ${record.reason.replaceAll("\u0000", "\ufffd").slice(0, 1_000)}, ${place.segment}, ${record.ordinal},
                  ${new Date(record.receivedMs)}, ${new Date(place.now)}, ${record.peer}, ${Buffer.from(record.raw)})
          ON CONFLICT (id) DO NOTHING`,
    );
  }
}

export interface QuarantineQuery {
  readonly source: string | undefined;
  /** Quarantine time and id of the last row of the page before. */
  readonly after: { readonly at: string; readonly id: string } | undefined;
  readonly limit: number;
}

export async function listQuarantined(db: Executor, query: QuarantineQuery): Promise<Quarantined[]> {
  const { source, after, limit } = query;
  const ofSource = source === undefined ? sql`` : sql`AND source = ${source}`;
  const older =
    after === undefined ? sql`` : sql`AND (quarantined_at, id) < (${after.at}::timestamptz, ${after.id}::uuid)`;
  const { rows } = await db.execute<QuarantineRow>(
    sql`SELECT id, source, kind, code, reason, segment, ordinal, received_at, quarantined_at, peer, replayed_at,
          substring(raw FROM 1 FOR ${PREVIEW_BYTES}) AS head, length(raw) AS size
        FROM quarantine WHERE true ${ofSource} ${older} ORDER BY quarantined_at DESC, id DESC LIMIT ${limit}`,
  );
  return rows.map((row) => ({
    id: row.id,
    source: row.source,
    code: row.code,
    reason: row.reason,
    position: { segment: Number(row.segment), ordinal: Number(row.ordinal) },
    receivedAt: new Date(row.received_at).toISOString(),
    quarantinedAt: new Date(row.quarantined_at).toISOString(),
    peer: row.peer,
    preview: row.head.toString("utf8").slice(0, PREVIEW_CHARACTERS),
    bytes: Number(row.size),
    replayedAt: row.replayed_at === null ? null : new Date(row.replayed_at).toISOString(),
  }));
}

export interface Replayable {
  readonly id: string;
  readonly source: string;
  readonly kind: string;
  readonly peer: string;
  readonly raw: Buffer;
}

/** How many records of a source went through the pipeline again. */
export async function replayedOf(db: Executor, source: string): Promise<number> {
  const { rows } = await db.execute<{ n: number | string }>(
    sql`SELECT count(*) AS n FROM quarantine WHERE source = ${source} AND replayed_at IS NOT NULL`,
  );
  return Number(rows[0]?.n ?? 0);
}

/** Those of the ids that exist and were not replayed yet; locked until the transaction ends, so that two calls replay once. */
export async function takeReplayable(db: Executor, ids: readonly string[]): Promise<Replayable[]> {
  const { rows } = await db.execute<Replayable & Record<string, unknown>>(
    sql`SELECT id, source, kind, peer, raw FROM quarantine
        WHERE id::text IN (${sql.join(
          ids.map((id) => sql`${id}`),
          sql`, `,
        )}) AND replayed_at IS NULL
        ORDER BY id FOR UPDATE SKIP LOCKED`,
  );
  return rows.map(({ id, source, kind, peer, raw }) => ({ id, source, kind, peer, raw }));
}

export async function markReplayed(db: Executor, ids: readonly string[], now: number): Promise<void> {
  if (ids.length === 0) return;
  await db.execute(
    sql`UPDATE quarantine SET replayed_at = ${new Date(now)}
        WHERE id::text IN (${sql.join(
          ids.map((id) => sql`${id}`),
          sql`, `,
        )})`,
  );
}

const PREVIEW_CHARACTERS = 4_096;
const PREVIEW_BYTES = 4 * PREVIEW_CHARACTERS;

interface QuarantineRow extends Record<string, unknown> {
  id: string;
  source: string;
  code: string;
  reason: string;
  segment: number;
  ordinal: number;
  received_at: Date | string;
  quarantined_at: Date | string;
  peer: string;
  head: Buffer;
  size: number;
  replayed_at: Date | string | null;
}

function idOf(place: QuarantinePlace, ordinal: number): string {
  const hex = createHash("sha256").update(`${place.spool}:${place.segment}:${ordinal}`).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}
