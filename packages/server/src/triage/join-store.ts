/** join-store: what joining needs to read around a block's alerts, and the writing of its plan. */
import { sql } from "drizzle-orm";
import type { Transaction } from "../platform/tables/index.ts";
import type { JoinAlert, JoinIncident, JoinPlan } from "./join.ts";
import type { Link, LinkRole } from "./links.ts";
import { records } from "./records.ts";

export type Posting = Link & { readonly alertId: string };

/** Who holds these keys around these times; per key the latest `limit` holders, which is beyond any noise bound. */
export async function readPostings(
  tx: Transaction,
  wanted: { readonly spans: ReadonlyMap<string, { lo: number; hi: number }>; readonly limit: number },
): Promise<Map<string, Posting[]>> {
  const postings = new Map<string, Posting[]>();
  if (wanted.spans.size === 0) return postings;
  const parameter = records([...wanted.spans].map(([key, span]) => ({ key, ...span })));
  const found = await tx.execute<PostingRow>(sql`
    select l.key, l.alert_id, l.role, l.kind, l.value, l.first_seen, l.last_seen
    from jsonb_to_recordset(${parameter}::jsonb) as k(key text, lo bigint, hi bigint)
    cross join lateral (
      select * from alert_link l where l.key = k.key and l.last_seen >= k.lo and l.first_seen <= k.hi
      order by l.last_seen desc, l.alert_id limit ${wanted.limit}
    ) l`);
  for (const row of found.rows) {
    const posting: Posting = {
      key: row.key,
      alertId: row.alert_id,
      role: row.role,
      kind: row.kind,
      value: row.value,
      firstMs: Number(row.first_seen),
      lastMs: Number(row.last_seen),
    };
    const known = postings.get(row.key);
    if (known === undefined) postings.set(row.key, [posting]);
    else known.push(posting);
  }
  return postings;
}

/** Alerts that may be tied: open ones that nothing holds, and closed ones that were found true; none of a wave. */
export async function readJoinAlerts(
  tx: Transaction,
  ids: readonly string[],
  fresh: ReadonlySet<string>,
): Promise<Map<string, JoinAlert>> {
  const found = await tx.execute<{
    id: string;
    title: string;
    severity: number;
    host: string;
    first_seen: number;
    criticality: number;
    service: string | null;
    tactics: string[];
    exercise_id: string | null;
    incident_id: string | null;
    barred: string[] | null;
  }>(sql`
    select a.id, a.title, a.severity, a.host, a.first_seen, a.criticality, a.services->0->>'name' as service, a.tactics,
      a.exercise_id, a.incident_id,
      (select array_agg(i.root_id) from incident_member m join incident i on i.id = m.incident_id
       where m.alert_id = a.id and m.removed_at is not null) as barred
    from alert a
    where a.id = any(${sql.param(ids)}::text[]) and a.hold is null
      and (a.state <> 'closed' or a.verdict = 'true-positive')
      and not exists (select from incident i where i.id = a.incident_id and i.wave is not null)`);
  return new Map(
    found.rows.map((row) => [
      row.id,
      {
        id: row.id,
        title: row.title,
        rank: row.severity,
        host: row.host,
        firstMs: Number(row.first_seen),
        criticality: row.criticality,
        service: row.service ?? "",
        isNew: fresh.has(row.id),
        tactics: row.tactics,
        exerciseId: row.exercise_id,
        incidentId: row.incident_id,
        barred: new Set(row.barred ?? []),
      },
    ]),
  );
}

/** Incidents that still take alerts: open or contained. */
export async function readJoinIncidents(tx: Transaction, ids: readonly string[]): Promise<Map<string, JoinIncident>> {
  if (ids.length === 0) return new Map();
  const found = await tx.execute<{
    id: string;
    number: number;
    touched: boolean;
    alerts: number;
    exercise_id: string | null;
    separated: string[] | null;
  }>(sql`
    select i.id, i.number, i.touched, i.alerts, i.exercise_id,
      (select array_agg(case when m.kept_id = i.id then m.merged_id else m.kept_id end)
       from incident_merge m where m.undone_at is not null and (m.kept_id = i.id or m.merged_id = i.id)) as separated
    from incident i
    where i.id = any(${sql.param(ids)}::text[]) and i.state in ('open', 'contained') and i.merged_into is null`);
  return new Map(
    found.rows.map((row) => [
      row.id,
      {
        id: row.id,
        number: Number(row.number),
        touched: row.touched,
        members: row.alerts,
        exerciseId: row.exercise_id,
        separated: new Set(row.separated ?? []),
      },
    ]),
  );
}

export async function nextNumber(tx: Transaction): Promise<number> {
  const found = await tx.execute<{ next: number }>(sql`select coalesce(max(number), 0) + 1 as next from incident`);
  return Number(found.rows[0]?.next ?? 1);
}

export async function writePlan(tx: Transaction, plan: JoinPlan, now: number): Promise<void> {
  if (plan.opened.length > 0) {
    await tx.execute(sql`
      insert into incident (id, number, title, severity, state, opened_at, root_id, first_seen, last_seen, exercise_id)
      select id, number, 'Incident', 0, 'open', ${now}::bigint, id, ${now}::bigint, ${now}::bigint, "exerciseId"
      from jsonb_to_recordset(${records(plan.opened)}::jsonb) as r(id text, number bigint, "exerciseId" text)`);
  }
  if (plan.joined.length > 0) {
    await tx.execute(sql`
      insert into incident_member (incident_id, alert_id, reason, shared, added_at, added_by)
      select "incidentId", "alertId", reason, shared, ${now}::bigint, 'system'
      from jsonb_to_recordset(${records(plan.joined)}::jsonb)
        as r("incidentId" text, "alertId" text, reason text, shared jsonb)`);
    await tx.execute(sql`
      update alert a set incident_id = r."incidentId"
      from jsonb_to_recordset(${records(plan.joined)}::jsonb) as r("incidentId" text, "alertId" text) where a.id = r."alertId"`);
  }
  for (const merge of plan.merged) await mergeRows(tx, { ...merge, now, bySystem: true });
  if (plan.apart.size > 0) {
    const left = [...plan.apart].map(([alertId, apart]) => ({ alertId, apart }));
    await tx.execute(sql`
      update alert a set apart = r.apart
      from jsonb_to_recordset(${records(left)}::jsonb) as r("alertId" text, apart jsonb) where a.id = r."alertId"`);
  }
  if (plan.overflow.length > 0) {
    await tx.execute(sql`
      update alert a set overflow_of = r."incidentId"
      from jsonb_to_recordset(${records(plan.overflow)}::jsonb) as r("incidentId" text, "alertId" text) where a.id = r."alertId"`);
  }
}

/** The merged incident keeps its members and its timeline; only where they are shown moves. */
export async function mergeRows(
  tx: Transaction,
  merge: { keptId: string; mergedId: string; reason: string; now: number; bySystem: boolean },
): Promise<void> {
  await tx.execute(sql`
    insert into incident_merge (kept_id, merged_id, at, reason, by_system)
    values (${merge.keptId}, ${merge.mergedId}, ${merge.now}, ${merge.reason}, ${merge.bySystem})`);
  await tx.execute(sql`update incident set merged_into = ${merge.keptId} where id = ${merge.mergedId}`);
  await tx.execute(sql`update incident set root_id = ${merge.keptId} where root_id = ${merge.mergedId}`);
  await tx.execute(sql`update alert set incident_id = ${merge.keptId} where incident_id = ${merge.mergedId}`);
}

/** Undoes the last merge into this incident; returns the id of the one that is on its own again, or null. */
export async function unmergeRows(tx: Transaction, keptId: string, now: number): Promise<string | null> {
  const found = await tx.execute<{ id: number; merged_id: string }>(sql`
    select id, merged_id from incident_merge where kept_id = ${keptId} and undone_at is null order by id desc limit 1`);
  const merge = found.rows[0];
  if (merge === undefined) return null;
  await tx.execute(sql`update incident_merge set undone_at = ${now} where id = ${merge.id}`);
  await tx.execute(sql`update incident set merged_into = null where id = ${merge.merged_id}`);
  await tx.execute(sql`
    with recursive part as (
      select id from incident where id = ${merge.merged_id}
      union all select i.id from incident i join part on i.merged_into = part.id
    ), moved as (
      update incident set root_id = ${merge.merged_id} where id in (select id from part) returning id
    )
    update alert set incident_id = ${merge.merged_id}
    where id in (select m.alert_id from incident_member m join moved on moved.id = m.incident_id where m.removed_at is null)`);
  return merge.merged_id;
}

type PostingRow = {
  key: string;
  alert_id: string;
  role: LinkRole;
  kind: string;
  value: string;
  first_seen: number;
  last_seen: number;
};
