/** put-back: a take-out undone. The first alert is what it was before, and what has come to either since; nothing is lost or counted twice.
 *  The emptied alert keeps its page and what people wrote there. */
import type { Alert } from "@holdfast/contracts/triage";
import type { Transaction } from "../platform/tables/index.ts";
import { tellingOf } from "./alert-actions.ts";
import { alertsById } from "./alert-list-store.ts";
import { lockTriage, readAlerts } from "./alert-store.ts";
import { announceAlerts, announceIncidents } from "./announce.ts";
import { describeAlerts } from "./apply-alerts.ts";
import { rescore } from "./apply-risk.ts";
import { type Collapsed, MAX_ENTITIES } from "./collapse.ts";
import { fail } from "./errors.ts";
import { refreshAndTell } from "./incident-changes.ts";
import { readMembers } from "./member-store.ts";
import { actingAs, type Caller } from "./people.ts";
import { subjectsOfAlerts } from "./risk-list-store.ts";
import { shownSamples } from "./samples.ts";
import { currentSettings } from "./settings-store.ts";
import { mergeSamples, placeOf, signals, type TakeOutContext } from "./take-out.ts";
import * as rows from "./take-out-rows.ts";
import { markUndone, type StoredTakeOut, wasOf } from "./take-out-store.ts";
import { appendTimeline, type NewTimelineEntry } from "./timeline-store.ts";

export async function putBack(
  context: TakeOutContext,
  caller: Caller,
  asked: { readonly id: string; readonly reason: string; readonly together: boolean },
): Promise<{ alert: Alert; putBack: string[] }> {
  return context.tables.transaction(async (tx) => {
    await lockTriage(tx);
    const { standing, undone } = await decisionsOf(tx, asked);
    const [first] = undone;
    if (first === undefined) throw new Error("nothing to undo");
    requireFree(standing, undone);
    const found = new Map(
      (await readAlerts(tx, [first.fromId, ...undone.map(({ toId }) => toId)])).map((one) => [one.id, one]),
    );
    const origin = found.get(first.fromId);
    if (origin === undefined) throw new Error(`alert ${first.fromId} is gone`);
    const taken = undone.flatMap((decision) => {
      const alert = found.get(decision.toId);
      return alert === undefined ? [] : [{ decision, alert }];
    });
    const was = isLast(standing, undone) ? await wasOf<rows.Was>(tx, first.id) : undefined;
    return write({ context, tx, caller, origin, taken, was, reason: asked.reason, now: context.clock.now() });
  });
}

interface Taken {
  readonly decision: StoredTakeOut;
  readonly alert: Collapsed;
}

interface Work {
  readonly context: TakeOutContext;
  readonly tx: Transaction;
  readonly caller: Caller;
  readonly origin: Collapsed;
  readonly taken: readonly Taken[];
  /** How the first alert stood before all of them, where nothing that still stands was taken out of it since. */
  readonly was: rows.Was | undefined;
  readonly reason: string;
  readonly now: number;
}

async function decisionsOf(
  tx: Transaction,
  asked: { readonly id: string; readonly together: boolean },
): Promise<{ standing: StoredTakeOut[]; undone: StoredTakeOut[] }> {
  const members = await readMembers(tx, asked.id);
  if (members === undefined) {
    throw fail(
      "TRIAGE_ALERT_UNKNOWN",
      `There is no alert ${asked.id}: it may have a different id on this installation.`,
    );
  }
  const standing = members.decisions.filter(({ undoneAt }) => undoneAt === null);
  const own = standing.find(({ toId }) => toId === asked.id);
  if (own === undefined) {
    throw fail(
      "TRIAGE_NOT_TAKEN",
      "This alert was not taken out of another one, or that was undone: there is nothing to put back.",
    );
  }
  return { standing, undone: asked.together ? standing.filter(({ request }) => request === own.request) : [own] };
}

/** What was taken out of it goes back to it first; and what was told apart by something else later was told apart without it. */
function requireFree(standing: readonly StoredTakeOut[], undone: readonly StoredTakeOut[]): void {
  const going = new Set(undone.map(({ toId }) => toId));
  for (const one of undone) {
    const nested = standing.find(({ fromId }) => fromId === one.toId);
    const later = standing.find(
      (other) => other.fromId === one.fromId && other.id > one.id && !going.has(other.toId) && !areApart(one, other),
    );
    const first = nested ?? later;
    if (first === undefined) continue;
    throw fail(
      "TRIAGE_TAKE_REFUSED",
      `Put "${first.title}" (alert ${first.toId}) back first: it was taken out later.`,
      {
        details: { alertId: first.toId },
      },
    );
  }
}

/** No signal can be of both: told apart by the same kinds, or named one by one where the earlier groups were gone already. */
function areApart(one: StoredTakeOut, later: StoredTakeOut): boolean {
  if (later.groups === null) return true;
  const kinds = (groups: NonNullable<StoredTakeOut["groups"]>): string =>
    [...new Set(groups.map((group) => group.map(({ kind }) => kind).join(",")))].join(";");
  return one.groups !== null && kinds(one.groups) === kinds(later.groups);
}

/** Everything since the first request among them goes back with them. */
function isLast(standing: readonly StoredTakeOut[], undone: readonly StoredTakeOut[]): boolean {
  const going = new Set(undone.map(({ id }) => id));
  const requests = new Set(undone.map(({ request }) => request));
  const from = undone[0]?.fromId;
  const first = Math.min(...standing.filter(({ request }) => requests.has(request)).map(({ id }) => id));
  return standing.every((one) => one.fromId !== from || one.id < first || going.has(one.id));
}

async function write(work: Work): Promise<{ alert: Alert; putBack: string[] }> {
  const { context, tx, caller, origin, taken, was, reason, now } = work;
  const ids = taken.map(({ alert }) => alert.id);
  const homes = [
    ...new Set([origin, ...taken.map(({ alert }) => alert)].flatMap(({ incidentId }) => incidentId ?? [])),
  ];
  const whole = wholeOf(work);
  const known = await describeAlerts(await context.applying(tx), tx, [whole]);
  const place = was === undefined ? placeOf(whole, known) : placeOfWas(was);
  await rows.writeMade(tx, { alert: whole, place, resolve: known.resolve });
  const changed = changedOf(work);
  await rows.restoreLinks(tx, {
    id: origin.id,
    was: was?.links ?? [],
    added: was === undefined ? [origin.id, ...ids] : changed.map(({ id }) => id),
    gone: ids,
  });
  const keys = taken.flatMap(({ decision }) => decision.riskKeys);
  await rows.moveRisk(tx, { from: ids, to: origin.id, keys });
  await rows.emptyInto(tx, { ids, into: origin.id, now });
  for (const { decision, alert } of taken) {
    const events = [await rows.lastEventOf(tx, decision.causeKey), await rows.lastEventOf(tx, decision.newKey)];
    const event = events.reduce((a, b) => (b > a ? b : a));
    await markUndone(tx, { id: decision.id, at: now, event, by: caller.actor.name, why: reason });
    if (alert.hold === "suppressed" && alert.holdId !== null && alert.holdId === origin.holdId)
      await rows.countHiddenAlerts(tx, alert.holdId, -1);
  }
  await appendTimeline(tx, entriesOf(work));
  const { settings } = await currentSettings(tx);
  await refreshAndTell(tx, tellingOf(context, caller, now), { ids: homes });
  await rescore(tx, settings.risk, await subjectsOfAlerts(tx, [origin.id]));
  await announceAlerts(context.tables, tx, { changed: [origin.id, ...ids] });
  await announceIncidents(context.tables, tx, { changed: homes });
  await context.audit.append(tx, {
    actor: caller.actor,
    action: "alert.signals.put-back",
    target: origin.id,
    details: { from: taken.map(({ alert }) => ({ id: alert.id, count: alert.count })), reason },
  });
  return { alert: (await alertsById(tx, [origin.id])).get(origin.id) as Alert, putBack: ids };
}

/** Those that got signals after the decision: the picture of before does not know of them. */
function changedOf({ origin, taken, was }: Work): Collapsed[] {
  if (was === undefined) return [origin, ...taken.map(({ alert }) => alert)];
  const left = taken[taken.length - 1]?.decision.leftCount;
  return [
    ...(origin.count === left ? [] : [origin]),
    ...taken.flatMap(({ decision, alert }) => (alert.count === decision.count ? [] : [alert])),
  ];
}

function wholeOf(work: Work): Collapsed {
  const { origin, taken, was } = work;
  const all = [origin, ...taken.map(({ alert }) => alert)];
  const first = was === undefined ? earliest(all) : undefined;
  const base = was === undefined ? new Map(origin.entities) : rows.entitiesOfWas(was);
  let cut = was === undefined ? origin.entitiesCut : was.alert.entities_cut;
  for (const alert of was === undefined ? taken.map((one) => one.alert) : changedOf(work)) {
    for (const [key, { entity, firstMs, lastMs }] of alert.entities) {
      const seen = base.get(key);
      if (seen !== undefined) {
        seen.firstMs = Math.min(seen.firstMs, firstMs);
        seen.lastMs = Math.max(seen.lastMs, lastMs);
      } else if (base.size < MAX_ENTITIES) base.set(key, { entity, firstMs, lastMs });
      else cut += 1;
    }
    if (was === undefined) cut += alert.entitiesCut;
  }
  const samples = [
    ...(was === undefined ? [] : shownSamples(was.samples)),
    ...all.flatMap((alert) => shownSamples(alert.samples)),
  ];
  const events = (of: (alert: Collapsed) => bigint | null): bigint[] => all.flatMap((alert) => of(alert) ?? []);
  const [firsts, lasts] = [events(({ firstEvent }) => firstEvent), events(({ lastEvent }) => lastEvent)];
  return {
    ...origin,
    isNew: true,
    entity:
      was === undefined
        ? (first ?? origin).entity
        : { kind: was.alert.entity_kind as Collapsed["entity"]["kind"], value: was.alert.entity_value },
    count: all.reduce((sum, { count }) => sum + count, 0),
    firstMs: Math.min(...all.map(({ firstMs }) => firstMs), Number(was?.alert.first_seen ?? Number.POSITIVE_INFINITY)),
    lastMs: Math.max(...all.map(({ lastMs }) => lastMs), Number(was?.alert.last_seen ?? 0)),
    firstEvent: origin.firstEvent === null ? null : firsts.reduce((a, b) => (b < a ? b : a)),
    lastEvent: origin.lastEvent === null ? null : lasts.reduce((a, b) => (b > a ? b : a)),
    samples: mergeSamples(samples),
    entities: base,
    touchedEntities: new Set(base.keys()),
    entitiesCut: cut,
  };
}

/** Where nothing tells what an alert is about, its first signal does. */
function earliest(all: readonly Collapsed[]): Collapsed | undefined {
  const [origin] = all;
  if (origin?.told?.keys?.length !== 0) return origin;
  return all.reduce((best, one) => ((one.firstEvent ?? 0n) < (best.firstEvent ?? 0n) ? one : best), origin);
}

function placeOfWas({ alert }: rows.Was): rows.Place {
  const { host, host_asset_id, asset_id, identity_id, services } = alert;
  return { host, hostAssetId: host_asset_id, assetId: asset_id, identityId: identity_id, services };
}

function entriesOf({ caller, origin, taken, reason, now }: Work): NewTimelineEntry[] {
  const base = { at: now, kind: "merge", body: reason, ...actingAs(caller) } as const;
  return taken.flatMap(({ alert }): NewTimelineEntry[] => {
    const title = `Put "${alert.title}" (${alert.entity.value}) back with ${signals(alert.count)}`;
    const homes = new Set([origin.incidentId, alert.incidentId].filter((id) => id !== null));
    return [
      { ...base, subject: origin.id, alertId: alert.id, title },
      {
        ...base,
        subject: alert.id,
        alertId: origin.id,
        title: `Put back into "${origin.title}" with ${signals(alert.count)}`,
      },
      ...[...homes].map((subject) => ({
        ...base,
        subject,
        alertId: origin.id,
        title: `${title} into "${origin.title}"`,
      })),
    ];
  });
}
