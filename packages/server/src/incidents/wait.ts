/** wait: whom an incident waits for, since when, and how long each team was waited for in the end. This is the clock of the
 *  hand-offs between the teams: every area that stops for somebody says so here, and says when it goes on. */
import type { Team } from "@holdfast/contracts/model";
import type { Executor, Transaction } from "../platform/tables/index.ts";
import { announce, type WorkContext, within } from "./context.ts";
import { note } from "./note.ts";
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
  readonly reason: string;
  readonly since: number;
  readonly endedAt: number | null;
}

export async function wait(context: WorkContext, tx: Transaction | null, given: NewWait): Promise<void> {
  const person = given.person === null ? null : await personOf(context, given.person);
  await within(context, tx, async (inside) => {
    const { person: _asked, ...facts } = given;
    await store.lockWaits(inside, given.incidentId);
    if (!(await store.insertWait(inside, { ...facts, person }))) return;
    await note(context, inside, {
      incidentId: given.incidentId,
      key: `wait:${given.key}`,
      at: given.since,
      lane: sideOf(given.team),
      kind: "wait",
      title: `Waits for ${person === null ? given.team : `${given.team} (${person.name})`}`,
      body: given.reason,
      actor: null,
    });
    await project(context, inside, given.incidentId);
  });
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

/** Nobody waits for anybody once an incident is over. */
export async function endAllWaits(
  context: WorkContext,
  tx: Transaction,
  ended: { readonly incidentIds: readonly string[]; readonly at: number },
): Promise<void> {
  for (const { incidentId, key, endedAt } of await store.readWaits(tx, ended.incidentIds)) {
    if (endedAt === null) await waited(context, tx, { incidentId, key, at: ended.at });
  }
}

export function waitsOf(executor: Executor, incidentIds: readonly string[]): Promise<Wait[]> {
  return store.readWaits(executor, incidentIds);
}

async function tellEnd(context: WorkContext, tx: Transaction, over: Wait): Promise<void> {
  const { incidentId, key, team, person, since, reason } = over;
  const at = over.endedAt ?? since;
  await note(context, tx, {
    incidentId,
    key: `waited:${key}`,
    at,
    lane: sideOf(team),
    kind: "wait",
    title: `Waited ${durationText(at - since)} for ${person === null ? team : `${team} (${person.name})`}`,
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
      first === undefined ? null : { team: sideOf(first.team), since: first.since },
    );
  }
  await announce(context, tx, incident?.id ?? incidentId);
}

export function sideOf(team: string): Team {
  return team === "security" ? "security" : "operations";
}

async function personOf(context: WorkContext, asked: string): Promise<{ id: string; name: string }> {
  const found = (await context.people()).find(({ id, name }) => id === asked || name === asked);
  return { id: found?.id ?? asked, name: found?.name ?? asked };
}
