/** work: all of the joint work on one incident in one answer: the head and the tabs of its page are made of it. */
import type { Mention, Work } from "@holdfast/contracts/incidents";
import { requireIncident, type WorkContext } from "./context.ts";
import { linkedTo } from "./links.ts";
import { waitView } from "./manual-waits.ts";
import { decisionsOf, mentionsOf } from "./mention-store.ts";
import { readReview } from "./review-store.ts";
import { readRoles } from "./role-store.ts";
import { tasksOf } from "./task-store.ts";
import { taskView } from "./tasks.ts";
import { trailOf } from "./trail-store.ts";
import { covered, sumWaits } from "./wait-sum.ts";
import { waitsOf } from "./wait.ts";

export async function workOf(context: WorkContext, id: string): Promise<Work> {
  const incident = await requireIncident(context, id);
  const { db } = context.tables;
  const { family } = incident;
  const [roles, people, tasks, waits, decisions, links, review, trail] = await Promise.all([
    readRoles(db, family),
    context.people(),
    tasksOf(db, family),
    waitsOf(db, family),
    decisionsOf(db, family),
    linkedTo(context, family),
    readReview(db, incident.id),
    trailOf(db, family),
  ]);
  const now = context.clock.now();
  const teamOf = new Map(people.map((person) => [person.id, person.team]));
  return {
    incidentId: incident.id,
    roles: roles.map((held) => ({ ...held, person: { ...held.person, team: teamOf.get(held.person.id) ?? null } })),
    tasks: tasks.map((task) => taskView(task, incident)),
    waits: waits.map(waitView),
    waitSums: sumWaits(waits, now),
    waitedMs: covered(waits, now),
    decisions,
    links,
    review,
    trail,
  };
}

export async function mentionsFor(
  context: WorkContext,
  asked: {
    readonly personId: string;
    readonly unread: boolean;
    readonly limit: number;
    readonly cursor: string | undefined;
  },
): Promise<{ items: Mention[]; next: string | null; unread: number }> {
  const before = asked.cursor === undefined ? null : Math.trunc(Number(asked.cursor)) || 0;
  const found = await mentionsOf(context.tables.db, { ...asked, limit: asked.limit + 1, before });
  const items: Mention[] = [];
  for (const [at, given] of found.items.slice(0, asked.limit).entries()) {
    const incident = await context.triage.incident(context.tables.db, found.incidentIds[at] ?? "");
    if (incident === undefined) continue;
    items.push({ ...given, incident: { id: incident.id, number: incident.number, title: incident.title } });
  }
  const last = found.items[asked.limit - 1];
  return {
    items,
    next: found.items.length > asked.limit && last !== undefined ? String(last.noteId) : null,
    unread: found.unread,
  };
}
