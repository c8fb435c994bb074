/** create: the triage area: its routes, what the pump hands to it, and what others ask of it. */
import type { Incident, IncidentDetail, triageRoutes } from "@holdfast/contracts/triage";
import type { triageSettingsRoutes } from "@holdfast/contracts/triage-settings";
import type { takeOutRoutes } from "@holdfast/contracts/triage-take-out";
import type { Signal, SignalEntity } from "../detect/index.ts";
import type { AuditLog } from "../platform/audit-log/index.ts";
import { createCel } from "../platform/cel/index.ts";
import type { Clock } from "../platform/clock/index.ts";
import type { EventStore } from "../platform/events/index.ts";
import type { Handlers } from "../platform/http-contract.ts";
import type { Log } from "../platform/log/index.ts";
import type { Executor, Tables, Transaction } from "../platform/tables/index.ts";
import { groupsOfAlert, signalsOfAlert } from "./alert-signals.ts";
import { forgetBlocks, lockTriage } from "./alert-store.ts";
import {
  type Applied,
  type ApplyContext,
  type Block,
  NOTHING,
  type EstateLookup,
  type TriageSettings,
} from "./apply.ts";
import { type DetailContext, incidentDetail, type RuleText } from "./detail.ts";
import {
  realStageTimes,
  type RehearsedAlert,
  rehearsedAlerts,
  type RehearsedIncident,
  rehearsedIncidents,
} from "./exercise-store.ts";
import { familyOf, findIncident } from "./incident-list-store.ts";
import { setWaiting, type Waiting } from "./incident-store.ts";
import type { IncidentListener } from "./incident-changes.ts";
import { holdRoutes, sweepHolds } from "./hold-routes.ts";
import { holdsFor, maintenanceOn } from "./holds.ts";
import { readOpenCounts, type OpenCounts } from "./open-counts-store.ts";
import type { WaitingListener } from "./alert-actions.ts";
import type { People } from "./people.ts";
import { samplesOf } from "./detail-store.ts";
import { type Sample, shownSamples } from "./samples.ts";
import { applyAll, endExpiredReports } from "./reports.ts";
import { forgetReports } from "./report-store.ts";
import { refreshServices } from "./refresh-services.ts";
import { forgetRisk } from "./risk-store.ts";
import { putBack } from "./put-back.ts";
import { createRoutes } from "./routes.ts";
import { appliedSettings } from "./settings.ts";
import { settingsRoutes } from "./settings-routes.ts";
import { settingsToApply } from "./settings-store.ts";
import { rankOf } from "./severity.ts";
import { alertsOfSignals, type StoredSignal } from "./signal-alerts.ts";
import { takeOut } from "./take-out.ts";
import { NOTHING_TAKEN, readTakenOut } from "./take-out-store.ts";
import { createSummary, type Summary } from "./summary-store.ts";
import { type SignalChanges, withdrawSignals } from "./withdraw.ts";

export interface TriageOptions {
  readonly tables: Tables;
  readonly events: EventStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: AuditLog;
  readonly estate: EstateLookup;
  readonly people: People;
  /** What a rule says about itself; undefined when it is no longer loaded. */
  readonly describeRule: (ruleId: string) => RuleText | undefined;
  /** What later areas wrote about incidents, for their one timeline. */
  readonly workOf?: NonNullable<DetailContext["workOf"]>;
  readonly changesOn?: NonNullable<DetailContext["changesOn"]>;
  readonly settings?: Partial<TriageSettings>;
  /** Called inside the transaction that changes an incident, in order; one that throws undoes the change. */
  readonly onIncident?: readonly IncidentListener[];
  /** Told when a person says whom an incident waits for. */
  readonly onWaiting?: WaitingListener;
  /** The exercise that sends by a source; null for real telemetry. */
  readonly exerciseOf?: (source: string) => string | null;
}

export interface Triage {
  readonly routes: Handlers<typeof triageRoutes>;
  /** Call inside the pump's transaction, once per block and in order; with a block's token a second call changes nothing. */
  applySignals(tx: Transaction, signals: readonly Signal[], block?: Block): Promise<Applied>;
  /** Signals whose match an event that came late took back, or gave back: their alerts are closed, marked or reopened. */
  withdrawSignals(tx: Transaction, changes: SignalChanges): Promise<void>;
  /** Open alerts and incidents by asset, identity and service; at most three seconds old. */
  openCounts(): Promise<OpenCounts>;
  /** Looks the services and assets of all open alerts up again. Happens by itself when the estate changes. */
  refreshServices(): Promise<number>;
  /** The signals that an alert keeps, earliest first; none when there is no such alert. */
  signalsOf(alertId: string): Promise<AlertSignal[]>;
  /** Signal id -> alert id, for signals of one event. */
  alertsOf(
    signals: readonly StoredSignal[],
    event: {
      readonly entities: readonly SignalEntity[];
      readonly source: string;
      readonly report?: { readonly cause: string } | undefined;
    },
  ): Promise<ReadonlyMap<string, string>>;
  /** By id or number; an incident that was merged is the one it was merged into. */
  incident(executor: Executor, asked: string): Promise<IncidentFacts | undefined>;
  /** The whole of one incident, as its page shows it. */
  incidentDetail(id: string): Promise<IncidentDetail>;
  /** Whom an incident is shown to wait for; told by the area that times waits. */
  setWaiting(tx: Transaction, incidentId: string, waiting: Waiting | null): Promise<void>;
  /** Maintenance windows that stand now on one of these hosts or services. */
  maintenanceOn(hit: {
    readonly hosts: readonly string[];
    readonly services: readonly string[];
  }): Promise<
    readonly { readonly id: string; readonly title: string; readonly owner: string; readonly endsAt: number }[]
  >;
  /** What is inside an alert, and taking signals out of it. */
  readonly takeOut: Handlers<typeof takeOutRoutes>;
  /** Settings, risk, suppressions and maintenance windows. */
  readonly settings: Handlers<typeof triageSettingsRoutes>;
  /** Ends suppressions and windows whose time is over, and lets go what they held. Happens by itself. */
  sweep(): Promise<void>;
  /** What an exercise raised, for its score. */
  readonly rehearsed: {
    alerts(exerciseId: string): Promise<RehearsedAlert[]>;
    incidents(exerciseId: string): Promise<RehearsedIncident[]>;
  };
  /** Seconds that stages of real alerts took since a time. */
  stageTimes(since: number): ReturnType<typeof realStageTimes>;
  readonly summary: Summary;
  start(): void;
  stop(): Promise<void>;
}

/** With what people took out of alerts. */
type Applying = ApplyContext & { readonly counted: ReadonlySet<string> };

export interface IncidentFacts extends Incident {
  /** Its own id and those of the incidents that were merged into it. */
  readonly family: readonly string[];
}

export interface AlertSignal {
  readonly id: string;
  readonly at: string;
  readonly host: string;
  readonly user: string;
}

export function createTriage(options: TriageOptions): Triage {
  const { tables, clock, estate } = options;
  const log = options.log.child("triage");
  const listeners = options.onIncident ?? [];
  const exerciseOf = (source: string | undefined): string | null =>
    source === undefined ? null : (options.exerciseOf?.(source) ?? null);
  const cel = createCel();
  const now = (): number => clock.now();
  const statusOf = (ruleId: string): string => options.describeRule(ruleId)?.status ?? "";
  /** With the settings and holds of this moment: read inside the transaction, so that a replay sees what it has to. */
  const applying = async (tx: Transaction, signals: readonly Signal[] = []): Promise<Applying> => {
    const { current, takenRules } = await settingsToApply(tx);
    const { settings, version } = current;
    const known = new Set(takenRules);
    const touched = signals.filter(({ ruleId }) => known.has(ruleId));
    const ruleIds = [...new Set(touched.map(({ ruleId }) => ruleId))];
    const taken =
      ruleIds.length === 0
        ? NOTHING_TAKEN
        : await readTakenOut(tx, { ruleIds, signalIds: touched.map(({ id }) => id) });
    const quietBelow = rankOf(settings.quietBelow);
    return {
      tables,
      estate,
      settings: { ...appliedSettings(settings), ...options.settings },
      now,
      listeners,
      exerciseOf,
      routes: taken.routes,
      counted: taken.listed,
      risk: { settings: settings.risk, version, statusOf, standingOf: estate.standingOf },
      holdOf: await holdsFor({ cel, estate, quietBelow, now: now() }, tx, signals),
    };
  };
  const holds = { tables, clock, audit: options.audit, cel, applying };
  const inside = { tables, events: options.events, exerciseOf };
  const taking = { ...inside, clock, audit: options.audit, people: options.people, listeners, applying };
  const counts = cached(() => readOpenCounts(tables.db), clock);
  const refresh = (): Promise<number> => refreshServices({ tables, estate, listeners, now: () => clock.now() });
  const sweep = async (): Promise<void> => {
    await sweepHolds(holds);
    await endExpiredReports({ tables, now: clock.now() });
  };
  const follower = followEstate({
    tables,
    log,
    refresh,
    sweep,
    forget: async () => {
      await forgetBlocks(tables.db, clock.now() - BLOCKS_KEPT_MS);
      await forgetRisk(tables.db, clock.now() - RISK_KEPT_MS);
      await forgetReports(tables.db, clock.now() - REPORTS_KEPT_MS);
    },
  });
  return {
    routes: createRoutes({ ...options, log, listeners }),
    settings: { ...settingsRoutes(options), ...holdRoutes(holds) },
    takeOut: {
      groupSignals: ({ params, query }) => groupsOfAlert(inside, { id: params.id, by: query.by }),
      listAlertSignals: ({ params, query }) => {
        const { limit, cursor, kind, value } = query;
        return signalsOfAlert(inside, { id: params.id, limit, cursor, kind, value });
      },
      takeOut: ({ params, body }, call) => takeOut(taking, call, { id: params.id, ...body }),
      putBack: ({ params, body }, call) => putBack(taking, call, { id: params.id, ...body }),
    },
    applySignals: async (tx, signals, block) => {
      if (signals.length === 0) return NOTHING;
      // Before what was decided is read: a decision that is being made is seen whole or not at all.
      await lockTriage(tx);
      const context = await applying(tx, signals);
      // What was named one by one was counted, and comes a second time.
      const fresh = context.counted.size === 0 ? signals : signals.filter(({ id }) => !context.counted.has(id));
      return applyAll(context, tx, { signals: fresh, block });
    },
    withdrawSignals: (tx, changes) => withdrawSignals({ tables, now: clock.now() }, tx, changes),
    sweep,
    openCounts: counts,
    refreshServices: refresh,
    signalsOf: async (alertId) => {
      const samples = (await samplesOf(tables.db, [alertId])).get(alertId);
      return samples === undefined ? [] : shownSamples(samples).map(signalOf);
    },
    alertsOf: (signals, { entities, source, report }) =>
      alertsOfSignals(
        tables.db,
        signals.map((signal) => ({ ...signal, entities, report, exerciseId: exerciseOf(source) })),
      ),
    incident: async (executor, asked) => {
      const found = await findIncident(executor, asked);
      const root =
        found === undefined || found.mergedInto === null ? found : await findIncident(executor, found.rootId);
      return root === undefined ? undefined : { ...root.incident, family: await familyOf(executor, root.incident.id) };
    },
    maintenanceOn: (hit) => maintenanceOn(tables.db, { ...hit, now: now() }),
    incidentDetail: (id) => incidentDetail(options, id),
    setWaiting,
    rehearsed: {
      alerts: (exerciseId) => rehearsedAlerts(tables.db, exerciseId),
      incidents: (exerciseId) => rehearsedIncidents(tables.db, exerciseId),
    },
    stageTimes: (since) => realStageTimes(tables.db, since),
    summary: createSummary(tables),
    start: follower.start,
    stop: follower.stop,
  };
}

const COUNTS_LIVE_MS = 3_000;
const ESTATE_PAUSE_MS = 1_500;
const BLOCKS_KEPT_MS = 7 * 24 * 3_600_000;
const RISK_KEPT_MS = 30 * 24 * 3_600_000;
const REPORTS_KEPT_MS = 30 * 24 * 3_600_000;
const SWEEP_EVERY_MS = 5_000;
const FORGET_EVERY_MS = 3_600_000;

function signalOf({ signalId, timeMs, host, user }: Sample): AlertSignal {
  return { id: signalId, at: new Date(timeMs).toISOString(), host, user };
}

function cached<T>(read: () => Promise<T>, clock: Clock): () => Promise<T> {
  let value: Promise<T> | undefined;
  let readAt = 0;
  return () => {
    const now = clock.monotonic();
    if (value === undefined || now - readAt > COUNTS_LIVE_MS) {
      readAt = now;
      value = read();
      // A failure is told to those who asked, and the next one asks again.
      value.catch(() => {
        value = undefined;
      });
    }
    return value;
  };
}

/** Waits until the estate has been quiet for a moment: an import sends many messages. */
function followEstate(parts: {
  readonly tables: Tables;
  readonly log: Log;
  readonly refresh: () => Promise<number>;
  readonly forget: () => Promise<void>;
  readonly sweep: () => Promise<void>;
}): { start(): void; stop(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let cleaner: NodeJS.Timeout | undefined;
  let sweeper: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let unsubscribe = (): void => {};
  const attempt = (work: () => Promise<unknown>, sentence: string): void => {
    running = running.then(work).then(
      () => undefined,
      (error: unknown) => parts.log.warn({ reason: String(error) }, sentence),
    );
  };
  return {
    start: () => {
      unsubscribe = parts.tables.subscribe((topic) => {
        if (topic !== "estate.changed") return;
        clearTimeout(timer);
        timer = setTimeout(
          () => attempt(parts.refresh, "The services of open alerts could not be looked up again."),
          ESTATE_PAUSE_MS,
        );
      });
      cleaner = setInterval(() => attempt(parts.forget, "Old block tokens could not be removed."), FORGET_EVERY_MS);
      cleaner.unref();
      const sweep = (): void =>
        attempt(
          parts.sweep,
          "Suppressions and maintenance windows that are over could not be ended; this is tried again.",
        );
      sweep();
      sweeper = setInterval(sweep, SWEEP_EVERY_MS);
      sweeper.unref();
    },
    stop: async () => {
      unsubscribe();
      clearTimeout(timer);
      clearInterval(cleaner);
      clearInterval(sweeper);
      await running;
    },
  };
}
