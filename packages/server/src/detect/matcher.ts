/** matcher: the current rules applied to one event, as signals. Runs inside the ingest workers; no I/O.
 *  `load` swaps the whole set at once: between two events there is never a moment without rules. */
import { compile, type Engine, type Match, parseRules } from "@holdfast/sigma";
import { collapseEntity, entitiesOf } from "./entity.ts";
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

export interface Matcher {
  /** Replaces the rules. Files that hold no valid rule are left out: whoever read them has reported why. */
  load(load: RuleLoad): { readonly rules: number };
  match(event: MatchInput): Signal[];
  /** The signal as a row of the event store's table. */
  readonly serialise: typeof serialiseSignal;
}

export function createMatcher(): Matcher {
  let engine: Engine = compile([]);
  let states: States = { test: new Set(), hashes: new Map() };
  return {
    load: (load) => {
      const off = new Set(load.off);
      const { rules } = parseRules(load.files.map((file) => ({ path: qualifiedPath(file), text: file.text })));
      const active = rules.filter((rule) => !off.has(rule.id));
      engine = compile(active);
      states = { test: new Set(load.test), hashes: new Map(active.map((rule) => [rule.id, hashOf(rule.text)])) };
      return { rules: active.length };
    },
    match: (event) => {
      const matches = engine.match({ fields: event.fields, logsource: event.logsource, text: event.text });
      return matches.length === 0 ? [] : signalsOf(event, matches, states);
    },
    serialise: serialiseSignal,
  };
}

interface States {
  readonly test: ReadonlySet<string>;
  /** Rule id -> hash of its text. */
  readonly hashes: ReadonlyMap<string, string>;
}

const MAX_VALUE = 2_000;
const MAX_FIELDS = 30;
const MAX_MESSAGE = 1_000;

function signalsOf(event: MatchInput, matches: readonly Match[], states: States): Signal[] {
  const { columns } = event;
  const entities = entitiesOf(columns).map((entity) => ({ ...entity, value: storable(entity.value) }));
  return matches.map(({ rule, fields }) => ({
    id: signalId(event.eventId, rule.id),
    eventId: event.eventId,
    timeMs: columns.time_ms,
    ruleId: rule.id,
    ruleTitle: rule.title,
    ruleHash: states.hashes.get(rule.id) ?? "",
    level: rule.level,
    outcome: states.test.has(rule.id) ? "test" : "alert",
    hiddenBy: "",
    tactics: rule.attack.tactics,
    techniques: rule.attack.techniques,
    entity: clean(collapseEntity(columns, rule.logsource)),
    entities,
    fields: fields.slice(0, MAX_FIELDS).map(shorten),
    host: storable(columns.host),
    user: storable(columns.user),
    message: storable(columns.message.slice(0, MAX_MESSAGE)),
  }));
}

function clean(entity: Signal["entity"]): Signal["entity"] {
  return { kind: entity.kind, value: storable(entity.value) };
}

function shorten(field: SignalField): SignalField {
  return { ...field, value: cut(field.value), pattern: cut(field.pattern) };
}

function cut(text: string): string {
  return storable(text.length <= MAX_VALUE ? text : `${text.slice(0, MAX_VALUE)}…`);
}
