/** detail-store: the parts of an alert that only its own page reads. */
import { sql } from "drizzle-orm";
import type { Entity } from "@holdfast/contracts/triage";
import type { Executor } from "../platform/tables/index.ts";
import type { Apart } from "./reason.ts";
import type { Sample, Samples } from "./samples.ts";

export interface AlertExtra {
  readonly previousId: string | null;
  readonly entitiesCut: number;
  readonly overflowNumber: number | null;
  readonly memberReason: string | null;
  readonly apart: readonly Apart[];
  readonly endedAt: string | null;
  readonly putBackInto: string | null;
}

export async function extraOfAlert(executor: Executor, id: string): Promise<AlertExtra> {
  const found = await executor.execute<{
    previous_id: string | null;
    entities_cut: number;
    overflow: number | null;
    reason: string | null;
    apart: Apart[];
    ended_at: number | null;
    put_back_into: string | null;
  }>(sql`
    select a.previous_id, a.entities_cut, a.apart, a.ended_at, a.put_back_into,
      (select i.number from incident i where i.id = a.overflow_of) as overflow,
      (select m.reason from incident_member m where m.alert_id = a.id and m.removed_at is null) as reason
    from alert a where a.id = ${id}`);
  const row = found.rows[0];
  return {
    previousId: row?.previous_id ?? null,
    entitiesCut: row?.entities_cut ?? 0,
    overflowNumber: row?.overflow ?? null,
    memberReason: row?.reason ?? null,
    apart: row?.apart ?? [],
    putBackInto: row?.put_back_into ?? null,
    endedAt: row === undefined || row.ended_at === null ? null : new Date(Number(row.ended_at)).toISOString(),
  };
}

export async function samplesOf(executor: Executor, ids: readonly string[]): Promise<Map<string, Samples>> {
  if (ids.length === 0) return new Map();
  const found = await executor.execute<{ alert_id: string; first: Sample[]; latest: Sample[] }>(sql`
    select alert_id, first, latest from alert_sample where alert_id = any(${sql.param(ids)}::text[])`);
  return new Map(found.rows.map((row) => [row.alert_id, { first: row.first, latest: row.latest }]));
}

export async function entitiesOfAlert(executor: Executor, id: string): Promise<Entity[]> {
  const found = await executor.execute<{
    kind: Entity["kind"];
    value: string;
    asset_id: string | null;
    identity_id: string | null;
  }>(sql`
    select kind, min(value) as value, max(asset_id) as asset_id, max(identity_id) as identity_id
    from alert_entity where alert_id = ${id} group by kind, lower(value) order by kind, min(value)`);
  return found.rows.map((row) => ({
    kind: row.kind,
    value: row.value,
    assetId: row.asset_id,
    identityId: row.identity_id,
  }));
}
