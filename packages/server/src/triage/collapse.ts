/** collapse: signals of one rule and one entity within a window become one alert, with the exact count. Pure.
 *  Signals are taken one by one in the order of the spool, so any split of them into blocks gives the same alerts.
 *  A late signal that would fit two alerts goes to the nearer one (the earlier on a tie); alerts are never fused. */
import type { AlertHold } from "@holdfast/contracts/triage";
import type { Signal, SignalEntity } from "../detect/index.ts";
import { type Cause, collapseKey, digest, entityKey, type Told } from "./causes.ts";
import { rankOf } from "./severity.ts";
import { addSample, noSamples, type Samples } from "./samples.ts";

export interface SeenEntity {
  readonly entity: SignalEntity;
  firstMs: number;
  lastMs: number;
}

/** What collapsing knows of an alert; stored ones come with it, new ones are made here. */
export interface Collapsed {
  readonly id: string;
  readonly key: string;
  readonly ruleId: string;
  readonly title: string;
  readonly rank: number;
  readonly entity: Signal["entity"];
  readonly tactics: readonly string[];
  readonly techniques: readonly string[];
  readonly isNew: boolean;
  readonly causeKey: string;
  readonly hold: AlertHold | null;
  readonly holdId: string | null;
  readonly exerciseId: string | null;
  /** Services that its sender named, by id or name. */
  readonly serviceNames: readonly string[];
  /** Which signals it is made of; null for what is made of none, or was raised before this was kept. */
  readonly told: Told | null;
  /** Places in the spool; null where they are not known. */
  firstEvent: bigint | null;
  lastEvent: bigint | null;
  /** A member of a wave ties to nothing else. */
  inWave: boolean;
  /** Set before it is written when a wave that stands takes it. */
  incidentId: string | null;
  /** Signals that this call added. */
  added: number;
  count: number;
  firstMs: number;
  lastMs: number;
  readonly samples: Samples;
  /** By role and `entityKey`; those this call has changed are named in `touchedEntities`. */
  readonly entities: Map<string, SeenEntity>;
  readonly touchedEntities: Set<string>;
  /** Sightings of further entities after the first `MAX_ENTITIES`. */
  entitiesCut: number;
}

/** Beyond this many different entities an alert only counts: a guessing botnet has thousands of addresses. */
export const MAX_ENTITIES = 100;

/** @returns the alerts that got a signal, in the order in which they got their first one */
export function collapse(input: {
  readonly signals: readonly Signal[];
  /** Alerts that may still take signals, by collapse key. */
  readonly open: ReadonlyMap<string, readonly Collapsed[]>;
  readonly windowMs: number;
  /** Of each signal, in their order; the plain one of its rule and entity where none is given. */
  readonly causes?: readonly Cause[];
}): Collapsed[] {
  const byKey = new Map<string, Collapsed[]>();
  const touched = new Set<Collapsed>();
  for (const [index, signal] of input.signals.entries()) {
    const cause = input.causes?.[index] ?? plainCause(signal, input.windowMs);
    const { key } = cause;
    let alerts = byKey.get(key);
    if (alerts === undefined) {
      alerts = [...(input.open.get(key) ?? [])];
      byKey.set(key, alerts);
    }
    let alert = nearest(alerts, signal.timeMs, cause.windowMs);
    if (alert === undefined) {
      alert = create(signal, cause);
      alerts.push(alert);
    }
    add(alert, signal);
    touched.add(alert);
  }
  return [...touched];
}

/** An address can be where it came from in one signal and where it went in another: both are kept. */
export function seenKey(entity: SignalEntity): string {
  return `${entity.role}:${entityKey(entity)}`;
}

function plainCause(signal: Signal, windowMs: number): Cause {
  const key = collapseKey(signal.ruleId, signal.entity);
  const free = { hold: null, holdId: null, exerciseId: null } as const;
  const all = [[[{ kind: "rule", value: entityKey(signal.entity) } as const]]];
  const told = { keys: null, windowMs, version: 0, all };
  return { key, causeKey: key, entity: signal.entity, windowMs, told, ...free };
}

function nearest(alerts: readonly Collapsed[], timeMs: number, windowMs: number): Collapsed | undefined {
  let best: Collapsed | undefined;
  let bestGap = Number.POSITIVE_INFINITY;
  for (const alert of alerts) {
    const gap = Math.max(0, alert.firstMs - timeMs, timeMs - alert.lastMs);
    if (gap > windowMs || gap > bestGap) continue;
    if (gap === bestGap && best !== undefined && !earlier(alert, best)) continue;
    best = alert;
    bestGap = gap;
  }
  return best;
}

function earlier(a: Collapsed, b: Collapsed): boolean {
  return a.firstMs !== b.firstMs ? a.firstMs < b.firstMs : a.id < b.id;
}

function create(signal: Signal, cause: Cause): Collapsed {
  const { key, causeKey, entity, hold, holdId, exerciseId, told } = cause;
  return {
    id: digest(`${signal.ruleId}\u0000${entityKey(signal.entity)}\u0000${signal.id}`),
    key,
    ruleId: signal.ruleId,
    title: signal.ruleTitle,
    rank: rankOf(signal.level),
    entity,
    tactics: signal.tactics,
    techniques: signal.techniques,
    isNew: true,
    causeKey,
    hold,
    holdId,
    exerciseId,
    serviceNames: signal.report?.services ?? [],
    told,
    firstEvent: BigInt(signal.eventId),
    lastEvent: BigInt(signal.eventId),
    inWave: false,
    incidentId: null,
    added: 0,
    count: 0,
    firstMs: signal.timeMs,
    lastMs: signal.timeMs,
    samples: noSamples(),
    entities: new Map(),
    touchedEntities: new Set(),
    entitiesCut: 0,
  };
}

function add(alert: Collapsed, signal: Signal): void {
  alert.count += 1;
  alert.added += 1;
  alert.firstMs = Math.min(alert.firstMs, signal.timeMs);
  alert.lastMs = Math.max(alert.lastMs, signal.timeMs);
  const event = BigInt(signal.eventId);
  if (alert.firstEvent !== null && event < alert.firstEvent) alert.firstEvent = event;
  if (alert.lastEvent !== null && event > alert.lastEvent) alert.lastEvent = event;
  addSample(alert.samples, signal);
  for (const entity of signal.entities) {
    const key = seenKey(entity);
    const seen = alert.entities.get(key);
    if (seen !== undefined) {
      if (signal.timeMs >= seen.firstMs && signal.timeMs <= seen.lastMs) continue;
      seen.firstMs = Math.min(seen.firstMs, signal.timeMs);
      seen.lastMs = Math.max(seen.lastMs, signal.timeMs);
    } else if (alert.entities.size < MAX_ENTITIES) {
      alert.entities.set(key, { entity, firstMs: signal.timeMs, lastMs: signal.timeMs });
    } else {
      alert.entitiesCut += 1;
      continue;
    }
    alert.touchedEntities.add(key);
  }
}
