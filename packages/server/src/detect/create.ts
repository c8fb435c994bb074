/** create: the detect area: keeps the current set of rules, tells others when it changes, and answers its routes.
 *  It only hands rules over; matching happens in the ingest workers, which swap whole sets between blocks. */
import type { detectRoutes, RuleState } from "@holdfast/contracts/detect";
import type { AuditLog } from "../platform/audit-log/index.ts";
import type { Clock } from "../platform/clock/index.ts";
import type { EventStore } from "../platform/events/index.ts";
import type { Handlers } from "../platform/http-contract.ts";
import type { Log } from "../platform/log/index.ts";
import type { Tables } from "../platform/tables/index.ts";
import { createRoutes } from "./routes.ts";
import { readRuleFiles, type RuleFolder } from "./rule-files.ts";
import type { RuleLoad } from "./rule-load.ts";
import { createRuleSetBuilder, type RuleSet, versionOf } from "./rule-set.ts";
import { readStates, type RuleStates, stateOf } from "./rule-store.ts";
import { type RuleWatch, watchRules } from "./rule-watch.ts";

export interface DetectOptions {
  readonly tables: Tables;
  readonly events: EventStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: AuditLog;
  /** The starter pack; undefined when it is switched off. */
  readonly starter: string | undefined;
  /** Configured folders (rules.paths), read after the starter pack. */
  readonly paths: readonly string[];
  /** How often folders are looked at without a notification. */
  readonly pollMs?: number;
}

export interface RulesHealth {
  readonly version: string;
  readonly loaded: number;
  readonly enabled: number;
  /** Enabled rules whose log source no route feeds. */
  readonly unfed: number;
  readonly problems: number;
  readonly loadedAt: string | null;
}

export interface RulesLoaded {
  readonly at: string;
  readonly version: string;
  readonly rules: number;
  readonly problems: number;
}

export interface Detect {
  readonly routes: Handlers<typeof detectRoutes>;
  /** Reads the folders and watches them from then on. */
  start(): Promise<void>;
  stop(): Promise<void>;
  rules(): RuleLoad;
  /** Called after every change of what `rules` answers; returns the function that ends it. */
  onRulesChanged(listener: (rules: RuleLoad) => void): () => void;
  describe(ruleId: string): { readonly description: string; readonly falsepositives: readonly string[] } | undefined;
  health(): RulesHealth;
  /** The last loads of this process, newest first. */
  loads(): readonly RulesLoaded[];
}

export function createDetect(options: DetectOptions): Detect {
  const { tables, clock } = options;
  const log = options.log.child("detect");
  const folders = foldersOf(options);
  const builder = createRuleSetBuilder();
  const listeners = new Set<(rules: RuleLoad) => void>();
  const history: RulesLoaded[] = [];
  let set: RuleSet = { files: [], rules: new Map(), problems: [] };
  let states: RuleStates = new Map();
  let load: RuleLoad = { version: "", files: [], off: [], test: [], exceptions: [] };
  let watch: RuleWatch | undefined;
  let running: Promise<void> = Promise.resolve();

  const settle = async (): Promise<void> => {
    const next = loadOf(set, states);
    const version = versionOf(next);
    if (version === load.version) return;
    load = { ...next, version };
    const loaded = { version, rules: set.rules.size, problems: set.problems.length };
    history.unshift({ at: new Date(clock.now()).toISOString(), ...loaded });
    history.length = Math.min(history.length, LOADS_KEPT);
    log.info(loaded, "Rules loaded.");
    for (const listener of listeners) listener(load);
    await tables.notify(tables.db, "detect.rules.loaded", loaded);
  };
  /** One load after the other: a change that comes while one is running is seen by the next. */
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    running = running.catch(() => undefined).then(work);
    return running;
  };
  const reload = (): Promise<void> =>
    inTurn(async () => {
      set = await builder.build(await readRuleFiles(folders));
      states = await readStates(tables.db);
      await settle();
    });
  const reloadStates = (): Promise<void> =>
    inTurn(async () => {
      states = await readStates(tables.db);
      await settle();
    });

  return {
    routes: createRoutes({
      ...options,
      reload,
      reloadStates,
      facts: () => ({ set, states, version: load.version, exceptions: () => 0 }),
    }),
    start: async () => {
      await reload();
      watch = watchRules({
        folders,
        log,
        onChange: () => {
          reload().catch((error: unknown) =>
            log.error({ reason: String(error) }, "The rules could not be loaded again."),
          );
        },
        ...(options.pollMs === undefined ? {} : { pollMs: options.pollMs }),
      });
    },
    stop: async () => {
      watch?.close();
      await running.catch(() => undefined);
    },
    rules: () => load,
    onRulesChanged: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    describe: (ruleId) => {
      const loaded = set.rules.get(ruleId);
      return loaded && { description: loaded.rule.description, falsepositives: loaded.rule.falsepositives };
    },
    health: () => {
      const enabled = [...set.rules.values()].filter(({ rule }) => stateOf(states, rule.id) === "live");
      return {
        version: load.version,
        loaded: set.rules.size,
        enabled: enabled.length,
        unfed: enabled.filter(({ rule }) => !rule.fed).length,
        problems: set.problems.length,
        loadedAt: history[0]?.at ?? null,
      };
    },
    loads: () => history,
  };
}

const LOADS_KEPT = 20;

function loadOf(set: RuleSet, states: RuleStates): Omit<RuleLoad, "version"> {
  const inState = (...wanted: RuleState[]): string[] =>
    [...states].filter(([, { state }]) => wanted.includes(state)).map(([id]) => id);
  return { files: set.files, off: inState("off", "draft"), test: inState("test"), exceptions: [] };
}

function foldersOf(options: DetectOptions): RuleFolder[] {
  const starter = options.starter === undefined ? [] : [{ pack: "starter", directory: options.starter }];
  return [...starter, ...options.paths.map((directory) => ({ pack: directory, directory }))];
}
