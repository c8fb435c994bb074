/** tasks: what has to be done, by which team, until when. A task that the incident waits for is a wait as long as it is not
 *  finished; handing it to the other team ends one wait and starts the next, so that the time counts where it was spent. */
import { randomUUID } from "node:crypto";
import type { Parsed } from "@holdfast/contracts";
import type { incidentRoutes, Task } from "@holdfast/contracts/incidents";
import { type Caller, type Change, change, personNamed } from "./change.ts";
import { requireIncident, type WorkContext } from "./context.ts";
import { fail } from "./errors.ts";
import {
  insertTask,
  listTasks,
  lockTask,
  replaceTask,
  type TaskFilter,
  type TaskRecord,
  tasksOf,
} from "./task-store.ts";
import { TASK_TEMPLATES } from "./task-templates.ts";
import { wait, waited, waitsOf } from "./wait.ts";

type NewTask = Parsed<(typeof incidentRoutes)["addTask"]>["body"];
type TaskChange = Parsed<(typeof incidentRoutes)["updateTask"]>["body"];

export async function addTask(
  context: WorkContext,
  caller: Caller,
  asked: { readonly incidentId: string; readonly body: NewTask },
): Promise<Task> {
  const { body } = asked;
  const owner = await personNamed(context, body.owner);
  return change(context, { caller, incidentId: asked.incidentId, action: "incident.task.added" }, async (work) => {
    const record = newRecord(work, { ...body, owner, dueAt: msOf(body.dueAt), origin: work.actor.name });
    await insertTask(work.tx, record);
    await work.note({ kind: "task", title: `New ${record.kind}: ${record.title}`, body: handOf(record) });
    await holdUp(context, work, { before: undefined, after: record });
    return { answer: taskView(record, work.incident), details: { task: record.id, title: record.title } };
  });
}

export async function addTasks(
  context: WorkContext,
  caller: Caller,
  asked: { readonly incidentId: string; readonly template: string },
): Promise<{ added: Task[]; left: number }> {
  const template = TASK_TEMPLATES.find(({ id }) => id === asked.template);
  if (template === undefined) {
    const known = TASK_TEMPLATES.map(({ id }) => id).join(", ");
    throw fail("INCIDENTS_TEMPLATE_UNKNOWN", `There is no template "${asked.template}". There are: ${known}.`);
  }
  return change(context, { caller, incidentId: asked.incidentId, action: "incident.tasks.added" }, async (work) => {
    const there = new Set((await tasksOf(work.tx, work.incident.family)).map(({ title }) => title));
    const missing = template.tasks.filter(({ title }) => !there.has(title));
    const added = missing.map(({ dueInMinutes, ...task }) => {
      const dueAt = work.now + dueInMinutes * 60_000;
      return newRecord(work, { ...task, kind: "task", owner: null, dueAt, origin: template.title });
    });
    for (const record of added) {
      await insertTask(work.tx, record);
      await holdUp(context, work, { before: undefined, after: record });
    }
    const title = `Added ${added.length} tasks: ${template.title}`;
    await work.note({ kind: "task", title, body: added.map((task) => task.title).join("\n") });
    const answer = {
      added: added.map((task) => taskView(task, work.incident)),
      left: template.tasks.length - added.length,
    };
    return { answer, details: { template: template.id, added: added.length } };
  });
}

export async function updateTask(
  context: WorkContext,
  caller: Caller,
  asked: { readonly id: string; readonly body: TaskChange },
): Promise<Task> {
  const { body } = asked;
  const owner = body.owner === undefined ? undefined : await personNamed(context, body.owner);
  const found = await context.tables.transaction((tx) => lockTask(tx, asked.id));
  if (found === undefined) throw unknown(asked.id);
  return change(context, { caller, incidentId: found.incidentId, action: "incident.task.changed" }, async (work) => {
    const before = await lockTask(work.tx, asked.id);
    if (before === undefined) throw unknown(asked.id);
    const state = body.state ?? before.state;
    const after: TaskRecord = {
      ...before,
      title: body.title ?? before.title,
      description: body.description ?? before.description,
      team: body.team ?? owner?.team ?? before.team,
      owner: owner === undefined ? before.owner : owner,
      dueAt: body.dueAt === undefined ? before.dueAt : msOf(body.dueAt),
      state,
      blocking: body.blocking ?? before.blocking,
      outcome: body.outcome ?? before.outcome,
      endedAt: isOver(state) ? (before.endedAt ?? work.now) : null,
    };
    await replaceTask(work.tx, after);
    const title = titleOf(before, after);
    if (title !== undefined) {
      await work.note({ kind: "task", title, body: isOver(state) ? after.outcome : handOf(after) });
    }
    await holdUp(context, work, { before, after });
    return { answer: taskView(after, work.incident), details: { task: after.id, ...body } };
  });
}

export async function tasksAcross(
  context: WorkContext,
  asked: { readonly filter: TaskFilter; readonly limit: number; readonly cursor: string | undefined },
): Promise<{ items: Task[]; next: string | null; total: number }> {
  const offset = Math.max(0, Math.trunc(Number(asked.cursor ?? 0))) || 0;
  const { db } = context.tables;
  const found = await listTasks(db, { ...asked, now: context.clock.now(), offset });
  const ids = [...new Set(found.items.map(({ incidentId }) => incidentId))];
  const incidents = new Map(
    await Promise.all(ids.map(async (id) => [id, await requireIncident(context, id)] as const)),
  );
  const items = found.items.flatMap((record) => {
    const incident = incidents.get(record.incidentId);
    return incident === undefined ? [] : [taskView(record, incident)];
  });
  const end = offset + found.items.length;
  return { items, total: found.total, next: end < found.total ? String(end) : null };
}

export function taskView(record: TaskRecord, incident: { id: string; number: number; title: string }): Task {
  const { incidentId: _incidentId, exerciseId: _exerciseId, dueAt, createdAt, endedAt, owner, ...facts } = record;
  return {
    ...facts,
    owner: owner === null ? null : { id: owner.id, name: owner.name },
    incident: { id: incident.id, number: incident.number, title: incident.title },
    dueAt: isoOf(dueAt),
    createdAt: new Date(createdAt).toISOString(),
    endedAt: isoOf(endedAt),
  };
}

function newRecord(
  work: Change,
  facts: Pick<TaskRecord, "kind" | "title" | "description" | "team" | "owner" | "dueAt" | "blocking" | "origin">,
): TaskRecord {
  const fixed = { state: "open", outcome: "", createdAt: work.now, endedAt: null } as const;
  const { id: incidentId, exerciseId } = work.incident;
  return { id: randomUUID(), incidentId, exerciseId, ...fixed, ...facts };
}

/** Starts, hands over or ends the wait for a task. Follow-up actions hold nobody up: the incident is over by then. */
async function holdUp(
  context: WorkContext,
  work: Change,
  { before, after }: { before: TaskRecord | undefined; after: TaskRecord },
): Promise<void> {
  const [was, is] = [holderOf(before), holderOf(after)];
  if (was === is) return;
  const { incidentId } = after;
  const prefix = `task:${after.id}:`;
  if (was !== null) {
    const open = (await waitsOf(work.tx, [incidentId])).filter(
      ({ key, endedAt }) => endedAt === null && key.startsWith(prefix),
    );
    for (const { key } of open) await waited(context, work.tx, { incidentId, key, at: work.now });
  }
  if (is !== null) {
    await wait(context, work.tx, {
      incidentId,
      key: `${prefix}${randomUUID()}`,
      team: after.team,
      person: after.owner?.id ?? null,
      reason: `task: ${after.title}`,
      since: work.now,
    });
  }
}

/** Whom the incident waits for because of the task, or null when it doesn't. */
function holderOf(task: TaskRecord | undefined): string | null {
  if (task === undefined || !task.blocking || task.kind === "action" || isOver(task.state)) return null;
  return `${task.team} ${task.owner?.id ?? ""}`;
}

function titleOf(before: TaskRecord, after: TaskRecord): string | undefined {
  const name = `${after.kind === "action" ? "Action" : "Task"} "${after.title}"`;
  if (before.state !== after.state) return `${name}: ${STATES[after.state]}`;
  if (before.owner?.id !== after.owner?.id || before.team !== after.team) {
    return `${name}: given to ${after.owner?.name ?? after.team}`;
  }
  if (before.dueAt !== after.dueAt) {
    return after.dueAt === null ? `${name}: no due time any more` : `${name}: due ${isoOf(after.dueAt)}`;
  }
  if (before.blocking !== after.blocking) {
    return after.blocking ? `${name}: the incident waits for it` : `${name}: the incident does not wait for it`;
  }
  return undefined;
}

const STATES = { open: "open again", doing: "begun", done: "done", dropped: "dropped" } as const;

function handOf({ owner, team, dueAt }: TaskRecord): string {
  return `${owner?.name ?? team}${dueAt === null ? "" : `, due ${isoOf(dueAt)}`}`;
}

const isOver = (state: TaskRecord["state"]): boolean => state === "done" || state === "dropped";

const msOf = (at: string | null): number | null => (at === null ? null : Date.parse(at));

function isoOf(ms: number): string;
function isoOf(ms: number | null): string | null;
function isoOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

function unknown(id: string): Error {
  return fail("INCIDENTS_TASK_UNKNOWN", `There is no task ${id}: reload the incident.`);
}
