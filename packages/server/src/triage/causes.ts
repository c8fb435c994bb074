/** causes: what a signal is collapsed on: the entity of its rule or the keys declared for the rule, its exercise, and what holds it.
 *  Pure. The key depends on the signal and the settings only, so a replay finds the same alert again. */
import { createHash } from "node:crypto";
import type { AlertHold } from "@holdfast/contracts/triage";
import type { Signal, SignalEntity } from "../detect/index.ts";

export interface Cause {
  readonly key: string;
  /** The key as it is without the hold: where the alert goes when it is released. */
  readonly causeKey: string;
  readonly entity: Signal["entity"];
  readonly hold: AlertHold | null;
  readonly holdId: string | null;
  readonly exerciseId: string | null;
  /** A pause longer than this begins another alert. */
  readonly windowMs: number;
}

/** How signals of one rule are deduplicated, where that was declared. */
export interface Dedup {
  /** Kinds of entities; none means that all signals of the rule are one cause. */
  readonly keys: readonly Signal["entity"]["kind"][];
  readonly windowMs: number;
}

export interface CauseRules {
  readonly windowMs: number;
  readonly dedup: ReadonlyMap<string, Dedup>;
  readonly exerciseOf: (source: string | undefined) => string | null;
  readonly holdOf: (signal: Signal) => { readonly hold: AlertHold; readonly id: string | null } | undefined;
}

export function causeOf(signal: Signal, rules: CauseRules): Cause {
  const declared = rules.dedup.get(signal.ruleId);
  const { entity } = keyed(signal, declared?.keys);
  const exerciseId = rules.exerciseOf(signal.source);
  const held = rules.holdOf(signal);
  const causeKey = causeKeyOf(signal, { keys: declared?.keys, exerciseId });
  const key = held === undefined ? causeKey : heldKey(causeKey, held.hold, held.id);
  const windowMs = signal.report === undefined ? (declared?.windowMs ?? rules.windowMs) : ENDLESS_MS;
  return { key, causeKey, entity, hold: held?.hold ?? null, holdId: held?.id ?? null, exerciseId, windowMs };
}

/** Who reports an alert says when it is over: until then no pause begins another one. */
const ENDLESS_MS = 100 * 365 * 24 * 3_600_000;

/** The key of a signal that nothing holds; without keys its rule declares nothing. */
export function causeKeyOf(
  signal: Named<string>,
  { keys, exerciseId }: { readonly keys: Dedup["keys"] | undefined; readonly exerciseId: string | null },
): string {
  const { words } = keyed(signal, keys);
  return digest([signal.ruleId, ...words, ...(exerciseId === null ? [] : [`exercise:${exerciseId}`])].join("\u0000"));
}

/** Held signals have alerts of their own, one for each thing that holds them. */
export function heldKey(causeKey: string, hold: AlertHold, id: string | null): string {
  return digest(`${causeKey}\u0000hold:${hold}:${id ?? ""}`);
}

/** The key of a signal whose rule declares nothing. */
export function collapseKey(ruleId: string, entity: { readonly kind: string; readonly value: string }): string {
  return digest(`${ruleId}\u0000${entityKey(entity)}`);
}

/** One spelling for comparison: names of hosts, users and domains have no case. */
export function entityKey(entity: { readonly kind: string; readonly value: string }): string {
  return `${entity.kind}:${entity.value.toLowerCase()}`;
}

export function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}

/** Of a signal as it comes in, whose kinds are known, or as it was stored. */
interface Named<Kind extends string> {
  readonly ruleId: string;
  readonly entity: { readonly kind: Kind; readonly value: string };
  readonly entities: readonly { readonly kind: Kind; readonly value: string; readonly role: SignalEntity["role"] }[];
  readonly report?: { readonly cause: string } | undefined;
}

interface Keyed<Kind extends string> {
  readonly entity: { readonly kind: Kind; readonly value: string };
  readonly words: readonly string[];
}

/** A kind that the event does not name counts as one value of its own: such signals collapse with their like. */
function keyed<Kind extends string>(signal: Named<Kind>, keys: readonly Kind[] | undefined): Keyed<Kind> {
  if (signal.report !== undefined) return { entity: signal.entity, words: ["report", signal.report.cause] };
  if (keys === undefined) return { entity: signal.entity, words: [entityKey(signal.entity)] };
  const found = keys.map((kind) => ({ kind, entity: entityOf(signal, kind) }));
  const shown = found.find(({ entity }) => entity !== undefined)?.entity ?? signal.entity;
  const words = found.map(({ kind, entity }) => (entity === undefined ? `${kind}:` : entityKey(entity)));
  return { entity: { kind: shown.kind, value: shown.value }, words: ["keys", ...words] };
}

/** The host it happened on and the address it came from go before others of their kind. */
function entityOf<Kind extends string>(signal: Named<Kind>, kind: Kind): Named<Kind>["entity"] | undefined {
  if (signal.entity.kind === kind) return signal.entity;
  const named = signal.entities.filter((entity) => entity.kind === kind);
  return named.find(({ role }) => role !== "seen") ?? named[0];
}
