/** main: the only place where the parts are wired together. It opens the home and the stores, creates the areas in the order of
 *  their tiers, hands each what it may not import, and starts and stops them in the right order. */
import { catalog } from "@holdfast/content";
import { accessRoutes } from "@holdfast/contracts/access";
import { authoringRoutes } from "@holdfast/contracts/authoring";
import { backupRoutes } from "@holdfast/contracts/backup";
import { backtestRoutes } from "@holdfast/contracts/backtest";
import { changeRoutes } from "@holdfast/contracts/changes";
import { connectorRoutes } from "@holdfast/contracts/connectors";
import { detectRoutes } from "@holdfast/contracts/detect";
import { dryRunRoutes } from "@holdfast/contracts/dry-run";
import { editingRoutes } from "@holdfast/contracts/editing";
import { ruleDraftRoutes } from "@holdfast/contracts/rule-drafts";
import { estateRoutes } from "@holdfast/contracts/estate";
import { evidenceRoutes } from "@holdfast/contracts/evidence";
import { exceptionRoutes } from "@holdfast/contracts/exceptions";
import { incidentRoutes } from "@holdfast/contracts/incidents";
import { investigationRoutes } from "@holdfast/contracts/investigation";
import { hostQueryRoutes } from "@holdfast/contracts/host-queries";
import { ingestRoutes } from "@holdfast/contracts/ingest";
import { parserRoutes } from "@holdfast/contracts/parsers";
import { measureRoutes } from "@holdfast/contracts/measure";
import { oncallRoutes } from "@holdfast/contracts/oncall";
import { exerciseRoutes } from "@holdfast/contracts/exercises";
import { triggerRoutes } from "@holdfast/contracts/playbook-triggers";
import { playbookRoutes } from "@holdfast/contracts/playbooks";
import { pullRoutes } from "@holdfast/contracts/pulls";
import { respondRoutes } from "@holdfast/contracts/respond";
import { silenceRoutes } from "@holdfast/contracts/silence";
import { metricRuleRoutes } from "@holdfast/contracts/metric-rules";
import { metricRoutes } from "@holdfast/contracts/metrics";
import { searchRoutes } from "@holdfast/contracts/search";
import { secondFactorRoutes } from "@holdfast/contracts/second-factor";
import { systemRoutes } from "@holdfast/contracts/system";
import { ticketRoutes } from "@holdfast/contracts/tickets";
import { triageRoutes } from "@holdfast/contracts/triage";
import { triageSettingsRoutes } from "@holdfast/contracts/triage-settings";
import { takeOutRoutes } from "@holdfast/contracts/triage-take-out";
import { createAccess, createSecondFactors, startSweeper } from "./access/index.ts";
import { createHold } from "./backup/index.ts";
import { wireBackup } from "./backup-wiring.ts";
import { createChanges } from "./changes/index.ts";
import { createConnectors } from "./connectors/index.ts";
import {
  alerting,
  createCorrelation,
  createDetect,
  createRehearsal,
  entitiesOf,
  reportOf,
  type Signal,
} from "./detect/index.ts";
import { createEstate } from "./estate/index.ts";
import { createHttp, type Http } from "./http/index.ts";
import { httpPorts } from "./http-ports-wiring.ts";
import { incidentEndpoints } from "./incident-endpoints.ts";
import { createIncidents } from "./incidents/index.ts";
import { createIngest, type Ingest } from "./ingest/index.ts";
import { createMeasure } from "./measure/index.ts";
import { createMetrics } from "./metrics.ts";
import { incidentListeners, oncallEndpoints, wireOncall } from "./oncall-wiring.ts";
import { wireParsers, type WorkerLoad } from "./parsers-wiring.ts";
import { PLACES } from "./places.ts";
import { createAuditLog } from "./platform/audit-log/index.ts";
import { systemClock } from "./platform/clock/index.ts";
import type { LoadedConfig } from "./platform/config/index.ts";
import { createDiskWatch } from "./platform/disk/index.ts";
import { createEgress } from "./platform/egress/index.ts";
import { openHome } from "./platform/home/index.ts";
import { createLog } from "./platform/log/index.ts";
import { createSealer } from "./platform/secrets/index.ts";
import { openDisk, openSpool } from "./platform/spool/index.ts";
import { VERSION } from "./platform/version.ts";
import { createWorkflows } from "./platform/workflows/index.ts";
import { wireExercises } from "./exercise-wiring.ts";
import { wirePlaybooks } from "./playbooks-wiring.ts";
import { recordEndpoints } from "./record-endpoints.ts";
import { wireMetricRules } from "./metric-rules-wiring.ts";
import { wirePulls } from "./pulls-wiring.ts";
import { wireSilence } from "./silence-wiring.ts";
import { waitingApprovals, wireRespond } from "./respond-wiring.ts";
import { namesInLabels } from "./names-in-labels.ts";
import { observeSafely } from "./observe-safely.ts";
import { createSearch } from "./search/index.ts";
import { openStores } from "./stores.ts";
import { systemHandlers } from "./system.ts";
import { wireTickets } from "./tickets-wiring.ts";
import { createTriage } from "./triage/index.ts";
import type { WorkerData } from "./worker.ts";

export interface Running {
  readonly url: string;
  /** Set when this start created the first administrator. */
  readonly firstLogin: { readonly user: string; readonly password: string } | null;
  /** A token for programs on this machine. */
  readonly token: string;
  /** What listens on a port of its own. */
  readonly inputs: readonly { readonly name: string; readonly address: string }[];
  pids(): { readonly state: number | undefined; readonly events: number | undefined };
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly loaded: LoadedConfig;
  /** Sentences for a person who waits at a terminal. */
  readonly onProgress?: (sentence: string) => void;
  /** Checks every answer against its schema; tests turn it on. */
  readonly checkAnswers?: boolean;
}

export async function startHoldfast({
  loaded,
  onProgress = () => {},
  checkAnswers = false,
}: StartOptions): Promise<Running> {
  const { config } = loaded;
  const log = createLog(config.log.level);
  const clock = systemClock;
  const startedAt = clock.now();
  const closing: (() => Promise<void> | void)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of closing.splice(0).reverse()) {
      await Promise.resolve(close()).catch((error: unknown) =>
        log.error({ error: String(error) }, "A part did not stop cleanly."),
      );
    }
  };
  try {
    const home = await openHome(config.home);
    closing.push(() => home.close());
    const hold = createHold(home.paths.restored);
    // Before anything writes: on a full disk this gives up the ballast so that the stores can open.
    const disk = await createDiskWatch({
      directory: home.directory,
      reserveBytes: config.disk.reserve.bytes,
      reservePercent: config.disk.reserve.percent,
      log: log.child("disk"),
    });
    closing.push(() => disk.close());
    const stores = await openStores({ config, home, log, onProgress });
    closing.push(() => stores.close());
    const { tables, events } = stores;
    const spool = await openSpool({
      disk: await openDisk(home.paths.spool),
      clock,
      log: log.child("spool"),
      maxBytes: config.spool.max.bytes,
    });
    closing.push(() => spool.close());

    const workflows = createWorkflows({
      tables,
      url: stores.stateUrl,
      log,
      clock,
      keepDays: config.workflows.days,
    });
    const audit = createAuditLog({ tables, clock });
    const access = createAccess({ tables, clock, audit, sessionHours: config.session.hours });
    const estate = createEstate({ tables, clock, audit, log, openCounts: () => triage.openCounts() });
    const changes = createChanges({ tables, clock, audit, estate });
    const egress = createEgress({ log: log.child("egress"), held: hold.held });
    const sealer = createSealer(home.secrets);
    const connectors = createConnectors({
      tables,
      clock,
      audit,
      log: log.child("connectors"),
      sealer,
      egress,
      kinds: catalog.connectors,
      actions: catalog.actions,
    });
    const search = createSearch({
      events,
      tables,
      clock,
      log: log.child("search"),
      limits: { seconds: config.search.seconds, memoryBytes: config.search.memory.bytes, rows: config.search.rows },
      namesOf: namesInLabels(estate),
      rehearsing: () => ingest.rehearsing(),
      alertsOf: (signals, { columns, source }) =>
        triage.alertsOf(signals, { entities: entitiesOf(columns), source, report: reportOf(columns, source) }),
    });
    const parsers = wireParsers({ folder: config.parsers.folder ?? home.paths.parsers, log });
    const detect = createDetect({
      tables,
      events,
      clock,
      log,
      audit,
      starter: config.rules.starter ? PLACES.rules : undefined,
      paths: config.rules.paths,
      pipelines: config.rules.pipelines,
      placeholders: config.rules.placeholders,
      normalise: parsers.normalise,
      signalsOfAlert: (id) => triage.signalsOf(id),
      apart: () => [...ingest.rehearsing().keys()],
      sourceNames: async () => new Map((await sources()).map(({ id, name }) => [id, name])),
    });
    const triage = createTriage({
      tables,
      events,
      clock,
      log,
      audit,
      estate,
      people: () => access.people(),
      describeRule: (id) => silence.describe(id) ?? metricRules.describe(id) ?? detect.describe(id),
      exerciseOf: (source) => ingest.exerciseOf(source),
      workOf: (executor, ids) => incidents.timelineOf(executor, ids),
      changesOn: changes.onAll,
      onIncident: incidentListeners(() => ({ incidents, oncall, playbooks })),
      onWaiting: (tx, waiting) => incidents.onWaiting(tx, waiting),
    });
    const silence = wireSilence({
      tables,
      events,
      clock,
      log,
      zone: config.organisation.zone,
      ingest: () => ingest,
      detect,
      triage,
    });
    const metricRules = wireMetricRules({ tables, clock, audit, log, search, triage });
    const incidents = await createIncidents({
      tables,
      clock,
      log,
      audit,
      people: () => access.people(),
      onCall: (db, team) => oncall.personOnCall(db, team),
      triage,
      directory: home.paths.evidence,
      collect: (asked) => search.collect(asked),
      events,
      assetsOf: estate.resolve,
      rehearsing: () => ingest.rehearsing(),
      changesOn: changes.onHost,
    });
    const people = () => access.people();
    const tickets = wireTickets({ tables, clock, log, audit, sealer, egress, config, triage, incidents });
    const oncall = wireOncall({
      tables,
      clock,
      log,
      audit,
      workflows,
      sealer,
      people,
      triage,
      incidents,
      connectors,
      estate,
      config,
    });
    const factors = createSecondFactors({ tables, clock, audit, sealer });
    const respond = wireRespond({
      tables,
      clock,
      log,
      audit,
      workflows,
      estate,
      access,
      factors,
      connectors,
      incidents,
      oncall,
      triage,
      held: hold.held,
      changes,
    });
    const playbooks = wirePlaybooks({
      tables,
      clock,
      log,
      audit,
      workflows,
      connectors,
      incidents,
      respond,
      triage,
      shipped: PLACES.playbooks,
      shippedTriggers: PLACES.triggers,
    });
    const correlation = createCorrelation({
      tables,
      events,
      clock,
      log,
      raise: async (tx, signals) => {
        await triage.applySignals(tx, alerting(signals));
      },
      keepTexts: detect.keepTexts,
      onWithdrawn: triage.withdrawSignals,
    });
    const rehearsal = createRehearsal(clock);
    const isReal = ({ source = "" }: { source?: string }): boolean => ingest.exerciseOf(source) === null;
    const ingest: Ingest = createIngest<Signal>({
      spool,
      spoolDirectory: home.paths.spool,
      tables,
      events,
      audit,
      clock,
      log,
      config,
      version: VERSION,
      workerUrl: PLACES.worker,
      workerData: { connection: stores.connection } satisfies WorkerData,
      hooks: [
        (tx, result) => observeSafely(tx, { estate, observed: result.observations, log }),
        (tx, result) => detect.countHidden(tx, result.signals.filter(isReal)),
        (tx, result) => detect.keepTexts(tx, result.signals),
        async (tx, result) => {
          const drills = Map.groupBy(result.signals, ({ source = "" }) => ingest.exerciseOf(source));
          // What rules remember across events of exercises is apart from what they remember of real ones.
          const real = await correlation.apply(tx, drills.get(null) ?? []);
          const rehearsed = [...drills].flatMap(([exercise, of]) =>
            exercise === null ? [] : rehearsal.apply(exercise, of),
          );
          await triage.applySignals(tx, alerting([...real, ...rehearsed]));
        },
      ],
      admission: () =>
        disk.state === "ok"
          ? undefined
          : {
              reason: `the disk has only ${disk.facts().freeBytes >> 20} MiB free; ${disk.facts().reserveBytes >> 20} MiB are kept for search, login and audit. Free some space.`,
            },
      diskFreeBytes: () => disk.facts().freeBytes,
      onBlock: silence.observe,
    });
    // A start that fails from here on ends the threads too; one that succeeds stops ingest earlier, see below.
    closing.push(() => ingest.stop());
    const pulls = wirePulls({ tables, clock, audit, log, sealer, egress, feed: ingest.feed, home });
    const exercises = wireExercises({
      tables,
      clock,
      log,
      audit,
      workflows,
      triage,
      respond,
      playbooks,
      estate,
      rehearse: ingest.rehearse,
      people,
    });
    const backup = wireBackup({ tables, audit, clock, log, hold, home, config, stores, spool, ingest, access, disk });
    const sources = () => ingest.allSources();
    const measure = createMeasure({
      events,
      clock,
      log,
      audit,
      triage: triage.summary,
      detect,
      ingestHealth: () => ingest.health(),
      speech: silence.states,
      sources: async () => (await sources()).filter(({ id }) => isReal({ source: id })),
      rehearsing: () => ingest.rehearsing(),
      services: () => estate.services(),
      approvals: () => waitingApprovals(respond),
    });

    const firstLogin = await access.ensureAdmin(config.admin.password);
    const token = await access.issueLocalToken("local command line");
    const useCorrelations = (): void => {
      correlation.use(detect.correlations());
      rehearsal.use(detect.correlations());
    };
    const loadThreads = (): void =>
      ingest.loadRules({ rules: detect.rules(), parsers: parsers.files() } satisfies WorkerLoad);
    detect.onRulesChanged(() => {
      loadThreads();
      useCorrelations();
    });
    closing.push(() => detect.stop());
    await detect.start();
    closing.push(() => parsers.stop());
    await parsers.start(loadThreads);
    loadThreads();
    useCorrelations();
    triage.start();
    closing.push(() => triage.stop());
    await hold.whenFree(() => oncall.start());
    closing.push(() => oncall.stop());
    await hold.whenFree(() => tickets.start());
    closing.push(() => tickets.stop());
    correlation.start();
    closing.push(() => correlation.stop());
    closing.push(() => workflows.close());
    await playbooks.load();
    await hold.whenFree(() => workflows.launch());
    closing.push(() => respond.stop());
    await hold.whenFree(() => respond.start());
    closing.push(() => playbooks.stop());
    await hold.whenFree(() => playbooks.watch());
    closing.push(() => exercises.stop());
    await hold.whenFree(() => exercises.start());
    // Before it is waited for: a port that is taken leaves the pump running.
    closing.push(() => ingest.stop());
    await ingest.start();
    closing.push(() => pulls.stop());
    await hold.whenFree(() => pulls.start());
    closing.push(() => backup.stop());
    closing.push(() => silence.stop());
    await silence.start();
    closing.push(() => metricRules.stop());
    metricRules.start();
    closing.push(startSweeper(access, log));

    const listening = () => [...ingest.inputs(), ...http.ports()];
    const http: Http = await createHttp({
      tables,
      access,
      log: log.child("http"),
      version: VERSION,
      webDirectory: PLACES.web,
      checkAnswers,
      areas: [
        { routes: accessRoutes, handlers: access.routes },
        { routes: secondFactorRoutes, handlers: factors.routes },
        { routes: ingestRoutes, handlers: ingest.routes },
        { routes: hostQueryRoutes, handlers: ingest.hostQueries },
        { routes: pullRoutes, handlers: pulls.routes },
        { routes: parserRoutes, handlers: parsers.routes },
        { routes: silenceRoutes, handlers: silence.routes },
        { routes: searchRoutes, handlers: search.routes },
        { routes: metricRoutes, handlers: search.metrics },
        { routes: metricRuleRoutes, handlers: metricRules.routes },
        { routes: estateRoutes, handlers: estate.routes },
        { routes: changeRoutes, handlers: changes.routes },
        { routes: connectorRoutes, handlers: connectors.routes },
        { routes: detectRoutes, handlers: detect.routes },
        { routes: editingRoutes, handlers: detect.editing },
        { routes: ruleDraftRoutes, handlers: detect.drafts },
        { routes: exceptionRoutes, handlers: detect.exceptions },
        { routes: authoringRoutes, handlers: detect.authoring },
        { routes: backtestRoutes, handlers: detect.backtest },
        { routes: dryRunRoutes, handlers: detect.dryRun },
        { routes: triageRoutes, handlers: triage.routes },
        { routes: triageSettingsRoutes, handlers: triage.settings },
        { routes: takeOutRoutes, handlers: triage.takeOut },
        { routes: incidentRoutes, handlers: incidents.routes },
        { routes: evidenceRoutes, handlers: incidents.evidence },
        { routes: investigationRoutes, handlers: incidents.investigation },
        { routes: oncallRoutes, handlers: oncall.routes },
        { routes: ticketRoutes, handlers: tickets.routes },
        { routes: respondRoutes, handlers: respond.routes },
        { routes: exerciseRoutes, handlers: exercises.routes },
        { routes: playbookRoutes, handlers: playbooks.routes },
        { routes: triggerRoutes, handlers: playbooks.triggers.routes },
        { routes: backupRoutes, handlers: backup.routes },
        { routes: measureRoutes, handlers: measure.routes },
        {
          routes: systemRoutes,
          handlers: systemHandlers({ loaded, tables, events, startedAt, inputs: listening }),
        },
      ],
      ports: httpPorts(config),
      raw: [
        ...recordEndpoints({ access, ingest, search }),
        ...oncallEndpoints(oncall),
        ...incidentEndpoints(incidents),
      ],
      healthy: async () => {
        const [state, store] = await Promise.all([tables.ping(), events.ping().catch(() => false)]);
        return { ok: state && store, details: { state: state ? "ok" : "away", events: store ? "ok" : "away" } };
      },
      metrics: createMetrics({
        health: () => ingest.health(),
        correlation: () => correlation.stats(),
        sources,
        openAlerts: async () => [...(await triage.openCounts()).assets.values()].reduce((sum, n) => sum + n, 0),
      }),
    });
    closing.push(() => http.close());
    // Again, so that it is also the first to stop: what it calls is still there while its running steps end.
    closing.push(() => workflows.close());
    const { url } = await http.listen(config.http);
    home.announce({ url, token });
    log.info({ url, tookMs: clock.now() - startedAt }, "Holdfast is ready.");
    return { url, firstLogin, token, inputs: listening(), pids: stores.pids, stop: closeAll };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
