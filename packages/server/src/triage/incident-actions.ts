/** incident-actions: what people do with incidents. Each change is one transaction with its timeline and audit entries.
 *  Once a person has worked on an incident, the system adds alerts to it but never fuses it away. */
import { createHash } from "node:crypto";
import type { Parsed } from "@holdfast/contracts";
import type { Incident, TimelineItem, triageRoutes } from "@holdfast/contracts/triage";
import type { Transaction } from "../platform/tables/index.ts";
import { standingOf } from "./alert-action-store.ts";
import { type ActionContext, tellingOf } from "./alert-actions.ts";
import { closeWithIncident, reopenWithIncident } from "./close-store.ts";
import { lockTriage } from "./alert-store.ts";
import { announceAlerts, announceIncidents } from "./announce.ts";
import { fail } from "./errors.ts";
import { refreshAndTell, type Told } from "./incident-changes.ts";
import { findIncident, type IncidentRecord } from "./incident-list-store.ts";
import * as store from "./incident-store.ts";
import { mergeRows, nextNumber, unmergeRows } from "./join-store.ts";
import { type Acting, actingAs, type Caller, findPerson } from "./people.ts";
import { rescore } from "./apply-risk.ts";
import { subjectsOfAlerts } from "./risk-list-store.ts";
import { currentSettings } from "./settings-store.ts";
import { appendTimeline, type NewTimelineEntry } from "./timeline-store.ts";

type UpdateBody = Parsed<(typeof triageRoutes)["updateIncident"]>["body"];

export async function createIncident(
  context: ActionContext,
  caller: Caller,
  asked: { readonly title: string; readonly alertIds: readonly string[] },
): Promise<Incident> {
  return changed(context, caller, async (work) => {
    const { alertIds, exerciseId } = await freeAlerts(work.tx, asked.alertIds, null);
    const number = await nextNumber(work.tx);
    const id = createHash("sha256")
      .update(`incident\u0000${number}\u0000${alertIds[0] ?? ""}`)
      .digest("hex")
      .slice(0, 32);
    await store.insertIncident(work.tx, {
      id,
      number,
      title: asked.title,
      by: caller.actor.name,
      now: work.now,
      exerciseId,
    });
    const reason = `${caller.actor.name} opened the incident with it.`;
    await store.addMembers(work.tx, { incidentId: id, alertIds, reason, now: work.now });
    await work.note(id, { kind: "state", title: `Opened with ${countOf(alertIds.length, "alert")}` });
    return {
      roots: [id],
      opened: [id],
      told: [{ kind: "opened", incidentId: id }],
      alerts: alertIds,
      audit: { action: "incident.opened", target: id, details: { number, alertIds } },
    };
  }).then(([incident]) => incident);
}

export async function updateIncident(
  context: ActionContext,
  caller: Caller,
  asked: { readonly id: string; readonly body: UpdateBody },
): Promise<Incident> {
  const { reason = "", assignee: wanted, waitingPerson = null, verdict = "true-positive", ...rest } = asked.body;
  const assignee = wanted === undefined || wanted === null ? wanted : await personOf(context, wanted);
  return changed(context, caller, async (work) => {
    const { incident } = await openRecord(work.tx, asked.id);
    const whole = defined({ ...rest, assignee });
    const { waitingFor, ...others } = whole;
    const change = context.onWaiting === undefined ? whole : others;
    await store.updateIncident(work.tx, incident.id, { change, by: caller.actor.name, now: work.now });
    if (waitingFor !== undefined && (waitingPerson !== null || waitingFor !== (incident.waitingFor?.team ?? null))) {
      const waiting = { team: waitingFor, person: waitingPerson, reason, at: work.now };
      await context.onWaiting?.(work.tx, { incidentId: incident.id, ...waiting });
    }
    for (const entry of entriesOf(incident, change))
      await work.note(incident.id, { ...entry, body: entry.body ?? reason });
    const state = change.state !== undefined && change.state !== incident.state ? change.state : undefined;
    const alerts = state === undefined ? [] : await carryState(work, { incident, state, verdict });
    return {
      roots: [incident.id],
      alerts,
      told: [
        ...(state === undefined ? [] : [{ kind: "state", incidentId: incident.id, before: incident.state } as const]),
        ...(change.severity === undefined || change.severity === incident.severity
          ? []
          : [{ kind: "severity", incidentId: incident.id, before: incident.severity } as const]),
      ],
      audit: {
        action: "incident.changed",
        target: incident.id,
        details: { ...whole, ...(waitingPerson !== null && { waitingPerson }), reason },
      },
    };
  }).then(([incident]) => incident);
}

export async function addMembers(
  context: ActionContext,
  caller: Caller,
  asked: { readonly id: string; readonly alertIds: readonly string[]; readonly reason: string },
): Promise<Incident> {
  return changed(context, caller, async (work) => {
    const { incident } = await openRecord(work.tx, asked.id);
    const { alertIds } = await freeAlerts(work.tx, asked.alertIds, incident);
    const reason =
      asked.reason === "" ? `${caller.actor.name} added it.` : `${caller.actor.name} added it: ${asked.reason}`;
    // Without a reason of its own, adding what was taken out undoes that.
    const back = asked.reason === "" ? await store.putBack(work.tx, { rootId: incident.id, alertIds }) : [];
    const added = alertIds.filter((id) => !back.includes(id));
    await store.addMembers(work.tx, { incidentId: incident.id, alertIds: added, reason, now: work.now });
    const told = [
      ...(back.length > 0 ? [`Put ${countOf(back.length, "alert")} back`] : []),
      ...(added.length > 0 ? [`Added ${countOf(added.length, "alert")}`] : []),
    ];
    for (const title of told) await work.note(incident.id, { kind: "member", title, body: asked.reason });
    const details = { alertIds, reason: asked.reason };
    return {
      roots: [incident.id],
      alerts: alertIds,
      audit: { action: "incident.members.added", target: incident.id, details },
    };
  }).then(([incident]) => incident);
}

export async function removeMember(
  context: ActionContext,
  caller: Caller,
  asked: { readonly id: string; readonly alertId: string },
): Promise<Incident> {
  return changed(context, caller, async (work) => {
    const { incident } = await openRecord(work.tx, asked.id);
    const { alertId } = asked;
    const done = await store.removeMember(work.tx, {
      rootId: incident.id,
      alertId,
      by: work.acting.actor,
      now: work.now,
    });
    if (!done)
      throw fail("TRIAGE_NOT_MEMBER", `Alert ${alertId} is no member of INC-${incident.number}: reload the incident.`);
    const [alert] = await standingOf(work.tx, [alertId]);
    await work.note(incident.id, { kind: "member", title: `Took out "${alert?.title ?? alertId}"`, alertId });
    await work.note(alertId, { kind: "member", title: `Taken out of INC-${incident.number}`, alertId });
    return {
      roots: [incident.id],
      alerts: [alertId],
      audit: { action: "incident.member.removed", target: incident.id, details: { alertId } },
    };
  }).then(([incident]) => incident);
}

export async function mergeIncident(
  context: ActionContext,
  caller: Caller,
  asked: { readonly id: string; readonly otherId: string; readonly reason: string },
): Promise<Incident> {
  return changed(context, caller, async (work) => {
    const { incident: kept } = await openRecord(work.tx, asked.id);
    const { incident: merged } = await openRecord(work.tx, asked.otherId);
    if (kept.id === merged.id) {
      throw fail("TRIAGE_SAME_INCIDENT", `INC-${kept.number} cannot be merged into itself: choose another incident.`);
    }
    if (kept.exerciseId !== merged.exerciseId) throw mixed(`INC-${merged.number} and INC-${kept.number}`);
    await mergeRows(work.tx, {
      keptId: kept.id,
      mergedId: merged.id,
      reason: asked.reason,
      now: work.now,
      bySystem: false,
    });
    await work.note(kept.id, {
      kind: "merge",
      title: `Merged INC-${merged.number} into this incident`,
      body: asked.reason,
    });
    const details = { merged: merged.id, number: merged.number, reason: asked.reason };
    const told = [{ kind: "merged", incidentId: merged.id, otherId: kept.id }] as const;
    return {
      roots: [kept.id],
      also: [merged.id],
      told,
      audit: { action: "incident.merged", target: kept.id, details },
    };
  }).then(([incident]) => incident);
}

export async function unmergeIncident(
  context: ActionContext,
  caller: Caller,
  id: string,
): Promise<{ kept: Incident; restored: Incident }> {
  const [kept, restored] = await changed(context, caller, async (work) => {
    const { incident } = await openRecord(work.tx, id);
    const restoredId = await unmergeRows(work.tx, incident.id, work.now);
    if (restoredId === null) {
      throw fail("TRIAGE_NOTHING_MERGED", `Nothing is merged into INC-${incident.number}: there is nothing to undo.`);
    }
    await work.note(incident.id, { kind: "merge", title: "Undid the last merge" });
    await work.note(restoredId, { kind: "merge", title: `Separated from INC-${incident.number}` });
    const audit = { action: "incident.unmerged", target: incident.id, details: { restored: restoredId } };
    const told = [{ kind: "unmerged", incidentId: restoredId, otherId: incident.id }] as const;
    return { roots: [incident.id, restoredId], told, audit };
  });
  return { kept, restored: restored ?? kept };
}

export async function commentIncident(
  context: ActionContext,
  caller: Caller,
  asked: { readonly id: string; readonly text: string },
): Promise<TimelineItem> {
  let item: TimelineItem | undefined;
  await changed(context, caller, async (work) => {
    const { incident } = await openRecord(work.tx, asked.id);
    item = await work.note(incident.id, { kind: "comment", title: "Commented", body: asked.text });
    const details = { characters: asked.text.length };
    return { roots: [incident.id], audit: { action: "incident.commented", target: incident.id, details } };
  });
  return item as TimelineItem;
}

export interface Work {
  readonly tx: Transaction;
  readonly now: number;
  readonly acting: Acting;
  note(subject: string, entry: Pick<NewTimelineEntry, "kind" | "title" | "body" | "alertId">): Promise<TimelineItem>;
}

export interface Outcome {
  /** Incidents to work out again and to answer with, the one acted on first. */
  readonly roots: readonly string[];
  /** Others that are shown differently now. */
  readonly also?: readonly string[];
  readonly opened?: readonly string[];
  /** What those who listen to incidents are told. */
  readonly told?: readonly Told[];
  readonly alerts?: readonly string[];
  readonly audit: {
    readonly action: string;
    readonly target: string;
    readonly details: Readonly<Record<string, unknown>>;
  };
}

export async function changed(
  context: ActionContext,
  caller: Caller,
  work: (given: Work) => Promise<Outcome>,
): Promise<[Incident, ...Incident[]]> {
  const { tables, clock, audit } = context;
  const acting = actingAs(caller);
  return tables.transaction(async (tx) => {
    await lockTriage(tx);
    const now = clock.now();
    const note: Work["note"] = async (subject, entry) => {
      const [item] = await appendTimeline(tx, [{ subject, at: now, ...entry, ...acting }]);
      return item as TimelineItem;
    };
    const outcome = await work({ tx, now, acting, note });
    await store.markTouched(tx, outcome.roots);
    const told = outcome.told ?? [];
    await refreshAndTell(tx, tellingOf(context, caller, now), { ids: outcome.roots, told });
    await announceAlerts(tables, tx, { changed: outcome.alerts ?? [] });
    const opened = outcome.opened ?? [];
    const others = [...outcome.roots, ...(outcome.also ?? [])].filter((id) => !opened.includes(id));
    await announceIncidents(tables, tx, { opened, changed: others });
    const incidents: Incident[] = [];
    for (const id of outcome.roots) incidents.push((await requireRecord(tx, id)).incident);
    await audit.append(tx, { actor: caller.actor, ...outcome.audit });
    return incidents as [Incident, ...Incident[]];
  });
}

/** Alerts close with their incident, and stand as before when it opens again. */
async function carryState(
  work: Work,
  change: {
    readonly incident: Incident;
    readonly state: Incident["state"];
    readonly verdict: NonNullable<UpdateBody["verdict"]>;
  },
): Promise<string[]> {
  const { incident, state, verdict } = change;
  const over = state === "closed" || state === "resolved";
  const ids = over
    ? await closeWithIncident(work.tx, { incidentId: incident.id, verdict, now: work.now })
    : await reopenWithIncident(work.tx, incident.id);
  if (ids.length === 0) return ids;
  const { settings } = await currentSettings(work.tx);
  await rescore(work.tx, settings.risk, await subjectsOfAlerts(work.tx, ids));
  const title = over
    ? `Closed ${countOf(ids.length, "alert")} with the incident as ${verdict}`
    : `Opened ${countOf(ids.length, "alert")} again, each as it stood before`;
  await work.note(incident.id, { kind: "state", title });
  return ids;
}

async function requireRecord(tx: Transaction, id: string): Promise<IncidentRecord> {
  const record = await findIncident(tx, id);
  if (record === undefined) {
    throw fail("TRIAGE_INCIDENT_UNKNOWN", `There is no incident ${id}: use its number, such as INC-12, or its id.`);
  }
  return record;
}

/** An incident that was merged is worked on where it was merged to. */
export async function openRecord(tx: Transaction, id: string): Promise<IncidentRecord> {
  const record = await requireRecord(tx, id);
  return record.mergedInto === null ? record : requireRecord(tx, record.rootId);
}

/** Those that stand in no incident yet. What an exercise made and what is real never meet in one: an action on it would be sent for the
 *  one and rehearsed for the other. */
async function freeAlerts(
  tx: Transaction,
  asked: readonly string[],
  incident: Pick<Incident, "id" | "exerciseId" | "number"> | null,
): Promise<{ readonly alertIds: string[]; readonly exerciseId: string | null }> {
  const ids = [...new Set(asked)];
  const standing = await standingOf(tx, ids);
  const known = new Set(standing.map((alert) => alert.id));
  const missing = ids.find((id) => !known.has(id));
  if (missing !== undefined)
    throw fail("TRIAGE_ALERT_UNKNOWN", `There is no alert ${missing}: reload the queue and select again.`);
  const taken = standing.find((alert) => alert.incidentId !== null && alert.incidentId !== (incident?.id ?? null));
  if (taken !== undefined) {
    throw fail(
      "TRIAGE_MERGED_ELSEWHERE",
      `"${taken.title}" already stands in another incident: take it out there first, or merge the incidents.`,
      {
        details: { alertId: taken.id, incidentId: taken.incidentId },
      },
    );
  }
  const exerciseId = incident === null ? (standing[0]?.exerciseId ?? null) : incident.exerciseId;
  const stranger = standing.find((alert) => alert.exerciseId !== exerciseId);
  if (stranger !== undefined)
    throw mixed(`"${stranger.title}" and ${incident === null ? "the other alerts" : `INC-${incident.number}`}`);
  const free = standing.filter((alert) => alert.incidentId === null && !alert.isPutBack);
  return { alertIds: free.map((alert) => alert.id), exerciseId };
}

function mixed(which: string): Error {
  return fail(
    "TRIAGE_EXERCISE_MIXED",
    `${which} do not belong together: what an exercise made and what is real stay apart, and so do two exercises.`,
  );
}

async function personOf(context: ActionContext, wanted: string): Promise<{ id: string; name: string }> {
  const person = await findPerson(wanted, context.people);
  if (person === undefined) {
    throw fail(
      "TRIAGE_PERSON_UNKNOWN",
      `There is no person "${wanted}" to assign to: take an id from GET /api/people.`,
    );
  }
  return { id: person.id, name: person.name };
}

function entriesOf(
  before: Incident,
  change: store.IncidentChange,
): Pick<NewTimelineEntry, "kind" | "title" | "body">[] {
  const entries: Pick<NewTimelineEntry, "kind" | "title" | "body">[] = [];
  if (change.title !== undefined && change.title !== before.title) {
    entries.push({ kind: "state", title: `Renamed to "${change.title}"` });
  }
  if (change.summary !== undefined) entries.push({ kind: "state", title: "Wrote the summary", body: change.summary });
  if (change.severity !== undefined && change.severity !== before.severity) {
    entries.push({ kind: "severity", title: `Severity changed from ${before.severity} to ${change.severity}` });
  }
  if (change.state !== undefined && change.state !== before.state) {
    entries.push({ kind: "state", title: `State changed from ${before.state} to ${change.state}` });
  }
  if (change.team !== undefined && change.team !== before.team) {
    entries.push({ kind: "assignment", title: change.team === null ? "Team removed" : `Handed to ${change.team}` });
  }
  if (change.assignee !== undefined && change.assignee?.id !== before.assignee?.id) {
    entries.push({
      kind: "assignment",
      title: change.assignee === null ? "Assignment removed" : `Assigned to ${change.assignee.name}`,
    });
  }
  if (change.waitingFor !== undefined && change.waitingFor !== (before.waitingFor?.team ?? null)) {
    const title = change.waitingFor === null ? "Waits for nobody any more" : `Waits for ${change.waitingFor}`;
    entries.push({ kind: "assignment", title });
  }
  return entries;
}

/** Without the keys whose value is undefined. */
function defined(
  change: { [K in keyof store.IncidentChange]: store.IncidentChange[K] | undefined },
): store.IncidentChange {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

export function countOf(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}
