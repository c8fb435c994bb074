/** incident-split: taking members into an incident of their own, and putting them back as they stood. */
import type { Incident } from "@holdfast/contracts/triage";
import type { ActionContext } from "./alert-actions.ts";
import { incidentId } from "./apply-joins.ts";
import { fail } from "./errors.ts";
import { changed, countOf, openRecord } from "./incident-actions.ts";
import * as store from "./incident-store.ts";
import { mergeRows, nextNumber } from "./join-store.ts";
import type { Caller } from "./people.ts";
import { insertSplit, splitOf, takeOut, undoSplit } from "./split-store.ts";

export async function splitIncident(
  context: ActionContext,
  caller: Caller,
  asked: { readonly id: string; readonly alertIds: readonly string[]; readonly title: string; readonly reason: string },
): Promise<{ kept: Incident; split: Incident }> {
  const [kept, split] = await changed(context, caller, async (work) => {
    const { tx, now } = work;
    const { incident } = await openRecord(tx, asked.id);
    const alertIds = [...new Set(asked.alertIds)];
    const moved = await takeOut(tx, { rootId: incident.id, alertIds, by: work.acting.actor, now });
    if (moved.length < alertIds.length) {
      const known = new Set(moved.map(({ alertId }) => alertId));
      const missing = alertIds.find((id) => !known.has(id)) ?? "";
      throw fail("TRIAGE_NOT_MEMBER", `Alert ${missing} is no member of INC-${incident.number}: reload the incident.`);
    }
    const number = await nextNumber(tx);
    const id = incidentId(number, alertIds[0] ?? "");
    const { exerciseId } = incident;
    await store.insertIncident(tx, { id, number, title: asked.title, by: caller.actor.name, now, exerciseId });
    const why = asked.reason === "" ? "" : `: ${asked.reason}`;
    const reason = `${caller.actor.name} took it out of INC-${incident.number}${why}`;
    await store.addMembers(tx, { incidentId: id, alertIds, reason, now });
    await insertSplit(tx, { fromId: incident.id, toId: id, at: now, reason: asked.reason, moved });
    const body = asked.reason;
    const count = countOf(alertIds.length, "alert");
    await work.note(incident.id, { kind: "merge", title: `Split ${count} off into INC-${number}`, body });
    await work.note(id, { kind: "merge", title: `Split off INC-${incident.number} with ${count}`, body });
    const details = { split: id, number, alertIds, reason: asked.reason };
    return {
      roots: [incident.id, id],
      opened: [id],
      told: [{ kind: "opened", incidentId: id }],
      alerts: alertIds,
      audit: { action: "incident.split", target: incident.id, details },
    };
  });
  return { kept, split: split ?? kept };
}

export async function unsplitIncident(context: ActionContext, caller: Caller, id: string): Promise<Incident> {
  const [kept] = await changed(context, caller, async (work) => {
    const { tx, now } = work;
    const { incident } = await openRecord(tx, id);
    const split = await splitOf(tx, incident.id);
    if (split === undefined) {
      throw fail(
        "TRIAGE_NOTHING_SPLIT",
        `INC-${incident.number} was not split off another incident, or that was undone.`,
      );
    }
    const { incident: from } = await openRecord(tx, split.fromId);
    const { moved } = split;
    const back = await undoSplit(tx, { toId: incident.id, fromId: from.id, moved, now });
    const count = countOf(back, "alert");
    await work.note(from.id, { kind: "merge", title: `Took ${count} back from INC-${incident.number}` });
    const details = { from: from.id, alerts: back };
    const audit = { action: "incident.unsplit", target: incident.id, details };
    const alerts = moved.map(({ alertId }) => alertId);
    // What came to it since stays where it is; without any it is shown where it came from.
    if (incident.alerts > back) return { roots: [from.id, incident.id], alerts, audit };
    const reason = "Its split was undone.";
    await mergeRows(tx, { keptId: from.id, mergedId: incident.id, reason, now, bySystem: false });
    const told = [{ kind: "merged", incidentId: incident.id, otherId: from.id }] as const;
    return { roots: [from.id], also: [incident.id], told, alerts, audit };
  });
  return kept;
}
