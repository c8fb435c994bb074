/** change: what a person changes in the work on an incident: one transaction with its line on the timeline, its audit entry and
 *  the message to the pages that show it. */
import { randomUUID } from "node:crypto";
import type { TimelineItem, WorkKind } from "@holdfast/contracts/triage";
import type { CallContext } from "../platform/http-contract.ts";
import type { Transaction } from "../platform/tables/index.ts";
import { actingAs, type IncidentFacts } from "../triage/index.ts";
import { announce, requireIncident, type WorkContext } from "./context.ts";
import { fail } from "./errors.ts";
import { type NewNote, note } from "./note.ts";

export type Caller = Pick<CallContext, "actor" | "team">;

export interface Change {
  readonly tx: Transaction;
  readonly now: number;
  readonly incident: IncidentFacts;
  readonly actor: { readonly id: string; readonly name: string };
  readonly lane: TimelineItem["lane"];
  /** Writes on the timeline as the person who acts. */
  note(line: { readonly kind: WorkKind; readonly title: string; readonly body?: string }): Promise<NoteWritten>;
}

export interface NoteWritten {
  readonly id: number;
  readonly item: TimelineItem;
}

export async function change<T>(
  context: WorkContext,
  given: { readonly caller: Caller; readonly incidentId: string; readonly action: string },
  work: (change: Change) => Promise<{ readonly answer: T; readonly details?: Readonly<Record<string, unknown>> }>,
): Promise<T> {
  const { lane, actor } = actingAs(given.caller);
  return context.tables.transaction(async (tx) => {
    const incident = await requireIncident(context, given.incidentId, tx);
    const now = context.clock.now();
    const { answer, details = {} } = await work({
      tx,
      now,
      incident,
      actor,
      lane,
      note: async ({ kind, title, body = "" }) => {
        const line = { incidentId: incident.id, key: randomUUID(), at: now, lane, kind, title, body, actor };
        const id = await note(context, tx, line);
        return { id: Number(id), item: itemOf(line, Number(id)) };
      },
    });
    await announce(context, tx, incident.id);
    await context.audit.append(tx, {
      actor: given.caller.actor,
      action: given.action,
      target: incident.id,
      details: { number: incident.number, ...details },
    });
    return answer;
  });
}

export async function personNamed(
  context: WorkContext,
  asked: string | null,
): Promise<{ id: string; name: string; team: "security" | "operations" } | null> {
  if (asked === null) return null;
  const found = (await context.people()).find(({ id, name }) => id === asked || name === asked);
  if (found === undefined) {
    throw fail("INCIDENTS_PERSON_UNKNOWN", `There is no person "${asked}": take an id from GET /api/people.`);
  }
  return { id: found.id, name: found.name, team: found.team };
}

function itemOf({ at, lane, kind, title, body, actor }: NewNote, id: number): TimelineItem {
  return {
    id: `n${id}`,
    at: new Date(at).toISOString(),
    lane,
    kind,
    title,
    body,
    actor: actor === null ? null : { ...actor },
    alertId: null,
    eventId: null,
    severity: null,
  };
}
