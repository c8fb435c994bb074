/** trigger-store: the SQL of triggers, of the incidents they have to look at, and of what they fired on. */
import type { PlaybookSuggestion, TriggerMode, TriggerReason } from "@holdfast/contracts/playbook-triggers";
import { type SQL, sql } from "drizzle-orm";
import type { Executor } from "../platform/tables/index.ts";
import type { Someone } from "./port.ts";

export interface StoredTrigger {
  readonly id: string;
  readonly name: string;
  readonly playbookId: string;
  readonly condition: string;
  readonly mode: TriggerMode;
  readonly enabled: boolean;
  readonly owner: string;
  readonly origin: "shipped" | "own";
  readonly version: number;
  readonly createdAt: number;
  readonly createdBy: Someone;
  readonly updatedAt: number;
  readonly updatedBy: Someone;
  readonly error: { readonly at: number; readonly incidentId: string; readonly reason: string } | null;
}

export interface Hit {
  readonly id: string;
  readonly triggerId: string;
  readonly incidentId: string;
  /** `armedBy`: who wrote or changed the trigger; null as it came with the program. */
  readonly trigger: { readonly name: string; readonly version: number; readonly armedBy: Someone | null };
  readonly playbookId: string;
  readonly mode: TriggerMode;
  readonly exerciseId: string | null;
  readonly state: PlaybookSuggestion["state"];
  readonly reasons: readonly TriggerReason[];
  readonly runId: string | null;
  readonly problem: string;
  readonly note: string;
  readonly at: number;
  readonly decidedBy: Someone | null;
  readonly decidedAt: number | null;
}

export interface Queued {
  readonly incidentId: string;
  readonly seq: number;
}

const json = (value: unknown): SQL => sql`${JSON.stringify(value)}::jsonb`;
const jsonOrNull = (value: unknown): SQL => (value === null ? sql`null` : json(value));

/** In the transaction that opens or changes them. In the order of their ids, so that two such transactions never wait for each other. */
export async function enqueue(tx: Executor, incidentIds: readonly string[]): Promise<void> {
  if (incidentIds.length === 0) return;
  await tx.execute(sql`
    insert into playbook_trigger_queue (incident_id)
    select distinct id from unnest(${sql.param(incidentIds)}::text[]) id order by id
    on conflict (incident_id) do update set seq = nextval('playbook_trigger_seq')`);
}

export async function readQueue(executor: Executor, limit: number): Promise<Queued[]> {
  const found = await executor.execute<{ incident_id: string; seq: number }>(
    sql`select incident_id, seq from playbook_trigger_queue order by seq limit ${limit}`,
  );
  return found.rows.map((row) => ({ incidentId: row.incident_id, seq: Number(row.seq) }));
}

/** What changed since it was read stays. */
export async function dequeue(tx: Executor, { incidentId, seq }: Queued): Promise<void> {
  await tx.execute(sql`delete from playbook_trigger_queue where incident_id = ${incidentId} and seq = ${seq}`);
}

interface TriggerRow extends Record<string, unknown> {
  id: string;
  name: string;
  playbook_id: string;
  condition: string;
  mode: TriggerMode;
  enabled: boolean;
  owner: string;
  origin: "shipped" | "own";
  version: number;
  created_at: number;
  created_by: Someone;
  updated_at: number;
  updated_by: Someone;
  error: StoredTrigger["error"];
}

export async function readTriggers(executor: Executor, only: { readonly id?: string } = {}): Promise<StoredTrigger[]> {
  const where = only.id === undefined ? sql`` : sql`where id = ${only.id}`;
  const found = await executor.execute<TriggerRow>(sql`
    select * from playbook_trigger ${where} order by lower(name), id`);
  return found.rows.map((row) => ({
    id: row.id,
    name: row.name,
    playbookId: row.playbook_id,
    condition: row.condition,
    mode: row.mode,
    enabled: row.enabled,
    owner: row.owner,
    origin: row.origin,
    version: row.version,
    createdAt: row.created_at,
    createdBy: row.created_by,
    updatedAt: row.updated_at,
    updatedBy: row.updated_by,
    error: row.error,
  }));
}

/** False when there is one of this id, or when the one there is was changed since `basedOn`. */
export async function saveTrigger(tx: Executor, trigger: StoredTrigger, basedOn: number | null): Promise<boolean> {
  const { id, name, playbookId, condition, mode, enabled, owner, origin, version } = trigger;
  const put =
    basedOn === null
      ? await tx.execute(sql`
          insert into playbook_trigger (id, name, playbook_id, condition, mode, enabled, owner, origin, version, created_at,
            created_by, updated_at, updated_by)
          values (${id}, ${name}, ${playbookId}, ${condition}, ${mode}, ${enabled}, ${owner}, ${origin}, ${version},
            ${trigger.createdAt}, ${json(trigger.createdBy)}, ${trigger.updatedAt}, ${json(trigger.updatedBy)})
          on conflict (id) do nothing`)
      : await tx.execute(sql`
          update playbook_trigger set name = ${name}, playbook_id = ${playbookId}, condition = ${condition}, mode = ${mode},
            enabled = ${enabled}, owner = ${owner}, origin = ${origin}, version = ${version},
            updated_at = ${trigger.updatedAt}, updated_by = ${json(trigger.updatedBy)}, error = null
          where id = ${id} and version = ${basedOn}`);
  return put.rowCount === 1;
}

export async function deleteTrigger(tx: Executor, id: string): Promise<void> {
  await tx.execute(sql`delete from playbook_trigger where id = ${id}`);
}

/** Not when it was changed meanwhile: then the error is not the new one's. */
export async function noteError(
  tx: Executor,
  { id, version }: Pick<StoredTrigger, "id" | "version">,
  error: NonNullable<StoredTrigger["error"]>,
): Promise<void> {
  await tx.execute(sql`update playbook_trigger set error = ${json(error)} where id = ${id} and version = ${version}`);
}

/** False when it fired on this incident before. */
export async function insertHit(tx: Executor, hit: Hit): Promise<boolean> {
  const put = await tx.execute(sql`
    insert into playbook_trigger_hit (id, trigger_id, incident_id, trigger, playbook_id, mode, exercise_id, state, reasons, at)
    values (${hit.id}, ${hit.triggerId}, ${hit.incidentId}, ${json(hit.trigger)}, ${hit.playbookId}, ${hit.mode},
      ${hit.exerciseId}, ${hit.state}, ${json(hit.reasons)}, ${hit.at})
    on conflict (trigger_id, incident_id) do nothing`);
  return put.rowCount === 1;
}

/** From `from` to `to`; false when it stands elsewhere already. */
export async function moveHit(
  tx: Executor,
  id: string,
  move: { readonly from: readonly Hit["state"][] } & Pick<
    Hit,
    "state" | "runId" | "problem" | "note" | "decidedBy" | "decidedAt"
  >,
): Promise<boolean> {
  const put = await tx.execute(sql`
    update playbook_trigger_hit set state = ${move.state}, run_id = ${move.runId}, problem = ${move.problem}, note = ${move.note},
      decided_by = ${jsonOrNull(move.decidedBy)}, decided_at = ${move.decidedAt}
    where id = ${id} and state = any(${sql.param(move.from)}::text[])`);
  return put.rowCount === 1;
}

interface HitRow extends Record<string, unknown> {
  id: string;
  trigger_id: string;
  incident_id: string;
  trigger: Hit["trigger"];
  playbook_id: string;
  mode: TriggerMode;
  exercise_id: string | null;
  state: Hit["state"];
  reasons: Hit["reasons"];
  run_id: string | null;
  problem: string;
  note: string;
  at: number;
  decided_by: Someone | null;
  decided_at: number | null;
}

export const hitById = async (executor: Executor, id: string): Promise<Hit | undefined> =>
  (await readHits(executor, sql`where id = ${id}`))[0];

export const hitsOf = (executor: Executor, incidentIds: readonly string[]): Promise<Hit[]> =>
  readHits(executor, sql`where incident_id = any(${sql.param(incidentIds)}::text[]) order by at desc, id`);

export const dueHits = (executor: Executor, limit: number): Promise<Hit[]> =>
  readHits(executor, sql`where state = 'due' order by at, id limit ${limit}`);

async function readHits(executor: Executor, where: SQL): Promise<Hit[]> {
  const found = await executor.execute<HitRow>(sql`select * from playbook_trigger_hit ${where}`);
  return found.rows.map((row) => ({
    id: row.id,
    triggerId: row.trigger_id,
    incidentId: row.incident_id,
    trigger: row.trigger,
    playbookId: row.playbook_id,
    mode: row.mode,
    exerciseId: row.exercise_id,
    state: row.state,
    reasons: row.reasons,
    runId: row.run_id,
    problem: row.problem,
    note: row.note,
    at: row.at,
    decidedBy: row.decided_by,
    decidedAt: row.decided_at,
  }));
}

/** How often each fired on real incidents, and when last. */
export async function readFired(
  executor: Executor,
): Promise<ReadonlyMap<string, { readonly fired: number; readonly last: number }>> {
  const found = await executor.execute<{ trigger_id: string; fired: number; last: number }>(sql`
    select trigger_id, count(*) as fired, max(at) as last from playbook_trigger_hit
    where exercise_id is null group by trigger_id`);
  return new Map(found.rows.map((row) => [row.trigger_id, { fired: Number(row.fired), last: Number(row.last) }]));
}
