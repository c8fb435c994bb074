/** create: the detect area: keeps the current set of rules, tells others when it changes, and answers its routes.
 *  It only hands rules over; matching happens in the ingest workers, which swap whole sets between blocks. */
import type { authoringRoutes } from "@holdfast/contracts/authoring";
import type { backtestRoutes } from "@holdfast/contracts/backtest";
import type { detectRoutes } from "@holdfast/contracts/detect";
import type { dryRunRoutes } from "@holdfast/contracts/dry-run";
import type { editingRoutes } from "@holdfast/contracts/editing";
import type { exceptionRoutes } from "@holdfast/contracts/exceptions";
import type { ruleDraftRoutes } from "@holdfast/contracts/rule-drafts";
import type { Normaliser } from "@holdfast/sdk";
import type { AuditLog } from "../platform/audit-log/index.ts";
import type { Clock } from "../platform/clock/index.ts";
import type { EventStore } from "../platform/events/index.ts";
import type { Handlers } from "../platform/http-contract.ts";
import type { Log } from "../platform/log/index.ts";
import type { Tables, Transaction } from "../platform/tables/index.ts";
import { createAuthoring } from "./authoring-routes.ts";
import { createBacktest } from "./backtest-routes.ts";
import { type ReadingRule, rulesReading } from "./blind.ts";
import { createCensus } from "./census.ts";
import type { DetectContext, SignalsOfAlert } from "./context.ts";
import { createDryRun } from "./dry-run.ts";
import { createExceptions } from "./exception-routes.ts";
import type { CorrelationRules } from "./silent-rules.ts";
import { correlationRulesOf } from "./correlation-rules.ts";
import { countHidden } from "./exception-store.ts";
import { createFiredTexts, type KeepTexts } from "./fired-texts.ts";
import { linkPlaces } from "./link-files.ts";
import { createRoutes } from "./routes.ts";
import { createDrafts } from "./rule-drafts.ts";
import { createEditing } from "./rule-editing.ts";
import type { RuleFolder } from "./rule-files.ts";
import { createRuleKeeper, type RulesLoaded } from "./rule-keeper.ts";
import type { RuleLoad } from "./rule-load.ts";
import { createRuleReader } from "./rule-reader.ts";
import { stateOf } from "./rule-store.ts";
import { isFed } from "./rule-view.ts";
import { type RuleWatch, watchRules } from "./rule-watch.ts";
import type { Signal } from "./signal.ts";

export interface DetectOptions {
  readonly tables: Tables;
  readonly events: EventStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: AuditLog;
  /** The starter pack; undefined when it is switched off. */
  readonly starter: string | undefined;
  /** Configured folders and files (rules.paths), read after the starter pack. */
  readonly paths: readonly string[];
  /** Folders and files of processing pipelines (rules.pipelines). */
  readonly pipelines?: readonly string[];
  /** The file of placeholder lists (rules.placeholders). */
  readonly placeholders?: string | undefined;
  /** The parsers of the stream: stored records and pasted ones are read as it reads them. */
  readonly normalise: Normaliser;
  /** Signals that an alert keeps; alerts are triage's. */
  readonly signalsOfAlert: SignalsOfAlert;
  /** Source id -> name; sources are ingest's. */
  readonly sourceNames: () => Promise<ReadonlyMap<string, string>>;
  /** Sources of exercises: their matches are counted nowhere among the real ones. */
  readonly apart?: () => readonly string[];
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

export interface Detect {
  readonly routes: Handlers<typeof detectRoutes>;
  readonly editing: Handlers<typeof editingRoutes>;
  readonly drafts: Handlers<typeof ruleDraftRoutes>;
  readonly exceptions: Handlers<typeof exceptionRoutes>;
  readonly authoring: Handlers<typeof authoringRoutes>;
  readonly backtest: Handlers<typeof backtestRoutes>;
  readonly dryRun: Handlers<typeof dryRunRoutes>;
  /** Reads the folders and watches them from then on. */
  start(): Promise<void>;
  stop(): Promise<void>;
  rules(): RuleLoad;
  /** The correlations that run, for whoever feeds them. */
  correlations(): CorrelationRules;
  /** Called after every change of what `rules` answers; returns the function that ends it. */
  onRulesChanged(listener: (rules: RuleLoad) => void): () => void;
  /** Counts what exceptions hid in a block; call in the block's transaction. */
  countHidden(tx: Transaction, signals: readonly Signal[]): Promise<void>;
  /** Keeps the texts that these fired with, for their explanation; call in the block's transaction. */
  readonly keepTexts: KeepTexts;
  describe(
    ruleId: string,
  ): { readonly description: string; readonly falsepositives: readonly string[]; readonly status: string } | undefined;
  /** The live rules that read what a source, or one host of it, sends; either may be "" for any. */
  rulesReading(of: {
    readonly source: string;
    readonly host: string;
    /** Columns that are lost, where not all is missing: then those that read them. */
    readonly fields?: readonly string[];
  }): Promise<readonly ReadingRule[]>;
  health(): RulesHealth;
  /** The last loads of this process, newest first. */
  loads(): readonly RulesLoaded[];
}

export function createDetect(options: DetectOptions): Detect {
  const { tables, events, clock, audit } = options;
  const log = options.log.child("detect");
  const folders = foldersOf(options);
  const links = linkPlaces(options);
  const keeper = createRuleKeeper({ tables, clock, log, folders, links });
  const { normalise, signalsOfAlert, sourceNames, apart = () => [] } = options;
  const reader = createRuleReader({ events, clock, log, keeper, apart });
  const census = createCensus({ events, clock, log, normalise });
  const stores = { tables, events, clock, log, audit };
  const context: DetectContext = { ...stores, keeper, reader, census, normalise, signalsOfAlert, apart };
  let watch: RuleWatch | undefined;

  return {
    routes: createRoutes(context),
    editing: createEditing(context),
    drafts: createDrafts(context),
    exceptions: createExceptions(context),
    authoring: createAuthoring({ ...context, sourceNames }),
    backtest: createBacktest(context),
    dryRun: createDryRun(context),
    start: async () => {
      await keeper.reload();
      watch = watchRules({
        folders: [...folders, ...links.pipelines, ...links.placeholders],
        log,
        onChange: () => {
          keeper
            .reload()
            .catch((error: unknown) => log.error({ reason: String(error) }, "The rules could not be loaded again."));
        },
        ...(options.pollMs === undefined ? {} : { pollMs: options.pollMs }),
      });
    },
    stop: async () => {
      watch?.close();
      await keeper.settled();
    },
    rules: () => keeper.load,
    correlations: () => correlationRulesOf(keeper.set, keeper.states),
    onRulesChanged: (listener) => keeper.onChanged(listener),
    keepTexts: createFiredTexts((ruleId, hash) => keeper.textOf(ruleId, hash)),
    countHidden: (tx, signals) => countHidden(tx, signals, clock.now()),
    describe: (ruleId) => {
      const loaded = keeper.set.rules.get(ruleId);
      if (loaded === undefined) return undefined;
      const { description, falsepositives, status } = loaded.rule;
      return { description, falsepositives, status };
    },
    rulesReading: (of) => rulesReading({ census, keeper }, of),
    health: () => {
      const { set, states, load, history } = keeper;
      const enabled = [...set.rules.values()].filter(({ rule }) => stateOf(states, rule.id) === "live");
      return {
        version: load.version,
        loaded: set.rules.size,
        enabled: enabled.length,
        unfed: enabled.filter((loaded) => !isFed(loaded, set)).length,
        problems: set.problems.length,
        loadedAt: history[0]?.at ?? null,
      };
    },
    loads: () => keeper.history,
  };
}

function foldersOf(options: DetectOptions): RuleFolder[] {
  const starter = options.starter === undefined ? [] : [{ pack: "starter", place: options.starter }];
  return [...starter, ...options.paths.map((place) => ({ pack: place, place }))];
}
