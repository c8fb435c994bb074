/** create: the Floor: one answer from both stores, by few and cheap questions asked at once. When the event store does not
 *  answer, the Floor still does, and says what is missing. */
import type { Service } from "@holdfast/contracts/estate";
import type { PipelineHealth, Source } from "@holdfast/contracts/ingest";
import type { Floor, measureRoutes } from "@holdfast/contracts/measure";
import type { RulesHealth, RulesLoaded } from "../detect/index.ts";
import type { AuditLog } from "../platform/audit-log/index.ts";
import type { Clock } from "../platform/clock/index.ts";
import type { EventStore } from "../platform/events/index.ts";
import type { Handlers } from "../platform/http-contract.ts";
import type { Log } from "../platform/log/index.ts";
import type { Summary } from "../triage/index.ts";
import { auditedChanges, loadChanges, newestFirst, openedChanges } from "./changed.ts";
import { readEventSeries, type Steps } from "./event-series-store.ts";
import { needsYou, type WaitingApproval } from "./needs-you.ts";
import { sourceState, type Speeches } from "./source-state.ts";

export interface MeasureOptions {
  readonly events: EventStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: AuditLog;
  readonly triage: Summary;
  readonly detect: { health(): RulesHealth; loads(): readonly RulesLoaded[] };
  readonly ingestHealth: () => PipelineHealth;
  /** How sources speak against what was learned of them. */
  readonly speech: () => Speeches;
  readonly sources: () => Promise<readonly Source[]>;
  /** Sources of exercises: what they sent is not counted among what is real. */
  readonly rehearsing?: () => ReadonlyMap<string, string>;
  readonly services: () => Promise<readonly Service[]>;
  readonly approvals: () => Promise<readonly WaitingApproval[]>;
}

export interface Measure {
  readonly routes: Handlers<typeof measureRoutes>;
}

export function createMeasure(options: MeasureOptions): Measure {
  const log = options.log.child("measure");
  return {
    routes: {
      floor: async ({ query }) => readFloor({ ...options, log }, query),
    },
  };
}

const HOUR = 3_600_000;
const MOST_WAITING = 20;
const MOST_CHANGED = 30;
const ACK_DAYS = 7;

async function readFloor(
  options: MeasureOptions,
  query: { team?: "security" | "operations" | undefined; hours: number },
): Promise<Floor> {
  const { triage, detect, clock } = options;
  const now = clock.now();
  const steps = stepsOf(query.hours, now);
  const day: Steps = { fromMs: Math.floor(now / HOUR) * HOUR - 23 * HOUR, stepMs: HOUR, steps: 24 };
  const [waiting, totals, series, loads, opened, audited, sources, services, events, approvals] = await Promise.all([
    triage.waiting(MOST_WAITING),
    triage.totals(now - ACK_DAYS * 24 * HOUR),
    triage.series(steps),
    triage.services(day),
    triage.opened(now - query.hours * HOUR, MOST_CHANGED),
    auditedChanges(options.audit),
    options.sources(),
    options.services(),
    eventSeries(options, steps),
    options.approvals(),
  ]);
  const pipeline = options.ingestHealth();
  const rules = detect.health();
  const speeches = options.speech();
  const shown = sources.map((source) => ({
    id: source.id,
    name: source.name,
    state: sourceState(source, now, speeches),
    lastEventAt: source.lastEventAt,
    coverage: source.coverage,
    perMinute: source.perMinute,
  }));
  return {
    needsYou: needsYou({ ...waiting, approvals, sources, speeches, pipeline, rules, team: query.team, now }),
    changed: newestFirst([...audited, ...loadChanges(detect.loads()), ...openedChanges(opened)], MOST_CHANGED),
    tiles: {
      eventsPerSecond: pipeline.perSecond,
      openAlerts: totals.openAlerts,
      openIncidents: totals.openIncidents,
      rulesEnabled: rules.enabled,
      rulesUnfed: rules.unfed,
      sourcesActive: shown.filter((source) => source.state === "ok" || source.state === "behind").length,
      sourcesSilent: shown.filter((source) => source.state === "silent").length,
      ackMinutes: totals.ackMinutes,
    },
    events: points(events, steps),
    alerts: points(series.alerts, steps),
    incidents: points(series.incidents, steps),
    services: services
      .map(({ id, name, criticality, owner, openIncidents, openAlerts }) => {
        const load = loads.get(id);
        const alerts24h = [...(load?.perStep ?? new Array<number>(day.steps).fill(0))];
        return { id, name, criticality, owner, openIncidents, openAlerts, worst: load?.worst ?? null, alerts24h };
      })
      .sort((a, b) => b.openIncidents - a.openIncidents || b.criticality - a.criticality || (a.name < b.name ? -1 : 1)),
    sources: shown,
  };
}

/** About fifty steps of a round length that end with the current one. */
function stepsOf(hours: number, now: number): Steps {
  const stepMs = (hours <= 4 ? 5 : hours <= 12 ? 15 : hours <= 24 ? 30 : hours <= 72 ? 60 : 180) * 60_000;
  const steps = Math.ceil((hours * HOUR) / stepMs);
  return { fromMs: Math.floor(now / stepMs) * stepMs - (steps - 1) * stepMs, stepMs, steps };
}

async function eventSeries(options: MeasureOptions, steps: Steps): Promise<number[] | undefined> {
  try {
    const apart = [...(options.rehearsing?.().keys() ?? [])];
    return await readEventSeries(options.events, { ...steps, apart });
  } catch (error) {
    options.log.warn({ reason: String(error) }, "The events over time could not be read.");
    return undefined;
  }
}

/** Nothing at all where the values are not known: a gap is drawn as a gap. */
function points(values: readonly number[] | undefined, { fromMs, stepMs }: Steps): Floor["events"] {
  return (values ?? []).map((value, index) => ({ at: new Date(fromMs + index * stepMs).toISOString(), value }));
}
