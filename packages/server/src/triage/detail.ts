/** detail: one alert and one incident with all that their pages show: samples, hourly rate, members, and one timeline that
 *  mixes events, alerts and what people did. */
import { type AlertDetail, type IncidentDetail, isReported, type TimelineItem } from "@holdfast/contracts/triage";
import type { EventStore } from "../platform/events/index.ts";
import type { Log } from "../platform/log/index.ts";
import type { Executor, Tables } from "../platform/tables/index.ts";
import { decidedOf } from "./alert-action-store.ts";
import { alertsById, iso } from "./alert-list-store.ts";
import { type AlertExtra, entitiesOfAlert, extraOfAlert, samplesOf } from "./detail-store.ts";
import { fail } from "./errors.ts";
import { entitiesOfIncident, familyOf, findIncident, membersOf } from "./incident-list-store.ts";
import { foldRepeats } from "./repeats.ts";
import { type Sample, shownSamples } from "./samples.ts";
import { readRate } from "./rate-store.ts";
import { timelineOfAlert, timelineOfIncident } from "./timeline-store.ts";

export interface RuleText {
  readonly description: string;
  readonly falsepositives: readonly string[];
  /** How mature the rule says it is: stable, test, experimental, … */
  readonly status?: string;
}

export interface DetailContext {
  readonly tables: Tables;
  readonly events: EventStore;
  readonly log: Log;
  /** What the rule says about itself; undefined when it is no longer loaded. */
  readonly describeRule: (ruleId: string) => RuleText | undefined;
  /** What later areas wrote about these incidents, for the same timeline; none when nobody does. */
  readonly workOf?: (executor: Executor, incidentIds: readonly string[]) => Promise<TimelineItem[]>;
  /** Changes of the estate on what an incident hit, whose window touches the range. */
  readonly changesOn?: (
    hit: { readonly hosts: readonly string[]; readonly services: readonly string[] },
    range: { readonly fromMs: number; readonly toMs: number },
  ) => Promise<
    readonly { readonly id: string; readonly title: string; readonly detail: string; readonly atMs: number }[]
  >;
}

export async function alertDetail(context: DetailContext, id: string): Promise<AlertDetail> {
  const { db } = context.tables;
  const alert = (await alertsById(db, [id])).get(id);
  if (alert === undefined)
    throw fail("TRIAGE_ALERT_UNKNOWN", `There is no alert ${id}: it may have a different id on this installation.`);
  const [extra, decided, samples, entities, entries, rate] = await Promise.all([
    extraOfAlert(db, id),
    decidedOf(db, id),
    samplesOf(db, [id]),
    entitiesOfAlert(db, id),
    timelineOfAlert(db, id),
    rateOf(context, alert),
  ]);
  const rule = context.describeRule(alert.ruleId);
  const shown = shownSamples(samples.get(id) ?? { first: [], latest: [] });
  return {
    ...alert,
    description: rule?.description ?? (isReported(alert.ruleId) ? REPORTED_BY : ""),
    falsepositives: [...(rule?.falsepositives ?? [])],
    entities,
    samples: shown.map((sample) => ({
      signalId: sample.signalId,
      eventId: sample.eventId,
      at: iso(sample.timeMs),
      message: sample.message,
      host: sample.host,
      user: sample.user,
      fields: sample.fields.map((field) => ({ ...field })),
    })),
    rate,
    timeline: inOrder([
      ...entries,
      raisedItem(alert),
      ...notes(alert, extra),
      ...shown.map((sample) => eventItem(alert, sample)),
    ]),
    endedAt: extra.endedAt,
    memberReason: extra.memberReason,
    putBackInto: extra.putBackInto,
    decided: decided === null ? null : { ...decided, at: iso(decided.at) },
    apart: extra.apart.map((one) => ({ ...one })),
  };
}

const BEFORE_MS = 24 * 3_600_000;
const MOST_HOSTS = 20;

/** What was changed on what it hit, from a day before it began: of an exercise's, whose hosts are a story's, nothing. */
async function changesOf(
  { changesOn, log }: DetailContext,
  incident: Pick<IncidentDetail, "exerciseId" | "hosts" | "services" | "firstSeen" | "lastSeen">,
): Promise<TimelineItem[]> {
  const { exerciseId, hosts, services, firstSeen, lastSeen } = incident;
  if (changesOn === undefined || exerciseId !== null || hosts.length + services.length === 0) return [];
  const range = { fromMs: Date.parse(firstSeen) - BEFORE_MS, toMs: Date.parse(lastSeen) };
  try {
    const found = await changesOn({ hosts: hosts.slice(0, MOST_HOSTS), services: services.map(({ id }) => id) }, range);
    return found.map(({ id, title, detail, atMs }) => ({
      ...systemItem(`change-${id}`, iso(atMs)),
      lane: "changes",
      kind: "change",
      title,
      body: detail,
      link: `/changes?change=${encodeURIComponent(id)}`,
    }));
  } catch (error) {
    // The story is told without them rather than not at all.
    log.warn({ error: String(error) }, "The changes on what an incident hit could not be read.");
    return [];
  }
}

export async function incidentDetail(context: DetailContext, id: string): Promise<IncidentDetail> {
  const { db } = context.tables;
  const asked = await findIncident(db, id);
  const record = asked !== undefined && asked.mergedInto !== null ? await findIncident(db, asked.rootId) : asked;
  if (record === undefined) {
    throw fail("TRIAGE_INCIDENT_UNKNOWN", `There is no incident ${id}: use its number, such as INC-12, or its id.`);
  }
  const { incident } = record;
  const { members, removed } = await membersOf(db, incident.id);
  const ids = members.map((member) => member.alert.id);
  const [samples, entities, entries, work, changes] = await Promise.all([
    samplesOf(db, ids.slice(0, MEMBERS_WITH_EVENTS)),
    entitiesOfIncident(db, incident.id),
    timelineOfIncident(db, incident.id, ids),
    context.workOf?.(db, await familyOf(db, incident.id)) ?? [],
    changesOf(context, incident),
  ]);
  const perAlert = Math.max(1, Math.floor(MOST_EVENTS / Math.max(1, ids.length)));
  const events = members.flatMap(({ alert }) =>
    shownSamples(samples.get(alert.id) ?? { first: [], latest: [] })
      .slice(0, perAlert)
      .map((sample) => eventItem(alert, sample)),
  );
  const joined = members.map((member) => ({ ...raisedItem(member.alert), body: member.reason }));
  const opened: TimelineItem = {
    ...systemItem(`opened-${incident.id}`, incident.openedAt),
    kind: "state",
    title: `INC-${incident.number} opened`,
    body: record.severityWhy,
    severity: incident.severity,
  };
  return {
    ...incident,
    summary: record.summary,
    members,
    removed,
    entities,
    timeline: foldRepeats(inOrder([...entries, ...work, ...changes, ...joined, ...events, opened])),
    severityReason: record.severityWhy,
  };
}

const REPORTED_BY = "Reported by Prometheus or Alertmanager. It stands until they say that it is over.";
const MEMBERS_WITH_EVENTS = 200;
const MOST_EVENTS = 400;

/** The rate is an ornament: without the event store the page still shows everything else. */
async function rateOf(
  context: DetailContext,
  alert: AlertDetail | Parameters<typeof raisedItem>[0],
): Promise<AlertDetail["rate"]> {
  try {
    return await readRate(context.events, {
      ruleId: alert.ruleId,
      entity: alert.entity,
      fromMs: Date.parse(alert.firstSeen),
      toMs: Date.parse(alert.lastSeen),
    });
  } catch (error) {
    context.log.warn({ alert: alert.id, reason: String(error) }, "The rate of an alert could not be read.");
    return [];
  }
}

type Shown = Pick<
  AlertDetail,
  "id" | "ruleId" | "title" | "severity" | "entity" | "count" | "firstSeen" | "lastSeen" | "raisedAt"
>;

function raisedItem(alert: Shown): TimelineItem {
  const times = alert.count === 1 ? "1 signal" : `${alert.count} signals until ${alert.lastSeen}`;
  return {
    ...systemItem(`alert-${alert.id}`, alert.firstSeen),
    kind: "alert",
    title: alert.title,
    body: times,
    alertId: alert.id,
    severity: alert.severity,
  };
}

function eventItem(alert: Shown, sample: Sample): TimelineItem {
  return {
    id: `event-${sample.signalId}`,
    at: iso(sample.timeMs),
    lane: isReported(alert.ruleId) ? "system" : "attacker",
    kind: "event",
    title: alert.title,
    body: sample.message,
    actor: null,
    alertId: alert.id,
    eventId: sample.eventId,
    severity: alert.severity,
  };
}

function notes(alert: Shown, extra: AlertExtra): TimelineItem[] {
  const items: TimelineItem[] = [];
  const add = (name: string, title: string): void =>
    void items.push({ ...systemItem(`${name}-${alert.id}`, alert.raisedAt), kind: "state", title, alertId: alert.id });
  if (extra.previousId !== null)
    add("previous", `Raised again: the same cause was closed before (alert ${extra.previousId})`);
  if (extra.entitiesCut > 0) {
    add("cut", `Names more entities than are kept here: ${extra.entitiesCut} further sightings stand in its signals`);
  }
  if (extra.overflowNumber !== null) add("overflow", `Did not fit into INC-${extra.overflowNumber}, which is full`);
  return items;
}

function systemItem(id: string, at: string): TimelineItem {
  return {
    id,
    at,
    lane: "system",
    kind: "state",
    title: "",
    body: "",
    actor: null,
    alertId: null,
    eventId: null,
    severity: null,
  };
}

function inOrder(items: TimelineItem[]): TimelineItem[] {
  return items.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.id < b.id ? -1 : 1));
}
