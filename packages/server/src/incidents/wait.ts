/** wait: whom an incident waits for, since when, and how long each team was waited for in the end. This is the clock of the
 *  hand-offs between the teams: every area that stops for somebody says so here, and says when it goes on. */
import type { Team } from "@holdfast/contracts/model";
import type { Executor, Transaction } from "../platform/tables/index.ts";
import { announce, type WorkContext, within } from "./context.ts";
import { note } from "./note.ts";
import { readRoles } from "./role-store.ts";
import * as store from "./wait-store.ts";
import { durationText } from "./wait-sum.ts";

export interface NewWait {
  readonly incidentId: string;
  /** One wait has one key for all time; waiting again takes a new key. */
  readonly key: string;
  /** security, operations, or an owner team of the estate. */
  readonly team: string;
  /** Id or name of the person, when it is one. */
  readonly person: string | null;
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

export interface Wait {
  readonly incidentId: string;
  readonly key: string;
  readonly team: string;
  readonly person: { readonly id: string; readonly name: string } | null;
  /** Named when the wait began, or found: who leads that side of the incident, else who was on call for it. */
  readonly personBy: "named" | "lead" | "on-call" | null;
  readonly reason: string;
  readonly since: number;
  readonly endedAt: number | null;
}

export async function wait(context: WorkContext, tx: Transaction | null, given: NewWait): Promise<void> {
  const named = given.person === null ? null : await personOf(context, given.person);
  await within(context, tx, async (inside) => {
    const { person: _asked, ...facts } = given;
    await store.lockWaits(inside, given.incidentId);
    const who =
      named === null ? await whoAnswers(context, inside, given) : ({ person: named, personBy: "named" } as const);
    if (!(await store.insertWait(inside, { ...facts, ...who }))) return;
    await begun(context, inside, { ...facts, ...who, endedAt: null });
    await project(context, inside, given.incidentId);
  });
}

function begun(context: WorkContext, tx: Transaction, one: Wait): Promise<unknown> {
  return note(context, tx, {
    incidentId: one.incidentId,
    key: `wait:${one.key}:${one.since}`,
    at: one.since,
    lane: sideOf(one.team),
    kind: "wait",
    title: `Waits for ${whomOf(one)}`,
    body: one.reason,
    actor: null,
  });
}

/** For a side as a whole: who leads it in this incident, else who is on call for it. Of an owner team nobody is known. */
async function whoAnswers(
  context: WorkContext,
  tx: Transaction,
  { incidentId, team }: Pick<NewWait, "incidentId" | "team">,
): Promise<Pick<Wait, "person" | "personBy">> {
  if (team !== "security" && team !== "operations") return { person: null, personBy: null };
  const family = (await context.triage.incident(tx, incidentId))?.family ?? [incidentId];
  const lead = (await readRoles(tx, family)).find(({ role }) => role === `${team}-lead`);
  if (lead !== undefined) return { person: lead.person, personBy: "lead" };
  const person = (await context.onCall?.(tx, team)) ?? null;
  return { person, personBy: person === null ? null : "on-call" };
}

/** Somebody else leads a side: what waits for it and for nobody by name is theirs from now on. */
export async function handOver(
  context: WorkContext,
  tx: Transaction,
  { incidentIds, team }: { readonly incidentIds: readonly string[]; readonly team: Team },
): Promise<void> {
  for (const one of await store.readWaits(tx, incidentIds)) {
    if (one.endedAt !== null || one.team !== team || one.personBy === "named") continue;
    await store.setPerson(tx, { ...one, ...(await whoAnswers(context, tx, one)) });
  }
  for (const id of incidentIds) await project(context, tx, id);
}

export function waited(
  context: WorkContext,
  tx: Transaction | null,
  ended: { readonly incidentId: string; readonly key: string; readonly at: number },
): Promise<void> {
  return within(context, tx, async (inside) => {
    await store.lockWaits(inside, ended.incidentId);
    const over = await store.endWait(inside, ended);
    if (over !== undefined) await tellEnd(context, inside, over);
  });
}

/** What a merge or its undoing makes of whom an incident waits for. */
export async function showWaits(context: WorkContext, tx: Transaction, incidentIds: readonly string[]): Promise<void> {
  for (const id of incidentIds) await project(context, tx, id);
}

/** The incident was over and is open again: what nobody has ended since is waited for again, from now on. */
export async function waitAgain(
  context: WorkContext,
  tx: Transaction,
  again: { readonly incidentIds: readonly string[]; readonly at: number },
): Promise<void> {
  for (const incidentId of again.incidentIds) {
    await store.lockWaits(tx, incidentId);
    for (const one of await store.resumeWaits(tx, incidentId, again.at)) await begun(context, tx, one);
    await project(context, tx, incidentId);
  }
}

/** Nobody waits for anybody once an incident is over. */
export async function endAllWaits(
  context: WorkContext,
  tx: Transaction,
  ended: { readonly incidentIds: readonly string[]; readonly at: number },
): Promise<void> {
  for (const { incidentId, key, endedAt } of await store.readWaits(tx, ended.incidentIds)) {
    if (endedAt !== null) continue;
    await waited(context, tx, { incidentId, key, at: ended.at });
    await store.markOver(tx, { incidentId, key });
  }
}

export function waitsOf(executor: Executor, incidentIds: readonly string[]): Promise<Wait[]> {
  return store.readWaits(executor, incidentIds);
}

async function tellEnd(context: WorkContext, tx: Transaction, over: Wait): Promise<void> {
  const { incidentId, key, team, since, reason } = over;
  const at = over.endedAt ?? since;
  await note(context, tx, {
    incidentId,
    key: `waited:${key}:${since}`,
    at,
    lane: sideOf(team),
    kind: "wait",
    title: `Waited ${durationText(at - since)} for ${whomOf(over)}`,
    body: reason,
    actor: null,
  });
  await project(context, tx, incidentId);
}

/** Triage shows the longest standing wait in its lists, as one of the two sides of the floor: every owner team is of operations. */
async function project(context: WorkContext, tx: Transaction, incidentId: string): Promise<void> {
  const incident = await context.triage.incident(tx, incidentId);
  if (incident !== undefined) {
    const [first] = (await store.readWaits(tx, incident.family)).filter(({ endedAt }) => endedAt === null);
    await context.triage.setWaiting(
      tx,
      incident.id,
      first === undefined
        ? null
        : { team: sideOf(first.team), whom: first.team, person: first.person, since: first.since },
    );
  }
  await announce(context, tx, incident?.id ?? incidentId);
}

function whomOf({ team, person, personBy }: Wait): string {
  if (person === null) return team;
  return `${team} (${person.name}${personBy === "lead" ? ", leads" : personBy === "on-call" ? ", on call" : ""})`;
}

export function sideOf(team: string): Team {
  return team === "security" ? "security" : "operations";
}

async function personOf(context: WorkContext, asked: string): Promise<{ id: string; name: string }> {
  const found = (await context.people()).find(({ id, name }) => id === asked || name === asked);
  return { id: found?.id ?? asked, name: found?.name ?? asked };
}
