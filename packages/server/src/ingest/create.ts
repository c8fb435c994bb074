/** create: the ingest area: inputs to spool, spool to stores. Starting order matters: the pump finds its old blocks before any
 *  input opens, so that counters and imports know what is already in; stopping goes the other way round. */
import type { ingestRoutes, PipelineHealth, Source } from "@holdfast/contracts/ingest";
import type { hostQueryRoutes } from "@holdfast/contracts/host-queries";
import type { AuditLog } from "../platform/audit-log/index.ts";
import type { Clock } from "../platform/clock/index.ts";
import type { EventStore } from "../platform/events/index.ts";
import type { Handlers } from "../platform/http-contract.ts";
import type { Log } from "../platform/log/index.ts";
import type { Spool } from "../platform/spool/index.ts";
import type { Tables } from "../platform/tables/index.ts";
import { Backlog } from "./backlog.ts";
import type { BlockResult } from "./block.ts";
import { createFairShare } from "./fair-share.ts";
import { createFeed, type Feed } from "./feed.ts";
import { createHandlers } from "./handlers.ts";
import { pipelineHealth, Rate } from "./health.ts";
import { createHttpIngest, type IngestEndpoint } from "./http-ingest.ts";
import { createHostQueries } from "./host-queries.ts";
import { createImports, type Imports } from "./imports.ts";
import { type Admission, createIntake } from "./intake.ts";
import { type InputsConfig, type OpenInput, openInputs, sourcesOfInputs } from "./inputs/open.ts";
import { createPump } from "./pump.ts";
import { type BlockHook, createPumpJournal } from "./pump-journal.ts";
import { countGaps, forgetOtherSpools } from "./pump-store.ts";
import { createDoor } from "./protocols/door.ts";
import { createProtocols } from "./protocols/endpoints.ts";
import type { ProtocolEndpoint } from "./protocols/protocol.ts";
import { BodyBudget } from "./request-body.ts";
import { createRehearsal, type Rehearse } from "./rehearsal.ts";
import { SourceRegistry } from "./source-registry.ts";
import { allSources, sourceById, type StoredSource } from "./source-store.ts";
import { viewSources } from "./source-view.ts";
import { createWorkerPool } from "./worker-pool.ts";

export interface IngestConfig {
  readonly workers: number;
  readonly block: { readonly records: number; readonly bytes: number };
  readonly record: { readonly bytes: number };
}

export interface IngestOptions<Signal> {
  readonly spool: Spool;
  /** Where the spool's segments are: the workers read them by themselves. */
  readonly spoolDirectory: string;
  readonly tables: Tables;
  readonly events: EventStore;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly log: Log;
  readonly config: { readonly ingest: IngestConfig; readonly retention: { readonly days: number } } & InputsConfig;
  /** The worker entry, which calls `serveBlocks`, and what it is given. */
  readonly workerUrl: URL;
  readonly workerData: unknown;
  /** Run in the transaction of every block, in this order. */
  readonly hooks: readonly BlockHook<Signal>[];
  readonly admission: Admission;
  readonly diskFreeBytes: () => number;
  readonly version: string;
  /** After a block is through, once, and not again after a restart: for what is kept in memory. */
  readonly onBlock?: (result: BlockResult<Signal>) => void;
  /** Answers of the workers to `loadRules`. */
  readonly onRulesLoaded?: (answer: unknown) => void;
}

export interface Ingest {
  readonly routes: Handlers<typeof ingestRoutes>;
  readonly handleIngest: IngestEndpoint;
  /** Questions to hosts. */
  readonly hostQueries: Handlers<typeof hostQueryRoutes>;
  /** The protocols of other programs, on their own paths. */
  readonly protocols: readonly ProtocolEndpoint[];
  readonly handleImportRecords: Imports["handleRecords"];
  start(): Promise<void>;
  /** Inputs first, then the running blocks (10 s at most), then the workers. The spool is closed by its owner. */
  stop(): Promise<void>;
  /** Holds the pump, not the inputs: see `Pump.hold`. */
  hold(patienceMs: number): Promise<() => void>;
  health(): PipelineHealth;
  /** Sends rules to every worker; the payload is between main.ts and its worker entry. */
  loadRules(payload: unknown): void;
  /** Everything that arrived before this is counted, and whether anybody could send just now. */
  progress(): { readonly throughMs: number; readonly accepting: boolean };
  /** Every source with its health. */
  allSources(): Promise<Source[]>;
  /** What the registry knows of a source. */
  sourceFacts(sourceId: string): SourceFacts | undefined;
  /** When the last record of it was received; null when none was. */
  lastHeardMs(sourceId: string): Promise<number | null>;
  /** Sources that send for an exercise, or sent for one whose events may still be there, each with the exercise: as many as a query can name. */
  rehearsing(): ReadonlyMap<string, string>;
  /** The exercise that sends by this source; null for real telemetry. */
  exerciseOf(sourceId: string): string | null;
  readonly rehearse: Rehearse;
  /** For what fetches its records itself. */
  readonly feed: Feed;
  /** The inputs on ports of their own that are open. */
  inputs(): readonly { readonly name: string; readonly address: string }[];
}

export interface SourceFacts {
  readonly name: string;
  readonly enabled: boolean;
  /** Real telemetry that goes on: neither an import nor an exercise. */
  readonly watched: boolean;
}

const PATIENCE_MS = 10_000;
const DAY_MS = 24 * 3_600_000;
/** What is over its retention goes with its part of a month. */
const LINGER_DAYS = 40;
const FLUSH_MS = 5_000;

export function createIngest<Signal>(options: IngestOptions<Signal>): Ingest {
  const { spool, tables, clock, config } = options;
  const log = options.log.child("ingest");
  const backlog = new Backlog();
  const rate = new Rate(clock);
  const budget = new BodyBudget();
  const sources = new SourceRegistry({ tables, log, clock });
  // Over syslog nothing is refused: TCP sends it later, UDP counts for itself what it drops.
  const onRefused = (source: string, records: number): void => {
    if (sources.byId(source)?.keyHash !== undefined) sources.reject(source, records, "overload");
  };
  const rehearses = (source: string): boolean => (sources.byId(source)?.exerciseId ?? null) !== null;
  const share = createFairShare({ backlog, clock, onRefused });
  const intake = createIntake({ spool, backlog, admission: options.admission, share, rehearses });
  const imports = createImports({ tables, intake, backlog, budget, clock });
  const journal = createPumpJournal<Signal>({ tables, spool: spool.id, clock, hooks: options.hooks });
  const { workers } = config.ingest;
  const recordBytes = config.ingest.record.bytes;
  const pool = createWorkerPool<Signal>({
    workers,
    workerUrl: options.workerUrl,
    workerData: options.workerData,
    spool: { id: spool.id, directory: options.spoolDirectory },
    recordBytes,
    clock,
    log,
    ...(options.onRulesLoaded === undefined ? {} : { onLoaded: options.onRulesLoaded }),
  });
  const pump = createPump<Signal>({
    spool,
    journal,
    run: pool.run,
    clock,
    log,
    workers,
    block: config.ingest.block,
    onFinished: ({ block, result }) => {
      for (const frame of block.frames) backlog.remove(frame);
      rate.add(result.sources.reduce((sum, { source, stored }) => sum + (rehearses(source) ? 0 : stored), 0));
      options.onBlock?.(result);
    },
  });
  const feed = createFeed({ tables, sources, intake, backlog, clock, recordBytes });
  const hostQueries = createHostQueries({ tables, audit: options.audit, clock, recordBytes });
  const door = createDoor({ intake, sources, budget, clock, recordBytes, version: options.version });
  let inputs: readonly OpenInput[] = [];
  let flushing: NodeJS.Timeout | undefined;
  let running = false;

  const health = (): PipelineHealth =>
    pipelineHealth({
      spool,
      pump,
      intake,
      backlog,
      rate,
      clock,
      workers: pool.size,
      diskFreeBytes: options.diskFreeBytes(),
      running,
    });

  async function start(): Promise<void> {
    await sources.load(clock.now(), sourcesOfInputs(config));
    const forgotten = await forgetOtherSpools(tables.db, spool.id);
    if (forgotten > 0)
      log.error({ blocks: forgotten }, "blocks of a spool that is gone were given up; their records are lost");
    const gaps = await countGaps(tables.db);
    if (gaps > 0) log.warn({ gaps }, "the spool had unreadable stretches in the past, see ingest_gap");
    await backlog.rebuild(spool, (await journal.load()).checkpoint);
    await pump.start();
    running = true;
    flushing = setInterval(() => void sources.flush(), FLUSH_MS);
    inputs = await openInputs({ config, recordBytes, intake, sources, door, budget, clock, log });
  }

  let ended: Promise<void> | undefined;

  /** The threads run since the creation, so this also ends what was never started, or only in part. */
  function stop(): Promise<void> {
    ended ??= end();
    return ended;
  }

  async function end(): Promise<void> {
    await Promise.all(inputs.map((input) => input.close()));
    intake.close();
    clearInterval(flushing);
    await pump.stop(PATIENCE_MS);
    await pool.stop();
    await sources.flush();
    running = false;
  }

  const view = (stored: readonly StoredSource[]): Promise<Source[]> =>
    viewSources(stored, { tables, events: options.events, backlog, sources, clock, log });
  return {
    allSources: async () => view(await allSources(tables.db)),
    rehearsing: () => sources.rehearsing(clock.now() - (config.retention.days + LINGER_DAYS) * DAY_MS),
    routes: createHandlers({
      tables,
      audit: options.audit,
      sources,
      imports,
      intake,
      clock,
      health,
      view,
    }),
    handleIngest: createHttpIngest({ intake, sources, budget, clock, recordBytes }),
    protocols: createProtocols(door, { questions: hostQueries, manners: config.inputs }),
    hostQueries: hostQueries.routes,
    handleImportRecords: imports.handleRecords,
    start,
    stop,
    hold: (patienceMs) => pump.hold(patienceMs),
    health,
    loadRules: pool.load,
    rehearse: createRehearsal({ tables, sources, intake, clock, feed, running: () => running }),
    feed,
    progress: () => ({
      throughMs: backlog.total().oldestMs ?? clock.now(),
      accepting: running && intake.refusal() === undefined && spool.state().fenced === "",
    }),
    sourceFacts: (id) => {
      const source = sources.byId(id);
      if (source === undefined) return undefined;
      const { name, kind, enabled, exerciseId } = source;
      return { name, enabled, watched: kind !== "import" && exerciseId === null };
    },
    lastHeardMs: async (id) => {
      const at = (await sourceById(tables.db, id))?.lastEventAt ?? null;
      return at === null ? null : Date.parse(at);
    },
    exerciseOf: (sourceId) => sources.byId(sourceId)?.exerciseId ?? null,
    inputs: () => inputs.map(({ name, address }) => ({ name, address })),
  };
}
