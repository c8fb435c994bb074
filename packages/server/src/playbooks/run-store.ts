/** run-store: the SQL of runs and their steps. */
import type { RunState as State, RunStep } from "@holdfast/contracts/playbooks";
import type { JsonObject, Playbook, RunState, Task } from "@holdfast/playbook";
import { type SQL, sql } from "drizzle-orm";
import type { Executor, Transaction } from "../platform/tables/index.ts";
import type { Someone } from "./port.ts";

export interface StoredRun {
  readonly id: string;
  readonly key: string;
  readonly playbookId: string;
  readonly name: string;
  readonly version: number;
  readonly playbook: Playbook;
  readonly editedBy: Someone | null;
  readonly incidentId: string | null;
  readonly exerciseId: string | null;
  readonly parent: { readonly runId: string; readonly instance: string } | null;
  readonly startedBy: Someone;
  /** Who armed the trigger that started it; null when a person or a program did. */
  readonly armedBy: Someone | null;
  readonly state: State;
  readonly reason: string;
  readonly stand: RunState;
  readonly tick: number;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly broken: Broken | null;
}

export interface Broken {
  readonly at: number;
  readonly cause: string;
  /** Titles of the steps it broke off at. */
  readonly steps: readonly string[];
}

export interface StoredStep {
  readonly instance: string;
  readonly step: string;
  readonly kind: RunStep["kind"];
  readonly title: string;
  readonly state: RunStep["state"];
  readonly task: Task;
  readonly enteredAt: number;
  readonly endedAt: number | null;
  readonly deadline: number | null;
  readonly waitsFor: "security" | "operations" | null;
  readonly sent: boolean;
  readonly closed: boolean;
  readonly effectId: string | null;
  readonly approvalId: string | null;
  readonly childRunId: string | null;
  readonly output: JsonObject;
  readonly reason: string;
  readonly decidedBy: Someone | null;
}

const json = (value: unknown): SQL => sql`${JSON.stringify(value)}::jsonb`;

/** False when a run of this key was started before. */
export async function insertRun(tx: Executor, run: StoredRun): Promise<boolean> {
  const put = await tx.execute(sql`
    insert into playbook_run (id, key, playbook_id, name, version, playbook, edited_by, incident_id, exercise_id, parent_run,
      parent_step, started_by, armed_by, state, stand, started_at)
    values (${run.id}, ${run.key}, ${run.playbookId}, ${run.name}, ${run.version}, ${json(run.playbook)},
      ${run.editedBy === null ? null : json(run.editedBy)}, ${run.incidentId}, ${run.exerciseId}, ${run.parent?.runId ?? null},
      ${run.parent?.instance ?? null}, ${json(run.startedBy)}, ${run.armedBy === null ? null : json(run.armedBy)}, ${run.state}, ${json(run.stand)}, ${run.startedAt})
    on conflict (key) do nothing`);
  return put.rowCount === 1;
}

interface RunRow extends Record<string, unknown> {
  id: string;
  key: string;
  playbook_id: string;
  name: string;
  version: number;
  playbook: Playbook;
  edited_by: Someone | null;
  incident_id: string | null;
  exercise_id: string | null;
  parent_run: string | null;
  parent_step: string | null;
  started_by: Someone;
  armed_by: Someone | null;
  state: State;
  reason: string;
  stand: RunState;
  tick: number;
  started_at: number;
  ended_at: number | null;
  broken: Broken | null;
}

export async function runById(executor: Executor, id: string): Promise<StoredRun | undefined> {
  return (await readRuns(executor, sql`where id = ${id}`))[0];
}

export async function runByKey(executor: Executor, key: string): Promise<StoredRun | undefined> {
  return (await readRuns(executor, sql`where key = ${key}`))[0];
}

export async function lockRun(tx: Transaction, id: string): Promise<StoredRun | undefined> {
  return (await readRuns(tx, sql`where id = ${id} for update`))[0];
}

export interface RunFilter {
  readonly incident?: string | undefined;
  readonly playbook?: string | undefined;
  readonly state?: State | undefined;
  readonly exercise?: string | undefined;
  readonly offset: number;
  readonly limit: number;
}

export function listRuns(executor: Executor, filter: RunFilter): Promise<StoredRun[]> {
  const conditions = [
    // An incident is either real or of an exercise, and so are its runs.
    ...(filter.exercise !== undefined
      ? [sql`exercise_id = ${filter.exercise}`]
      : filter.incident === undefined
        ? [sql`exercise_id is null`]
        : []),
    ...(filter.incident === undefined ? [] : [sql`incident_id = ${filter.incident}`]),
    ...(filter.playbook === undefined ? [] : [sql`playbook_id = ${filter.playbook}`]),
    ...(filter.state === undefined ? [] : [sql`state = ${filter.state}`]),
  ];
  return readRuns(
    executor,
    sql`where ${sql.join(conditions, sql` and `)} order by started_at desc, id desc limit ${filter.limit} offset ${filter.offset}`,
  );
}

async function readRuns(executor: Executor, where: SQL): Promise<StoredRun[]> {
  const found = await executor.execute<RunRow>(sql`select * from playbook_run ${where}`);
  return found.rows.map((row) => ({
    id: row.id,
    key: row.key,
    playbookId: row.playbook_id,
    name: row.name,
    version: row.version,
    playbook: row.playbook,
    editedBy: row.edited_by,
    incidentId: row.incident_id,
    exerciseId: row.exercise_id,
    parent: row.parent_run === null ? null : { runId: row.parent_run, instance: row.parent_step ?? "" },
    startedBy: row.started_by,
    armedBy: row.armed_by,
    state: row.state,
    reason: row.reason,
    stand: row.stand,
    tick: row.tick,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    broken: row.broken,
  }));
}

export async function saveBroken(tx: Transaction, id: string, broken: Broken): Promise<void> {
  await tx.execute(sql`update playbook_run set state = 'broken', broken = ${json(broken)} where id = ${id}`);
}

/** False when it is not broken off (any more). */
export async function saveMended(tx: Transaction, id: string, state: State): Promise<boolean> {
  const put = await tx.execute(
    sql`update playbook_run set state = ${state}, broken = null where id = ${id} and broken is not null`,
  );
  return put.rowCount === 1;
}

export async function saveStand(
  tx: Transaction,
  run: Pick<StoredRun, "id" | "state" | "reason" | "stand" | "tick" | "endedAt">,
): Promise<void> {
  await tx.execute(sql`
    update playbook_run set state = ${run.state}, broken = null, reason = ${run.reason}, stand = ${json(run.stand)}, tick = ${run.tick},
      ended_at = ${run.endedAt} where id = ${run.id}`);
}

export async function insertStep(
  tx: Transaction,
  step: { readonly runId: string; readonly task: Task; readonly at: number; readonly waitsFor: string | null },
): Promise<void> {
  const { task } = step;
  await tx.execute(sql`
    insert into playbook_step (run_id, instance, step, kind, title, state, task, entered_at, deadline, waits_for)
    values (${step.runId}, ${task.instance}, ${task.step}, ${task.kind}, ${task.title},
      ${task.kind === "stuck" ? "stuck" : "waiting"}, ${json(task)}, ${step.at}, ${task.deadline ?? null}, ${step.waitsFor})`);
}

export async function endStep(
  tx: Transaction,
  end: {
    readonly runId: string;
    readonly instance: string;
    readonly state: RunStep["state"];
    readonly reason: string;
    readonly at: number;
  },
): Promise<void> {
  const { runId, instance, state, reason, at } = end;
  // What is stuck is asked anew, now of a person.
  await tx.execute(sql`
    update playbook_step set state = ${state}, reason = ${reason},
      ended_at = ${state === "stuck" ? null : at}, sent = ${state === "stuck" ? sql`false` : sql`sent`},
      waits_for = ${state === "stuck" ? "security" : sql`waits_for`}
    where run_id = ${runId} and instance = ${instance}`);
}

export async function noteAnswer(
  tx: Transaction,
  answer: {
    readonly runId: string;
    readonly instance: string;
    readonly output: JsonObject;
    readonly by: Someone | null;
  },
): Promise<void> {
  await tx.execute(sql`
    update playbook_step set output = ${json(answer.output)},
      decided_by = coalesce(${answer.by === null ? null : json(answer.by)}, decided_by)
    where run_id = ${answer.runId} and instance = ${answer.instance}`);
}

/** Its effect's outcome is not known: somebody has to look. */
export async function noteDoubt(
  tx: Transaction,
  doubt: { readonly runId: string; readonly instance: string; readonly reason: string },
): Promise<void> {
  await tx.execute(sql`
    update playbook_step set waits_for = 'operations', reason = ${doubt.reason}
    where run_id = ${doubt.runId} and instance = ${doubt.instance} and state = 'waiting' and ended_at is null`);
}

export async function markSent(
  executor: Executor,
  sent: {
    readonly runId: string;
    readonly instance: string;
    readonly effectId?: string;
    readonly approvalId?: string | null;
    readonly childRunId?: string;
  },
): Promise<void> {
  await executor.execute(sql`
    update playbook_step set sent = true, effect_id = coalesce(${sent.effectId ?? null}, effect_id),
      approval_id = coalesce(${sent.approvalId ?? null}, approval_id), child_run = coalesce(${sent.childRunId ?? null}, child_run)
    where run_id = ${sent.runId} and instance = ${sent.instance}`);
}

export async function markClosed(executor: Executor, runId: string, instance: string): Promise<void> {
  await executor.execute(
    sql`update playbook_step set closed = true, sent = true where run_id = ${runId} and instance = ${instance}`,
  );
}

interface StepRow extends Record<string, unknown> {
  instance: string;
  step: string;
  kind: RunStep["kind"];
  title: string;
  state: RunStep["state"];
  task: Task;
  entered_at: number;
  ended_at: number | null;
  deadline: number | null;
  waits_for: "security" | "operations" | null;
  sent: boolean;
  closed: boolean;
  effect_id: string | null;
  approval_id: string | null;
  child_run: string | null;
  output: JsonObject;
  reason: string;
  decided_by: Someone | null;
}

export async function readSteps(executor: Executor, runId: string): Promise<StoredStep[]> {
  const found = await executor.execute<StepRow>(sql`select * from playbook_step where run_id = ${runId} order by seq`);
  return found.rows.map((row) => ({
    instance: row.instance,
    step: row.step,
    kind: row.kind,
    title: row.title,
    state: row.state,
    task: row.task,
    enteredAt: row.entered_at,
    endedAt: row.ended_at,
    deadline: row.deadline,
    waitsFor: row.waits_for,
    sent: row.sent,
    closed: row.closed,
    effectId: row.effect_id,
    approvalId: row.approval_id,
    childRunId: row.child_run,
    output: row.output,
    reason: row.reason,
    decidedBy: row.decided_by,
  }));
}
