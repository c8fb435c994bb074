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
  /** How it is told from others, as it stands with the alert. */
  readonly told: Told;
}

/** One value that a signal names; kind "rule" is the entity that its rule is about. "" is none of that kind. In lower case. */
export interface GroupValue {
  readonly kind: Signal["entity"]["kind"] | "rule";
  readonly value: string;
}

/** All of them. */
export type Group = readonly GroupValue[];

/** Which signals an alert is made of. */
export interface Told {
  /** Declared keys; null where the rule's own entity tells them apart. */
  readonly keys: Dedup["keys"] | null;
  readonly windowMs: number;
  /** Of the settings. */
  readonly version: number;
  /** Every signal is one of the groups of each. */
  readonly all: readonly (readonly Group[])[];
}

/** Signals of a cause that people took out of an alert: they have a cause of their own. */
export interface Route {
  readonly newKey: string;
  readonly groups: readonly Group[];
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
  /** By cause key; none where nothing was taken out. */
  readonly routes?: ReadonlyMap<string, readonly Route[]> | undefined;
  /** Of the settings. */
  readonly version?: number | undefined;
}

export function causeOf(signal: Signal, rules: CauseRules): Cause {
  const declared = rules.dedup.get(signal.ruleId);
  const { entity, group } = keyed(signal, declared?.keys);
  const exerciseId = rules.exerciseOf(signal.source);
  const held = rules.holdOf(signal);
  const first = causeKeyOf(signal, { keys: declared?.keys, exerciseId });
  const { key: causeKey, within } = routed(signal, first, rules.routes);
  const key = held === undefined ? causeKey : heldKey(causeKey, held.hold, held.id);
  const windowMs = signal.report === undefined ? (declared?.windowMs ?? rules.windowMs) : ENDLESS_MS;
  const told = { keys: declared?.keys ?? null, windowMs, version: rules.version ?? 0, all: [[group], ...within] };
  return { key, causeKey, entity, hold: held?.hold ?? null, holdId: held?.id ?? null, exerciseId, windowMs, told };
}

/** Where a signal goes after what people took out, and out of what was taken out. */
export function routed<Kind extends string>(
  signal: Named<Kind>,
  causeKey: string,
  routes: CauseRules["routes"],
): { readonly key: string; readonly within: readonly (readonly Group[])[]; readonly passed: readonly string[] } {
  const passed = [causeKey];
  const within: (readonly Group[])[] = [];
  for (let key = causeKey; routes !== undefined; ) {
    const next = routes.get(key)?.find(({ groups }) => groups.some((group) => isOf(signal, group)));
    // What is taken apart by today's keys goes to a key that may have been here before.
    if (next === undefined || passed.includes(next.newKey)) break;
    within.push(next.groups);
    passed.push(next.newKey);
    key = next.newKey;
  }
  return { key: passed[passed.length - 1] ?? causeKey, within, passed };
}

function isOf<Kind extends string>(signal: Named<Kind>, group: Group): boolean {
  return group.every(({ kind, value }) => valueOf(signal, kind) === value);
}

function valueOf<Kind extends string>(signal: Named<Kind>, kind: string): string {
  if (kind === "rule") return entityKey(signal.entity);
  return entityOf<string>(signal, kind)?.value.toLowerCase() ?? "";
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

/** The key of the signals that all name these values. */
export function keyOfGroup(
  ruleId: string,
  group: Group,
  { keys, exerciseId }: { readonly keys: Dedup["keys"] | undefined; readonly exerciseId: string | null },
): string {
  const words =
    keys === undefined
      ? group.map(({ value }) => value)
      : ["keys", ...group.map(({ kind, value }) => `${kind}:${value}`)];
  return digest([ruleId, ...words, ...(exerciseId === null ? [] : [`exercise:${exerciseId}`])].join("\u0000"));
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
export interface Named<Kind extends string> {
  readonly ruleId: string;
  readonly entity: { readonly kind: Kind; readonly value: string };
  readonly entities: readonly { readonly kind: Kind; readonly value: string; readonly role: SignalEntity["role"] }[];
  readonly report?: { readonly cause: string } | undefined;
}

interface Keyed<Kind extends string> {
  readonly entity: { readonly kind: Kind; readonly value: string };
  readonly words: readonly string[];
  readonly group: Group;
}

/** A kind that the event does not name counts as one value of its own: such signals collapse with their like. */
function keyed<Kind extends Signal["entity"]["kind"] | string>(
  signal: Named<Kind>,
  keys: readonly Kind[] | undefined,
): Keyed<Kind> {
  const own = entityKey(signal.entity);
  const group: Group = [{ kind: "rule", value: own }];
  if (signal.report !== undefined) return { entity: signal.entity, words: ["report", signal.report.cause], group };
  if (keys === undefined) return { entity: signal.entity, words: [own], group };
  const found = keys.map((kind) => ({ kind, entity: entityOf(signal, kind) }));
  const shown = found.find(({ entity }) => entity !== undefined)?.entity ?? signal.entity;
  const words = found.map(({ kind, entity }) => (entity === undefined ? `${kind}:` : entityKey(entity)));
  const values = found.map(({ kind, entity }) => ({
    kind: kind as GroupValue["kind"],
    value: entity?.value.toLowerCase() ?? "",
  }));
  return { entity: { kind: shown.kind, value: shown.value }, words: ["keys", ...words], group: values };
}

/** The host it happened on and the address it came from go before others of their kind. */
function entityOf<Kind extends string>(signal: Named<Kind>, kind: Kind): Named<Kind>["entity"] | undefined {
  if (signal.entity.kind === kind) return signal.entity;
  const named = signal.entities.filter((entity) => entity.kind === kind);
  return named.find(({ role }) => role !== "seen") ?? named[0];
}
