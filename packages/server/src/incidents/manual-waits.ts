/** manual-waits: a person says whom an incident waits for. All other waits come and go with what they wait for. */
import { randomUUID } from "node:crypto";
import type { Wait as WaitView } from "@holdfast/contracts/incidents";
import type { Transaction } from "../platform/tables/index.ts";
import { type Caller, change, personNamed } from "./change.ts";
import { requireIncident, type WorkContext } from "./context.ts";
import { fail } from "./errors.ts";
import { type Wait, wait, waited, waitsOf } from "./wait.ts";

const MANUAL = "manual:";

export async function startWait(
  context: WorkContext,
  caller: Caller,
  asked: {
    readonly incidentId: string;
    readonly team: string;
    readonly person: string | null;
    readonly reason: string;
  },
): Promise<WaitView> {
  const person = await personNamed(context, asked.person);
  return change(context, { caller, incidentId: asked.incidentId, action: "incident.wait.started" }, async (work) => {
    const { incident, tx, now } = work;
    const key = `${MANUAL}${randomUUID()}`;
    const { team, reason } = asked;
    await wait(context, tx, { incidentId: incident.id, key, team, person: person?.id ?? null, reason, since: now });
    const started = (await waitsOf(tx, [incident.id])).find((one) => one.key === key);
    if (started === undefined) throw fail("INCIDENTS_WAIT_UNKNOWN", "The wait was not stored: try again.");
    return { answer: waitView(started), details: { team, person: started.person?.name ?? null, reason } };
  });
}

export async function endWait(
  context: WorkContext,
  caller: Caller,
  asked: { readonly incidentId: string; readonly key: string },
): Promise<WaitView> {
  return change(context, { caller, incidentId: asked.incidentId, action: "incident.wait.ended" }, async (work) => {
    const { incident, tx, now } = work;
    const open = (await waitsOf(tx, incident.family)).find(({ key, endedAt }) => key === asked.key && endedAt === null);
    if (open === undefined || !asked.key.startsWith(MANUAL)) {
      const why = open === undefined ? "no such wait stands any more" : `it ends by itself with what it waits for`;
      throw fail("INCIDENTS_WAIT_UNKNOWN", `This wait of INC-${incident.number} cannot be ended here: ${why}.`);
    }
    await waited(context, tx, { incidentId: open.incidentId, key: open.key, at: now });
    return { answer: waitView({ ...open, endedAt: now }), details: { team: open.team, ms: now - open.since } };
  });
}

/** What is set with the state of the incident: one wait at a time, the former one of that kind ends. */
export async function setWaiting(
  context: WorkContext,
  tx: Transaction,
  asked: {
    readonly incidentId: string;
    readonly team: string | null;
    readonly person: string | null;
    readonly reason: string;
    readonly at: number;
  },
): Promise<void> {
  const { incidentId, team, at } = asked;
  const person = await personNamed(context, asked.person);
  const reason = asked.reason === "" ? "No reason was given." : asked.reason;
  const incident = await requireIncident(context, incidentId, tx);
  for (const { key, incidentId: id, endedAt } of await waitsOf(tx, incident.family)) {
    if (endedAt === null && key.startsWith(MANUAL)) await waited(context, tx, { incidentId: id, key, at });
  }
  if (team === null) return;
  await wait(context, tx, {
    incidentId,
    key: `${MANUAL}${randomUUID()}`,
    team,
    person: person?.id ?? null,
    reason,
    since: at,
  });
}

export function waitView({ key, team, person, personBy, reason, since, endedAt }: Wait): WaitView {
  return {
    key,
    team,
    person: person === null ? null : { id: person.id, name: person.name },
    personBy,
    reason,
    since: new Date(since).toISOString(),
    endedAt: endedAt === null ? null : new Date(endedAt).toISOString(),
    manual: key.startsWith(MANUAL),
  };
}
