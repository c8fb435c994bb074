/** roster-store: schedules, overrides, policies and contact methods as they are kept. */
import type { ContactMethod, PolicyBody, ScheduleBody } from "@holdfast/contracts/oncall-model";
import type { Team } from "@holdfast/contracts/model";
import { sql } from "drizzle-orm";
import type { Executor, Transaction } from "../platform/tables/index.ts";
import type { KnownPolicy } from "./policy.ts";
import type { Override } from "./rota.ts";

export interface StoredSchedule extends ScheduleBody {
  readonly id: string;
  readonly updatedAt: number;
}

export interface StoredOverride extends Override {
  readonly scheduleId: string;
  readonly reason: string;
  readonly by: { readonly id: string; readonly name: string };
  readonly createdAt: number;
}

export interface StoredPolicy extends KnownPolicy {
  readonly updatedAt: number;
}

type ScheduleRow = {
  id: string;
  name: string;
  team: Team | null;
  time_zone: string;
  layers: ScheduleBody["layers"];
  updated_at: number;
};

export async function readSchedules(db: Executor): Promise<StoredSchedule[]> {
  const { rows } = await db.execute<ScheduleRow>(
    sql`select id, name, team, time_zone, layers, updated_at from oncall_schedule order by lower(name)`,
  );
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    team: row.team,
    timeZone: row.time_zone,
    layers: row.layers,
    updatedAt: row.updated_at,
  }));
}

/** False when another schedule has the name. */
export async function writeSchedule(
  tx: Transaction,
  given: { readonly id: string; readonly body: ScheduleBody; readonly now: number },
): Promise<boolean> {
  const { id, body, now } = given;
  const taken = await tx.execute(sql`select 1 from oncall_schedule where name = ${body.name} and id <> ${id}`);
  if (taken.rows.length > 0) return false;
  await tx.execute(sql`
    insert into oncall_schedule (id, name, team, time_zone, layers, updated_at)
    values (${id}, ${body.name}, ${body.team}, ${body.timeZone}, ${JSON.stringify(body.layers)}::jsonb, ${now})
    on conflict (id) do update set name = excluded.name, team = excluded.team, time_zone = excluded.time_zone,
      layers = excluded.layers, updated_at = excluded.updated_at`);
  return true;
}

export async function deleteSchedule(tx: Transaction, id: string): Promise<void> {
  await tx.execute(sql`delete from oncall_schedule where id = ${id}`);
}

type OverrideRow = {
  id: string;
  schedule_id: string;
  starts_at: number;
  ends_at: number;
  person_id: string;
  covers_id: string | null;
  reason: string;
  by_id: string;
  by_name: string;
  created_at: number;
};

/** Those that end after a moment, in the order in which they were made. */
export async function readOverrides(db: Executor, after: number, scheduleId?: string): Promise<StoredOverride[]> {
  const { rows } = await db.execute<OverrideRow>(sql`
    select id, schedule_id, starts_at, ends_at, person_id, covers_id, reason, by_id, by_name, created_at from oncall_override
    where ends_at > ${after} ${scheduleId === undefined ? sql`` : sql`and schedule_id = ${scheduleId}`} order by seq`);
  return rows.map((row) => ({
    id: row.id,
    scheduleId: row.schedule_id,
    from: row.starts_at,
    to: row.ends_at,
    personId: row.person_id,
    coversId: row.covers_id,
    reason: row.reason,
    by: { id: row.by_id, name: row.by_name },
    createdAt: row.created_at,
  }));
}

export async function insertOverride(tx: Transaction, one: StoredOverride): Promise<void> {
  await tx.execute(sql`
    insert into oncall_override (id, schedule_id, starts_at, ends_at, person_id, covers_id, reason, by_id, by_name, created_at)
    values (${one.id}, ${one.scheduleId}, ${one.from}, ${one.to}, ${one.personId}, ${one.coversId}, ${one.reason},
      ${one.by.id}, ${one.by.name}, ${one.createdAt})`);
}

/** The schedule it stood in; undefined when there is no such override. */
export async function deleteOverride(tx: Transaction, id: string): Promise<string | undefined> {
  const { rows } = await tx.execute<{ schedule_id: string }>(
    sql`delete from oncall_override where id = ${id} returning schedule_id`,
  );
  return rows[0]?.schedule_id;
}

type PolicyRow = {
  id: string;
  name: string;
  place: number;
  opens: PolicyBody["opens"];
  steps: PolicyBody["steps"];
  repeat: number;
  updated_at: number;
};

export async function readPolicies(db: Executor): Promise<StoredPolicy[]> {
  const { rows } = await db.execute<PolicyRow>(
    sql`select id, name, place, opens, steps, repeat, updated_at from oncall_policy order by place, lower(name)`,
  );
  return rows.map(({ place, updated_at, ...row }) => ({ ...row, order: place, updatedAt: updated_at }));
}

/** False when another policy has the name. */
export async function writePolicy(
  tx: Transaction,
  given: { readonly id: string; readonly body: PolicyBody; readonly now: number },
): Promise<boolean> {
  const { id, body, now } = given;
  const taken = await tx.execute(sql`select 1 from oncall_policy where name = ${body.name} and id <> ${id}`);
  if (taken.rows.length > 0) return false;
  const opens = body.opens === null ? null : JSON.stringify(body.opens);
  await tx.execute(sql`
    insert into oncall_policy (id, name, place, opens, steps, repeat, updated_at)
    values (${id}, ${body.name}, ${body.order}, ${opens}::jsonb, ${JSON.stringify(body.steps)}::jsonb, ${body.repeat}, ${now})
    on conflict (id) do update set name = excluded.name, place = excluded.place, opens = excluded.opens, steps = excluded.steps,
      repeat = excluded.repeat, updated_at = excluded.updated_at`);
  return true;
}

export async function deletePolicy(tx: Transaction, id: string): Promise<void> {
  await tx.execute(sql`delete from oncall_policy where id = ${id}`);
}

export async function readContacts(db: Executor): Promise<Map<string, ContactMethod[]>> {
  const { rows } = await db.execute<{ person_id: string; methods: ContactMethod[] }>(
    sql`select person_id, methods from oncall_contact`,
  );
  return new Map(rows.map(({ person_id, methods }) => [person_id, methods]));
}

export async function writeContacts(
  tx: Transaction,
  personId: string,
  methods: readonly ContactMethod[],
): Promise<void> {
  await tx.execute(sql`
    insert into oncall_contact (person_id, methods) values (${personId}, ${JSON.stringify(methods)}::jsonb)
    on conflict (person_id) do update set methods = excluded.methods`);
}

/** The sealed secret by which a channel's answers are verified. */
export async function readHook(db: Executor, kind: "slack" | "pagerduty"): Promise<string | undefined> {
  const { rows } = await db.execute<{ secret: string }>(sql`select secret from oncall_hook where kind = ${kind}`);
  return rows[0]?.secret;
}

export async function writeHook(tx: Transaction, kind: "slack" | "pagerduty", secret: string): Promise<void> {
  await tx.execute(sql`
    insert into oncall_hook (kind, secret) values (${kind}, ${secret}) on conflict (kind) do update set secret = excluded.secret`);
}
