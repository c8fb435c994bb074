/** matcher: the current rules applied to one event, as signals. Runs inside the ingest workers; no I/O.
 *  `load` swaps the whole set at once: between two events there is never a moment without rules. */
import {
  compile,
  createCorrelator,
  type Engine,
  linkRules,
  type Match,
  readRuleFile,
  type Rule,
  type RuleParts,
} from "@holdfast/sigma";
import { systemClock } from "../platform/clock/index.ts";
import { collapseEntity, entitiesOf } from "./entity.ts";
import { valuesFor } from "./correlation-values.ts";
import { createHiding, type Hiding } from "./hiding.ts";
import { linkOptionsOf } from "./link-files.ts";
import { outsideAlert } from "./outside-alert.ts";
import { qualifiedPath } from "./rule-files.ts";
import type { RuleLoad } from "./rule-load.ts";
import {
  hashOf,
  type MatchInput,
  type Signal,
  type SignalField,
  serialiseSignal,
  signalId,
  storable,
} from "./signal.ts";
import { silentRules } from "./silent-rules.ts";

export interface Matcher {
  /** Replaces the rules. Files that hold no valid rule are left out: whoever read them has reported why. */
  load(load: RuleLoad): { readonly rules: number };
  match(event: MatchInput): Signal[];
  /** The signal as a row of the event store's table. */
  readonly serialise: typeof serialiseSignal;
}

export function createMatcher(options: { readonly now?: () => number } = {}): Matcher {
  const now = options.now ?? (() => systemClock.now());
  let known: KnownFiles = new Map();
  let current: Current = NO_RULES;
  return {
    load: (load) => {
      const off = new Set(load.off);
      known = readFiles(load, known);
      const { rules, correlations } = linkRules(
        [...known.values()].map(({ parts }) => parts),
        linkOptionsOf(load.links).options,
      );
      const active = rules.filter((rule) => !off.has(rule.id));
      const hiding = createHiding(active, new Map(load.exceptions.map(({ id, expiresMs }) => [id, expiresMs])));
      const test = new Set(load.test);
      const running = correlations.filter((rule) => !off.has(rule.id));
      current = {
        engine: compile(hiding.rules),
        hiding,
        fieldsReadFrom: createCorrelator(running).fieldsReadFrom,
        test,
        silent: silentRules({ rules: running, test }),
        hashes: new Map(active.map((rule) => [rule.id, hashOf(rule.text)])),
      };
      return { rules: active.length };
    },
    match: (event) => {
      const { fields, logsource, text, bytes } = event;
      const seen = { fields, logsource, text, bytes };
      const outside = outsideAlert(event);
      const matches = current.engine.match(seen);
      if (matches.length === 0) return outside;
      const at = now();
      const own = signalsOf(event, matches, (rule) => ({
        ...fateOf(rule.id, current, current.hiding.hiddenBy(rule.id, seen, at)),
        ...valuesFor(rule, event, current.fieldsReadFrom(rule.id)),
      }));
      return [...outside, ...own];
    },
    serialise: serialiseSignal,
  };
}

interface Current {
  readonly engine: Engine;
  readonly hiding: Hiding;
  /** What correlations read of the events of a rule. */
  readonly fieldsReadFrom: (ruleId: string) => readonly string[];
  readonly test: ReadonlySet<string>;
  /** Those that only count for a correlation. */
  readonly silent: ReadonlySet<string>;
  /** Rule id -> hash of its text. */
  readonly hashes: ReadonlyMap<string, string>;
}

const NO_RULES: Current = {
  engine: compile([]),
  hiding: createHiding([], new Map()),
  fieldsReadFrom: () => [],
  test: new Set(),
  silent: new Set(),
  hashes: new Map(),
};

type KnownFiles = ReadonlyMap<string, { readonly text: string; readonly parts: RuleParts }>;

/** Most of a load is what the last one was: only changed files are read. */
function readFiles(load: RuleLoad, known: KnownFiles): KnownFiles {
  return new Map(
    load.files.map((file) => {
      const path = qualifiedPath(file);
      const before = known.get(path);
      const { text } = file;
      return [path, before?.text === text ? before : { text, parts: readRuleFile({ path, text }) }];
    }),
  );
}

type Fate = Pick<Signal, "ruleHash" | "outcome" | "hiddenBy" | "values">;

function fateOf(ruleId: string, current: Current, hiddenBy: string): Fate {
  const outcome = hiddenBy === "" ? outcomeOf(ruleId, current) : "hidden";
  return { ruleHash: current.hashes.get(ruleId) ?? "", outcome, hiddenBy: storable(hiddenBy) };
}

function outcomeOf(ruleId: string, { test, silent }: Current): Signal["outcome"] {
  if (test.has(ruleId)) return "test";
  return silent.has(ruleId) ? "counted" : "alert";
}

const MAX_VALUE = 2_000;
const MAX_FIELDS = 30;
const MAX_MESSAGE = 1_000;

function signalsOf(event: MatchInput, matches: readonly Match[], fate: (rule: Rule) => Fate): Signal[] {
  const { columns } = event;
  const entities = entitiesOf(columns).map((entity) => ({ ...entity, value: storable(entity.value) }));
  return matches.map(({ rule, fields }) => ({
    id: signalId(event.eventId, rule.id),
    eventId: event.eventId,
    timeMs: columns.time_ms,
    ruleId: storable(rule.id),
    ruleTitle: storable(rule.title),
    level: rule.level,
    ...fate(rule),
    tactics: rule.attack.tactics,
    techniques: rule.attack.techniques,
    entity: clean(collapseEntity(columns, rule.logsource)),
    entities,
    fields: fields.slice(0, MAX_FIELDS).map(shorten),
    host: storable(columns.host),
    user: storable(columns.user),
    message: storable(columns.message.slice(0, MAX_MESSAGE)),
    ...(event.source === undefined ? {} : { source: event.source }),
  }));
}

function clean(entity: Signal["entity"]): Signal["entity"] {
  return { kind: entity.kind, value: storable(entity.value) };
}

function shorten(field: SignalField): SignalField {
  return {
    field: cut(field.field),
    value: cut(field.value),
    pattern: cut(field.pattern),
    selection: cut(field.selection),
  };
}

function cut(text: string): string {
  return storable(text.length <= MAX_VALUE ? text : `${text.slice(0, MAX_VALUE)}…`);
}
