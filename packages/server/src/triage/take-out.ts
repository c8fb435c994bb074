/** take-out: signals that were counted in an alert become alerts of their own: exact counts on both sides, the same incident, and from
 *  now on a cause of their own, so that the system does not put them together again. One transaction, under the lock of triage. */
import { randomBytes } from "node:crypto";
import type { Parsed } from "@holdfast/contracts";
import type { Alert } from "@holdfast/contracts/triage";
import { MOST_APART, type takeOutRoutes } from "@holdfast/contracts/triage-take-out";
import type { Transaction } from "../platform/tables/index.ts";
import { type ActionContext, tellingOf } from "./alert-actions.ts";
import { alertsById } from "./alert-list-store.ts";
import { lockTriage, readAlerts, writeLinks } from "./alert-store.ts";
import { announceAlerts, announceIncidents } from "./announce.ts";
import type { ApplyContext } from "./apply.ts";
import { describeAlerts, hostOf, writeAlerts, type Written } from "./apply-alerts.ts";
import { rescore } from "./apply-risk.ts";
import { digest, type Group, type GroupValue, heldKey, keyOfGroup } from "./causes.ts";
import type { Collapsed } from "./collapse.ts";
import { fail } from "./errors.ts";
import { refreshAndTell } from "./incident-changes.ts";
import { addMembers, markTouched } from "./incident-store.ts";
import { linksOf } from "./links.ts";
import { among, countGroups, endsOf, seenEntities, tally, type Tally } from "./member-signals.ts";
import type { ConditionMaker } from "./members.ts";
import { type Members, membersOfAlert, type MembersContext, refusalOf } from "./members-of.ts";
import { actingAs, type Caller } from "./people.ts";
import { riskSubjects } from "./risk-entities.ts";
import { subjectsOfAlerts } from "./risk-list-store.ts";
import { KEPT, type Sample, type Samples, shownSamples } from "./samples.ts";
import { currentSettings } from "./settings-store.ts";
import * as rows from "./take-out-rows.ts";
import { insertTakeOut } from "./take-out-store.ts";
import { appendTimeline, type NewTimelineEntry } from "./timeline-store.ts";

export interface TakeOutContext extends ActionContext, MembersContext {
  /** How alerts are taken in, with the settings that hold now. */
  readonly applying: (tx: Transaction) => Promise<ApplyContext>;
}

type Body = Parsed<(typeof takeOutRoutes)["takeOut"]>["body"];

/** One alert to be made. */
interface Part {
  /** Null: those listed. */
  readonly groups: readonly Group[] | null;
  readonly listed: readonly string[];
  /** The cause that later signals of its groups have by themselves, by the settings of today. */
  readonly todayKey: string | null;
  readonly narrow: (maker: ConditionMaker) => string;
}

interface Taken {
  readonly part: Part;
  readonly alert: Collapsed;
  readonly causeKey: string;
}

export async function takeOut(
  context: TakeOutContext,
  caller: Caller,
  asked: Body & { readonly id: string },
): Promise<{ kept: Alert; taken: Alert[] }> {
  const { tables, clock } = context;
  return tables.transaction(async (tx) => {
    await lockTriage(tx);
    const applying = await context.applying(tx);
    const members = await membersOfAlert(context, tx, asked.id);
    const refused = refusalOf(members.alert);
    if (refused !== "") throw fail("TRIAGE_TAKE_REFUSED", `Nothing can be taken out of this alert. ${refused}`);
    const [origin] = await readAlerts(tx, [asked.id]);
    if (origin === undefined) throw new Error(`alert ${asked.id} has no samples`);
    const was = await rows.readWas(tx, origin.id);
    const parts = await partsOf(applying, members, asked.what);
    const request = randomBytes(8).toString("hex");
    const taken: Taken[] = [];
    for (const part of parts) taken.push(await madeOf({ members, origin, part, request, title: asked.title }));
    const moved = taken.reduce((sum, { alert }) => sum + alert.count, 0);
    if (moved >= origin.count) {
      throw fail(
        "TRIAGE_TAKE_ALL",
        "These are all signals of the alert: leave at least one, or give the alert another title.",
      );
    }
    const left = await leftOf({ members, origin, taken, moved });
    const work: Work = {
      context,
      tx,
      applying,
      caller,
      members,
      origin,
      was,
      taken,
      left,
      request,
      asked,
      now: clock.now(),
    };
    return write(work);
  });
}

interface Work {
  readonly context: TakeOutContext;
  readonly tx: Transaction;
  readonly applying: ApplyContext;
  readonly caller: Caller;
  readonly members: Members;
  readonly origin: Collapsed;
  readonly was: rows.Was;
  readonly taken: readonly Taken[];
  /** The first alert, as it is without them. */
  readonly left: Collapsed;
  readonly request: string;
  readonly asked: Body;
  readonly now: number;
}

async function partsOf(applying: ApplyContext, members: Members, what: Body["what"]): Promise<Part[]> {
  const { ruleId, exerciseId } = members.alert;
  if (what.kind === "signals") {
    const listed = [...new Set(what.ids)];
    return [{ groups: null, listed, todayKey: null, narrow: (maker) => maker.ids(listed) }];
  }
  const ofGroups = (groups: readonly Group[], todayKey: string | null = null): Part => ({
    groups,
    listed: [],
    todayKey,
    narrow: (maker) => maker.groups(groups),
  });
  if (what.kind === "groups") {
    const groups = distinct(what.groups);
    return what.together ? [ofGroups(groups)] : groups.map((group) => ofGroups([group]));
  }
  const declared = applying.settings.dedup.get(ruleId);
  const today = what.kind === "today";
  const kinds: readonly GroupValue["kind"][] = today ? (declared?.keys ?? ["rule"]) : what.by;
  if (kinds.length === 0)
    throw fail("TRIAGE_NOTHING_TO_TAKE", "Today's settings make all signals of this rule one alert.");
  const { groups, total } = await countGroups(members.asked(), kinds, MOST_APART + 1);
  if (total > MOST_APART + 1) {
    throw fail(
      "TRIAGE_TOO_MANY_GROUPS",
      `That would make ${total - 1} alerts, and one request makes ${MOST_APART} at most: choose groups, or take several out together as one alert.`,
    );
  }
  if (total < 2)
    throw fail(
      "TRIAGE_NOTHING_TO_TAKE",
      `Its signals are one group by ${kinds.join(" and ")}: there is nothing to take apart.`,
    );
  return groups.slice(1).map(({ group }) => {
    const key = today ? keyOfGroup(ruleId, group, { keys: declared?.keys, exerciseId }) : null;
    return ofGroups([group], key === members.alert.causeKey ? null : key);
  });
}

function distinct(groups: readonly Group[]): Group[] {
  const found = new Map(
    groups.map((group) => {
      const lower = group.map(({ kind, value }) => ({ kind, value: value.toLowerCase() }));
      return [JSON.stringify(lower), lower];
    }),
  );
  return [...found.values()];
}

/** The new alert, from the signals that are stored. */
async function madeOf(given: {
  readonly members: Members;
  readonly origin: Collapsed;
  readonly part: Part;
  readonly request: string;
  readonly title: string | undefined;
}): Promise<Taken> {
  const { members, origin, part, request, title } = given;
  const asked = () => members.asked(part.narrow);
  const sum = await tally(asked());
  await requireMembers(members, part, sum);
  const { entities, cut } = await seenEntities(asked());
  const samples = await endsOf(asked(), shownSamples(origin.samples));
  const id = digest(`taken\u0000${origin.id}\u0000${request}\u0000${JSON.stringify(part.groups ?? part.listed)}`);
  const causeKey = part.todayKey ?? digest(`${members.alert.causeKey}\u0000taken:${id}`);
  const told = members.alert.told ?? { keys: null, windowMs: 0, version: 0, all: [] };
  const alert: Collapsed = {
    ...origin,
    id,
    key: origin.hold === null ? causeKey : heldKey(causeKey, origin.hold, origin.holdId),
    causeKey,
    title: title ?? origin.title,
    entity: await entityOf(members, part, sum),
    isNew: true,
    told: { ...told, all: part.groups === null ? told.all : [...told.all, part.groups] },
    added: sum.count,
    count: sum.count,
    firstMs: sum.firstMs,
    lastMs: sum.lastMs,
    firstEvent: sum.firstEvent,
    lastEvent: sum.lastEvent,
    samples,
    entities,
    touchedEntities: new Set(entities.keys()),
    entitiesCut: cut,
    incidentId: null,
  };
  return { part, alert, causeKey };
}

async function requireMembers(members: Members, part: Part, sum: Tally): Promise<void> {
  if (part.groups === null) {
    if (sum.count === part.listed.length) return;
    const found = await among(members.asked(), part.listed);
    const other = part.listed.find((id) => !found.has(id)) ?? "";
    throw fail(
      "TRIAGE_SIGNAL_ELSEWHERE",
      `Signal ${other} is not stored as one of this alert: reload the alert and choose again.`,
    );
  }
  for (const group of part.groups) {
    const one = part.groups.length === 1 ? sum : await tally(members.asked((maker) => maker.groups([group])));
    if (one.count > 0) continue;
    const named = group.map(({ kind, value }) => `${kind} ${value}`).join(" and ");
    throw fail(
      "TRIAGE_NOTHING_TO_TAKE",
      `None of its stored signals names ${named}: reload the alert and choose again.`,
    );
  }
}

/** What it is shown with: the one value that it was taken out by, or what its first signal is about. */
async function entityOf(members: Members, part: Part, sum: Tally): Promise<Collapsed["entity"]> {
  const [only, ...others] = part.groups ?? [];
  const first = only?.[0];
  if (first !== undefined && others.length === 0 && first.kind !== "rule" && first.value !== "") {
    const { groups } = await countGroups(members.asked(part.narrow), [first.kind], 1);
    return { kind: first.kind, value: groups[0]?.shown[0] ?? first.value };
  }
  return sum.entity as Collapsed["entity"];
}

/** The first alert without what is taken. Of signals that are no longer stored it keeps what it knew. */
async function leftOf(given: {
  readonly members: Members;
  readonly origin: Collapsed;
  readonly taken: readonly Taken[];
  readonly moved: number;
}): Promise<Collapsed> {
  const { members, origin, taken, moved } = given;
  const asked = () =>
    members.asked((maker) => `NOT (${taken.map(({ part }) => `(${part.narrow(maker)})`).join(" OR ")})`);
  const sum = await tally(asked());
  const count = origin.count - moved;
  const whole = sum.count === count;
  const held = shownSamples(origin.samples);
  const gone = new Set<string>();
  for (const { part } of taken) {
    const ids = held.map(({ signalId }) => signalId);
    for (const id of await among(members.asked(part.narrow), ids)) gone.add(id);
  }
  const rest = held.filter(({ signalId }) => !gone.has(signalId));
  const { entities, cut } = await seenEntities(asked());
  if (!whole) for (const [key, seen] of entitiesLeft(origin, taken)) if (!entities.has(key)) entities.set(key, seen);
  const free = members.alert.told?.keys?.length === 0 && members.alert.told.all.length === 1;
  return {
    ...origin,
    isNew: true,
    added: 0,
    count,
    entity: free && sum.count > 0 ? (sum.entity as Collapsed["entity"]) : origin.entity,
    firstMs: whole ? sum.firstMs : origin.firstMs,
    lastMs: whole ? sum.lastMs : origin.lastMs,
    samples: mergeSamples([...rest, ...shownSamples(await endsOf(asked(), rest))]),
    entities,
    entitiesCut: whole ? cut : origin.entitiesCut,
    touchedEntities: new Set(entities.keys()),
  };
}

function entitiesLeft(origin: Collapsed, taken: readonly Taken[]): Collapsed["entities"] {
  return new Map([...origin.entities].filter(([key]) => !taken.some(({ alert }) => alert.entities.has(key))));
}

/** Both ends of whatever is given, each signal once. */
export function mergeSamples(given: readonly Sample[]): Samples {
  const all = [...new Map(given.map((sample) => [sample.signalId, sample])).values()].sort(
    (a, b) => a.timeMs - b.timeMs || (a.signalId < b.signalId ? -1 : 1),
  );
  return { first: all.slice(0, KEPT), latest: all.slice(-KEPT) };
}

async function write(work: Work): Promise<{ kept: Alert; taken: Alert[] }> {
  const { context, tx, caller, taken, origin, left, asked, now } = work;
  const made = taken.map(({ alert }) => alert);
  const ids = made.map(({ id }) => id);
  const written = await writeAlerts(work.applying, tx, { touched: made, now });
  await writeLinks(tx, new Map(made.map((alert) => [alert.id, linksOf(written.subjectOf(alert), written.resolve)])));
  const kept = await describeAlerts(work.applying, tx, [left]);
  await rows.writeMade(tx, { alert: left, place: placeOf(left, kept), resolve: kept.resolve });
  await rows.rewriteLinks(tx, origin.id, linksOf(kept.subjectOf(left), kept.resolve));
  await rows.standAs(tx, { fromId: origin.id, ids });
  await remember(work, { written, kept });
  const incidentId = await joinIncident(work);
  await appendTimeline(tx, entriesOf(work));
  const telling = tellingOf(context, caller, now);
  if (origin.incidentId !== null) await refreshAndTell(tx, telling, { ids: [origin.incidentId] });
  await rescore(tx, (await currentSettings(tx)).settings.risk, await subjectsOfAlerts(tx, [origin.id, ...ids]));
  await announceAlerts(context.tables, tx, { raised: ids, changed: [origin.id] });
  if (incidentId !== null) await announceIncidents(context.tables, tx, { changed: [incidentId] });
  await context.audit.append(tx, {
    actor: caller.actor,
    action: "alert.signals.taken",
    target: origin.id,
    details: {
      taken: made.map(({ id, count }) => ({ id, count })),
      left: left.count,
      what: asked.what.kind,
      reason: asked.reason,
    },
  });
  const shown = await alertsById(tx, [origin.id, ...ids]);
  const one = (id: string): Alert => shown.get(id) as Alert;
  return { kept: one(origin.id), taken: ids.map(one) };
}

export function placeOf(alert: Collapsed, { resolve, servicesOf }: Written): rows.Place {
  const host = hostOf(alert);
  const { assetId, identityId } = resolve(alert.entity.kind, alert.entity.value);
  return { host, hostAssetId: resolve("host", host).assetId, assetId, identityId, services: servicesOf(alert) };
}

/** The decisions, and what else went with the signals: withdrawals, risk, what a suppression has counted. */
async function remember(
  work: Work,
  { written, kept }: { readonly written: Written; readonly kept: Written },
): Promise<void> {
  const { tx, caller, members, origin, was, left, asked, request, now } = work;
  const staying = new Set(riskSubjects(left, kept.resolve).map(({ key }) => key));
  const withdrawn = await rows.withdrawnOf(tx, origin.id);
  const { alert } = members;
  const eventAt = await rows.lastEventOf(tx, alert.causeKey);
  for (const { part, alert: made, causeKey } of work.taken) {
    const keys = riskSubjects(made, written.resolve).flatMap(({ key }) => (staying.has(key) ? [] : [key]));
    const riskKeys = await rows.moveRisk(tx, { from: [origin.id], to: made.id, keys });
    await rows.moveWithdrawn(tx, [...(await among(members.asked(part.narrow), withdrawn))], made.id);
    if (origin.hold === "suppressed" && origin.holdId !== null) await rows.countHiddenAlerts(tx, origin.holdId, 1);
    await insertTakeOut(tx, {
      request,
      fromId: origin.id,
      toId: made.id,
      ruleId: origin.ruleId,
      exerciseId: origin.exerciseId,
      causeKey: alert.causeKey,
      rootKey: alert.rootKey,
      newKey: causeKey,
      // What is taken out of a list is a list: later signals never come to it.
      groups: alert.membership.listed === null ? part.groups : null,
      eventAt,
      at: now,
      by: caller.actor.name,
      byId: caller.actor.id,
      reason: asked.reason,
      title: made.title,
      count: made.count,
      leftCount: left.count,
      riskKeys,
      was,
      listed: alert.membership.listed === null || part.groups === null ? part.listed : await listOf(work, part),
    });
  }
}

async function listOf({ members }: Work, part: Part): Promise<string[]> {
  return [...(await among(members.asked(part.narrow), members.alert.membership.listed ?? []))];
}

/** What is taken out of a member stays under the same joint work. @returns the incident */
async function joinIncident(work: Work): Promise<string | null> {
  const { tx, caller, origin, asked, now, taken } = work;
  const { incidentId } = origin;
  const open = incidentId === null ? null : await rows.openIncidentOf(tx, incidentId);
  if (incidentId === null || open === null) return null;
  const alertIds = taken.map(({ alert }) => alert.id);
  const reason = `${caller.actor.name} took it out of "${origin.title}", which stands in this incident: ${asked.reason}`;
  await addMembers(tx, { incidentId, alertIds, reason, now });
  await markTouched(tx, [incidentId]);
  return incidentId;
}

function entriesOf({ caller, origin, taken, left, asked, now }: Work): NewTimelineEntry[] {
  const base = { at: now, kind: "merge", body: asked.reason, ...actingAs(caller) } as const;
  const entries = taken.flatMap(({ alert }): NewTimelineEntry[] => [
    {
      ...base,
      subject: origin.id,
      alertId: alert.id,
      title: `Took ${signals(alert.count)} out into "${alert.title}" (${alert.entity.value}); ${left.count} stay`,
    },
    {
      ...base,
      subject: alert.id,
      alertId: origin.id,
      title: `Taken out of "${origin.title}" (${origin.entity.value}) with ${signals(alert.count)}`,
    },
  ]);
  if (origin.incidentId === null) return entries;
  const moved = taken.reduce((sum, { alert }) => sum + alert.count, 0);
  const alerts = taken.length === 1 ? "an alert of its own" : `${taken.length} alerts`;
  const title = `Took ${signals(moved)} out of "${origin.title}" into ${alerts}`;
  return [...entries, { ...base, subject: origin.incidentId, alertId: taken[0]?.alert.id ?? origin.id, title }];
}

export const signals = (count: number): string => (count === 1 ? "1 signal" : `${count} signals`);
