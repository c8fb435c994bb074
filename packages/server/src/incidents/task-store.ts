/** task-store: tasks of incidents and the follow-up actions of their reviews. */
import { type SQL, sql } from "drizzle-orm";
import type { Team } from "@holdfast/contracts/model";
import type { Task, TaskState } from "@holdfast/contracts/incidents";
import type { Executor, Transaction } from "../platform/tables/index.ts";

export interface TaskRecord {
  readonly id: string;
  readonly incidentId: string;
  /** The exercise its incident belongs to; null for a real one. */
  readonly exerciseId: string | null;
  readonly kind: Task["kind"];
  readonly title: string;
  readonly description: string;
  readonly team: Team;
  readonly owner: { readonly id: string; readonly name: string } | null;
  readonly dueAt: number | null;
  readonly state: TaskState;
  readonly blocking: boolean;
  readonly outcome: string;
  readonly origin: string;
  readonly createdAt: number;
  readonly endedAt: number | null;
}

export async function insertTask(tx: Transaction, task: TaskRecord): Promise<void> {
  await tx.execute(sql`
    insert into incident_task (id, incident_id, kind, title, description, team, owner_id, owner_name, due_at, state, blocking,
      outcome, origin, created_at, ended_at, exercise_id)
    values (${task.id}, ${task.incidentId}, ${task.kind}, ${task.title}, ${task.description}, ${task.team},
      ${task.owner?.id ?? null}, ${task.owner?.name ?? null}, ${task.dueAt}, ${task.state}, ${task.blocking}, ${task.outcome},
      ${task.origin}, ${task.createdAt}, ${task.endedAt}, ${task.exerciseId})`);
}

export async function replaceTask(tx: Transaction, task: TaskRecord): Promise<void> {
  await tx.execute(sql`
    update incident_task set title = ${task.title}, description = ${task.description}, team = ${task.team},
      owner_id = ${task.owner?.id ?? null}, owner_name = ${task.owner?.name ?? null}, due_at = ${task.dueAt},
      state = ${task.state}, blocking = ${task.blocking}, outcome = ${task.outcome}, ended_at = ${task.endedAt}
    where id = ${task.id}`);
}

/** Locks the row until the transaction ends. */
export async function lockTask(tx: Transaction, id: string): Promise<TaskRecord | undefined> {
  const found = await tx.execute<TaskRow>(sql`select * from incident_task where id = ${id} for update`);
  return found.rows.map(toTask)[0];
}

export async function tasksOf(executor: Executor, incidentIds: readonly string[]): Promise<TaskRecord[]> {
  const found = await executor.execute<TaskRow>(sql`
    select * from incident_task where incident_id = any(${sql.param(incidentIds)}::text[]) order by position`);
  return found.rows.map(toTask);
}

export interface TaskFilter {
  /** A run of an exercise, or "any"; without it only what is real. */
  readonly exercise?: string | undefined;
  readonly kind?: Task["kind"] | undefined;
  readonly ownerId?: string | undefined;
  readonly team?: Team | undefined;
  readonly state?: "unfinished" | "overdue" | "finished" | undefined;
}

/** Those with a due time first, the earliest first; then the rest in the order they were made. */
export async function listTasks(
  executor: Executor,
  asked: { readonly filter: TaskFilter; readonly now: number; readonly limit: number; readonly offset: number },
): Promise<{ items: TaskRecord[]; total: number }> {
  const where = conditions(asked.filter, asked.now);
  const [found, counted] = await Promise.all([
    executor.execute<TaskRow>(sql`
      select * from incident_task where ${where} order by due_at nulls last, position
      limit ${asked.limit} offset ${asked.offset}`),
    executor.execute<{ n: number }>(sql`select count(*) as n from incident_task where ${where}`),
  ]);
  return { items: found.rows.map(toTask), total: Number(counted.rows[0]?.n ?? 0) };
}

type TaskRow = {
  id: string;
  incident_id: string;
  exercise_id: string | null;
  kind: Task["kind"];
  title: string;
  description: string;
  team: Team;
  owner_id: string | null;
  owner_name: string | null;
  due_at: number | null;
  state: TaskState;
  blocking: boolean;
  outcome: string;
  origin: string;
  created_at: number;
  ended_at: number | null;
};

function conditions({ exercise, kind, ownerId, team, state }: TaskFilter, now: number): SQL {
  const parts: SQL[] = [
    exercise === undefined
      ? sql`exercise_id is null`
      : exercise === "any"
        ? sql`exercise_id is not null`
        : sql`exercise_id = ${exercise}`,
  ];
  if (kind !== undefined) parts.push(sql`kind = ${kind}`);
  if (ownerId !== undefined) parts.push(sql`owner_id = ${ownerId}`);
  if (team !== undefined) parts.push(sql`team = ${team}`);
  if (state === "finished") parts.push(sql`state in ('done', 'dropped')`);
  if (state === "unfinished" || state === "overdue") parts.push(sql`state in ('open', 'doing')`);
  if (state === "overdue") parts.push(sql`due_at < ${now}`);
  return sql.join(parts, sql` and `);
}

function toTask(row: TaskRow): TaskRecord {
  return {
    id: row.id,
    incidentId: row.incident_id,
    exerciseId: row.exercise_id,
    kind: row.kind,
    title: row.title,
    description: row.description,
    team: row.team,
    owner: row.owner_id === null ? null : { id: row.owner_id, name: row.owner_name ?? "" },
    dueAt: row.due_at === null ? null : Number(row.due_at),
    state: row.state,
    blocking: row.blocking,
    outcome: row.outcome,
    origin: row.origin,
    createdAt: Number(row.created_at),
    endedAt: row.ended_at === null ? null : Number(row.ended_at),
  };
}
