/** rule-keeper: keeps the current rules: files, what people wrote, the states they gave and the exceptions they made, as one load
 *  for the ingest workers. One change after the other; whoever waits for `renew` finds the workers told. */
import type { RuleState } from "@holdfast/contracts/detect";
import type { Clock } from "../platform/clock/index.ts";
import type { Log } from "../platform/log/index.ts";
import type { Tables } from "../platform/tables/index.ts";
import { readExceptions, type StoredException } from "./exception-store.ts";
import { type LinkFilesRead, type LinkPlaces, NO_LINKS, readLinkFiles } from "./link-files.ts";
import { readRuleFiles, type RuleFilesRead, type RuleFolder } from "./rule-files.ts";
import type { RuleLoad } from "./rule-load.ts";
import { createRuleSetBuilder, NO_RULES, type RuleSet, versionOf } from "./rule-set.ts";
import { readStates, type RuleStates } from "./rule-store.ts";
import { readStoredRules } from "./rule-text-store.ts";
import { hashOf } from "./signal.ts";

export interface RulesLoaded {
  readonly at: string;
  readonly version: string;
  readonly rules: number;
  readonly problems: number;
}

export interface RuleKeeper {
  readonly set: RuleSet;
  readonly states: RuleStates;
  /** All that are not deleted. */
  readonly exceptions: readonly StoredException[];
  readonly load: RuleLoad;
  /** The last loads of this process, newest first. */
  readonly history: readonly RulesLoaded[];
  /** The text with that hash: the present one, or one that was replaced lately and that events under way may have met. */
  textOf(ruleId: string, hash: string): string | undefined;
  /** Reads the folders and all that people decided. */
  reload(): Promise<void>;
  /** Reads only what people decided and wrote. */
  renew(): Promise<void>;
  onChanged(listener: (load: RuleLoad) => void): () => void;
  settled(): Promise<void>;
}

export function createRuleKeeper(options: {
  readonly tables: Tables;
  readonly clock: Clock;
  readonly log: Log;
  readonly folders: readonly RuleFolder[];
  readonly links: LinkPlaces;
}): RuleKeeper {
  const { tables, clock, log, folders } = options;
  const builder = createRuleSetBuilder();
  const listeners = new Set<(load: RuleLoad) => void>();
  const history: RulesLoaded[] = [];
  const past = new Map<string, string>();
  let files: RuleFilesRead = { files: [], problems: [] };
  let links: LinkFilesRead = NO_LINKS;
  let set: RuleSet = NO_RULES;
  let states: RuleStates = new Map();
  let exceptions: readonly StoredException[] = [];
  let load: RuleLoad = { version: "", files: [], links: NO_LINKS.texts, off: [], test: [], exceptions: [] };
  let running: Promise<void> = Promise.resolve();

  const settle = async (): Promise<void> => {
    const [stored, given, made] = [
      await readStoredRules(tables.db),
      await readStates(tables.db),
      await readExceptions(tables.db),
    ];
    const inForce = made.filter((one) => !one.off && (one.expiresMs ?? Number.POSITIVE_INFINITY) > clock.now());
    const built = await builder.build({ read: files, links, stored, exceptions: inForce });
    keepReplaced(set, built, past);
    [set, states, exceptions] = [built, given, made];
    const next = loadOf(built, given, inForce);
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
  /** A change that comes while one is running is seen by the next. */
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    running = running.catch(() => undefined).then(work);
    return running;
  };

  return {
    get set() {
      return set;
    },
    get states() {
      return states;
    },
    get exceptions() {
      return exceptions;
    },
    get load() {
      return load;
    },
    history,
    textOf: (ruleId, hash) => {
      const text = set.rules.get(ruleId)?.rule.text;
      return text !== undefined && hashOf(text) === hash ? text : past.get(`${hash} ${ruleId}`);
    },
    reload: () =>
      inTurn(async () => {
        files = await readRuleFiles(folders);
        links = await readLinkFiles(options.links);
        await settle();
      }),
    renew: () => inTurn(settle),
    onChanged: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    settled: () => running.catch(() => undefined),
  };
}

const LOADS_KEPT = 20;
const TEXTS_KEPT = 5_000;

/** Texts that are there no more, or are other ones now; those that were replaced first are let go first. */
function keepReplaced(before: RuleSet, now: RuleSet, past: Map<string, string>): void {
  for (const [id, { rule }] of before.rules)
    if (now.rules.get(id)?.rule.text !== rule.text) past.set(`${hashOf(rule.text)} ${id}`, rule.text);
  for (const key of [...past.keys()].slice(0, Math.max(0, past.size - TEXTS_KEPT))) past.delete(key);
}

function loadOf(set: RuleSet, states: RuleStates, exceptions: readonly StoredException[]): Omit<RuleLoad, "version"> {
  const inState = (...wanted: RuleState[]): string[] =>
    [...states].filter(([, { state }]) => wanted.includes(state)).map(([id]) => id);
  return {
    files: set.files,
    links: set.links.texts,
    off: inState("off", "draft"),
    test: inState("test"),
    exceptions: exceptions.flatMap(({ id, expiresMs }) => (expiresMs === null ? [] : [{ id, expiresMs }])),
  };
}
