/** signal: one hit of a rule on one event. It carries all that triage needs, so that nobody reads the event again.
 *  Plain data: it crosses from the matching worker to the pump and into the event store. */
import { createHash } from "node:crypto";
import type { Severity } from "@holdfast/contracts/model";
import type { EventColumns, Logsource, ObservableKind } from "@holdfast/sdk";

/** own = the host it happened on · origin = where a logon or connection came from · seen = anything else it names. */
export type EntityRole = "own" | "origin" | "seen";

export interface SignalEntity {
  readonly kind: ObservableKind;
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
  readonly level: Severity;
  readonly tactics: readonly string[];
  readonly techniques: readonly string[];
  /** What signals of this rule are collapsed on. */
  readonly entity: { readonly kind: ObservableKind; readonly value: string };
  readonly entities: readonly SignalEntity[];
  readonly fields: readonly SignalField[];
  readonly host: string;
  readonly user: string;
  readonly message: string;
}

/** One normalised event as the matching worker has it. */
export interface MatchInput {
  readonly eventId: string;
  readonly columns: EventColumns;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly logsource: Logsource | undefined;
  /** The record's text, for keyword searches. */
  readonly text: string;
}

export function signalId(eventId: string, ruleId: string): string {
  return createHash("sha256").update(`${eventId}:${ruleId}`).digest("hex").slice(0, 32);
}
