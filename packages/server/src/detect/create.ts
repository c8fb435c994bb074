/** create: the detect area: keeps the current set of rules, tells others when it changes, and answers its routes.
 *  It only hands rules over; matching happens in the ingest workers, which swap whole sets between blocks. */
import type { detectRoutes } from "@holdfast/contracts/detect";
import type { AuditLog } from "../platform/audit-log/index.ts";
import type { Clock } from "../platform/clock/index.ts";
import type { EventStore } from "../platform/events/index.ts";
import type { Handlers } from "../platform/http-contract.ts";
import type { Log } from "../platform/log/index.ts";
import type { Tables } from "../platform/tables/index.ts";
import { createRoutes } from "./routes.ts";
import { readRuleFiles, type RuleFolder, type RuleText } from "./rule-files.ts";
import { createRuleSetBuilder, type RuleSet, versionOf } from "./rule-set.ts";
import { readDisabled } from "./rule-store.ts";
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

/** What the workers' matchers load. */
export interface CurrentRules {
  readonly version: string;
  readonly files: readonly RuleText[];
  readonly disabled: readonly string[];
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
  rules(): CurrentRules;
  /** Called after every change of what `rules` answers; returns the function that ends it. */
  onRulesChanged(listener: (rules: CurrentRules) => void): () => void;
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
  const listeners = new Set<(rules: CurrentRules) => void>();
  const history: RulesLoaded[] = [];
  let set: RuleSet = { files: [], rules: new Map(), problems: [] };
  let disabled: ReadonlySet<string> = new Set();
  let version = "";
  let watch: RuleWatch | undefined;
  let running: Promise<void> = Promise.resolve();

  const current = (): CurrentRules => ({ version, files: set.files, disabled: [...disabled] });
  const settle = async (): Promise<void> => {
    const next = versionOf(set, [...disabled]);
    if (next === version) return;
    version = next;
    const loaded = { version, rules: set.rules.size, problems: set.problems.length };
    history.unshift({ at: new Date(clock.now()).toISOString(), ...loaded });
    history.length = Math.min(history.length, LOADS_KEPT);
    log.info(loaded, "Rules loaded.");
    for (const listener of listeners) listener(current());
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
      disabled = await readDisabled(tables.db);
      await settle();
    });
  const reloadStates = (): Promise<void> =>
    inTurn(async () => {
      disabled = await readDisabled(tables.db);
      await settle();
    });

  return {
    routes: createRoutes({
      ...options,
      reload,
      reloadStates,
      state: () => ({ set, disabled, version }),
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
    rules: current,
    onRulesChanged: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    describe: (ruleId) => {
      const loaded = set.rules.get(ruleId);
      return loaded && { description: loaded.rule.description, falsepositives: loaded.rule.falsepositives };
    },
    health: () => {
      const enabled = [...set.rules.values()].filter(({ rule }) => !disabled.has(rule.id));
      return {
        version,
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

function foldersOf(options: DetectOptions): RuleFolder[] {
  const starter = options.starter === undefined ? [] : [{ pack: "starter", directory: options.starter }];
  return [...starter, ...options.paths.map((directory) => ({ pack: directory, directory }))];
}
