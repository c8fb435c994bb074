/** signal: one hit of a rule on one event. It carries all that triage needs, so that nobody reads the event again.
 *  Plain data: it crosses from the matching worker to the pump and into the event store. */
import { createHash } from "node:crypto";
import type { SignalOutcome } from "@holdfast/contracts/detect";
import type { Severity } from "@holdfast/contracts/model";
import type { EventColumns, Logsource, ObservableKind } from "@holdfast/sdk";

/** own = the host it happened on · origin = where a logon or connection came from · seen = anything else it names. */
export type EntityRole = "own" | "origin" | "seen";

/** What an event can name, and the source itself: that one falls silent is about no event. */
export type EntityKind = ObservableKind | "source";

export interface SignalEntity {
  readonly kind: EntityKind;
  readonly value: string;
  readonly role: EntityRole;
}

export interface SignalField {
  readonly field: string;
  readonly value: string;
  readonly pattern: string;
  readonly selection: string;
}

export interface Signal {
  /** Made of event and rule: the same hit has the same id after every replay. */
  readonly id: string;
  readonly eventId: string;
  /** Event time, milliseconds since the epoch. */
  readonly timeMs: number;
  readonly ruleId: string;
  readonly ruleTitle: string;
  /** Tells which text of the rule fired; see `hashOf`. */
  readonly ruleHash: string;
  readonly level: Severity;
  /** Only "alert" goes on to triage; the others are kept to be shown and counted. */
  readonly outcome: SignalOutcome;
  /** The exception that hid it; "" otherwise. */
  readonly hiddenBy: string;
  readonly tactics: readonly string[];
  readonly techniques: readonly string[];
  /** What signals of this rule are collapsed on. */
  readonly entity: { readonly kind: EntityKind; readonly value: string };
  readonly entities: readonly SignalEntity[];
  readonly fields: readonly SignalField[];
  readonly host: string;
  readonly user: string;
  readonly message: string;
  /** The source whose event it is made of; absent where none is known. */
  readonly source?: string;
  /** What correlations read of the event; only where some correlation is made of the rule. */
  readonly values?: Readonly<Record<string, string | number>>;
  /** Set where the event is itself an alert of another system, or a state that Holdfast watches: it has an end. */
  readonly report?: SignalReport;
}

/** What another system says of its own alert: what is one cause, and whether it is over. */
export interface SignalReport {
  /** Reports of the same cause are one alert until it is over. */
  readonly cause: string;
  readonly over: boolean;
  /** When it was last known to hold, or when it ended; milliseconds since the epoch. */
  readonly atMs: number;
  /** Not reported again by then, it is over as well; null: it holds until it is said to be over. */
  readonly untilMs: number | null;
  /** Services that it names, by id or name. */
  readonly services: readonly string[];
  /** Why it is over, in a sentence; without one its sender's word is given. */
  readonly why?: string;
}

/** One normalised event as the matching worker has it. */
export interface MatchInput {
  readonly eventId: string;
  readonly source?: string;
  /** When the record came in, milliseconds since the epoch. */
  readonly receivedMs?: number;
  readonly columns: EventColumns;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly logsource: Logsource | undefined;
  /** The record's text, for keyword searches. */
  readonly text: string;
  /** UTF-8 of the text, when the record came as such: keywords are then ruled out without reading the text. */
  readonly bytes?: Uint8Array | undefined;
}

export function signalId(eventId: string, ruleId: string): string {
  return createHash("sha256").update(`${eventId}:${ruleId}`).digest("hex").slice(0, 32);
}

/** Of a rule's text: the same text has the same hash on every machine. */
export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** Those that triage turns into alerts. */
export function alerting(signals: readonly Signal[]): readonly Signal[] {
  return signals.every((signal) => signal.outcome === "alert")
    ? signals
    : signals.filter((signal) => signal.outcome === "alert");
}

/** Neither store holds NUL or half of a surrogate pair, and log text has both: they become U+FFFD. */
export function storable(text: string): string {
  return UNSTORABLE.test(text) ? text.replaceAll(UNSTORABLE_RUN, "\ufffd") : text;
}

/** The signal as one line of the event store's table, with its line break. */
export function serialiseSignal(
  signal: Signal,
  event: { readonly receivedMs: number; readonly source: string; readonly class: string },
): string {
  const row = {
    id: signal.id,
    time: timeText(signal.timeMs),
    received: timeText(event.receivedMs),
    rule_id: signal.ruleId,
    rule_title: signal.ruleTitle,
    level: signal.level,
    event_id: signal.eventId,
    source: event.source,
    class: event.class,
    host: signal.host,
    user: signal.user,
    entity_kind: signal.entity.kind,
    entity: signal.entity.value,
    fields: JSON.stringify(signal.fields),
    tactics: signal.tactics,
    techniques: signal.techniques,
    outcome: signal.outcome,
    hidden_by: signal.hiddenBy,
    rule_hash: signal.ruleHash,
    entities: signal.entities.map(({ role, kind, value }) => `${role}:${kind}:${value}`),
  };
  return `${JSON.stringify(row, (_key, value: unknown) => (typeof value === "string" ? storable(value) : value))}\n`;
}

/** The u flag keeps surrogate pairs together, so only halves are found. */
const UNSTORABLE = /[\u0000\ud800-\udfff]/;
const UNSTORABLE_RUN = /[\u0000\ud800-\udfff]/gu;
/** The range of the engine's nanosecond time. */
const EARLIEST_MS = Date.UTC(1900, 0, 1);
const LATEST_MS = Date.UTC(2262, 3, 11);

function timeText(ms: number): string {
  return new Date(Math.min(LATEST_MS, Math.max(EARLIEST_MS, ms))).toISOString().slice(0, 23).replace("T", " ");
}
