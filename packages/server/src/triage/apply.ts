/** apply: one block of signals into alerts and incidents, inside the pump's transaction. A fixed number of statements per block,
 *  whatever its size; the same block is never taken in twice. */
import type { ServiceBrief } from "@holdfast/contracts/estate";
import { isReported } from "@holdfast/contracts/triage";
import type { Signal } from "../detect/index.ts";
import type { Executor, Tables, Transaction } from "../platform/tables/index.ts";
import * as alerts from "./alert-store.ts";
import { announceAlerts, announceIncidents } from "./announce.ts";
import { writeAlerts, type Written } from "./apply-alerts.ts";
import { joinAlerts } from "./apply-joins.ts";
import { applyRisk, type RiskApplied, type RiskRules } from "./apply-risk.ts";
import { type Cause, type CauseRules, causeOf, type Dedup } from "./causes.ts";
import { type Collapsed, collapse } from "./collapse.ts";
import { countHidden } from "./hold-store.ts";
import { type IncidentListener, refreshAndTell, type Told } from "./incident-changes.ts";
import type { Resolution } from "./links.ts";
import { bumpWaves } from "./wave-store.ts";
import { enterWaves, gatherWaves } from "./waves.ts";

/** What triage asks of the estate; main passes it in. */
export interface EstateLookup {
  /** Services by host and by user, as the names were asked. */
  servicesOf(
    executor: Executor,
    asked: { readonly hosts: readonly string[]; readonly users: readonly string[]; readonly named?: readonly string[] },
  ): Promise<{
    readonly hosts: ReadonlyMap<string, readonly ServiceBrief[]>;
    readonly users: ReadonlyMap<string, readonly ServiceBrief[]>;
    /** Services by what they were called, their id or name. */
    readonly named?: ReadonlyMap<string, readonly ServiceBrief[]>;
  }>;
  /** One answer per entity, in the order asked. */
  resolve(
    executor: Executor,
    entities: readonly { readonly kind: string; readonly value: string }[],
  ): Promise<readonly Resolution[]>;
  /** What it holds of assets and identities themselves, by id. */
  readonly standingOf?: RiskRules["standingOf"];
}

export interface TriageSettings {
  /** Signals of one cause that are further apart than this are two alerts. */
  readonly windowMs: number;
  /** Alerts whose shared entity was seen further apart than this are not joined. */
  readonly joinMs: number;
  /** An entity in more alerts than this, within the join time, ties nothing any more. */
  readonly noiseBound: number;
  /** Alerts that the system puts into one incident at most; a wave has no such bound. */
  readonly maxMembers: number;
  /** A step of an attack on a neighbour is not later than this. */
  readonly stepMs: number;
  /** A rule that fires on as many entities within `waveMs` is one wave. */
  readonly waveBound: number;
  readonly waveMs: number;
  /** Entities that never tie, by "kind:value" in lower case, with what they are. */
  readonly hubs: ReadonlyMap<string, string>;
  /** Rule id -> how its signals are deduplicated. */
  readonly dedup: ReadonlyMap<string, Dedup>;
}

export const DEFAULT_SETTINGS: TriageSettings = {
  windowMs: 60 * 60_000,
  joinMs: 6 * 60 * 60_000,
  noiseBound: 50,
  maxMembers: 500,
  stepMs: 60 * 60_000,
  waveBound: 100,
  waveMs: 10 * 60_000,
  hubs: new Map(),
  dedup: new Map(),
};

export interface Block {
  /** Names the block for ever: the same as the deduplication token of its events. */
  readonly token: string;
}

export interface Applied {
  readonly raised: readonly string[];
  readonly changed: readonly string[];
  readonly opened: readonly string[];
}

export interface ApplyContext {
  readonly tables: Pick<Tables, "notify">;
  readonly estate: EstateLookup;
  readonly settings: TriageSettings;
  readonly now: () => number;
  readonly listeners?: readonly IncidentListener[];
  readonly risk?: RiskRules | undefined;
  readonly exerciseOf?: CauseRules["exerciseOf"];
  readonly holdOf?: CauseRules["holdOf"];
  /** What people took out of alerts, by cause key. */
  readonly routes?: CauseRules["routes"];
}

/** How causes are told with the settings of this moment. */
export function causeRulesOf(context: ApplyContext): CauseRules {
  const { windowMs, dedup } = context.settings;
  const { exerciseOf = () => null, holdOf = () => undefined, routes } = context;
  return { windowMs, dedup, exerciseOf, holdOf, routes, version: context.risk?.version };
}

export const NOTHING: Applied = { raised: [], changed: [], opened: [] };

export async function applySignals(
  context: ApplyContext,
  tx: Transaction,
  given: { readonly signals: readonly Signal[]; readonly block?: Block | undefined },
): Promise<Applied> {
  const { signals, block } = given;
  if (signals.length === 0) return NOTHING;
  const now = context.now();
  await alerts.lockTriage(tx);
  if (block !== undefined && !(await alerts.claimBlock(tx, { token: block.token, now }))) return NOTHING;

  const causes = causesOf(context, signals);
  const open = await readOpen(tx, signals, causes);
  const touched = collapse({ signals, open, causes, windowMs: context.settings.windowMs });
  const queued = touched.filter((alert) => alert.hold === null);
  await enterWaves(tx, { settings: context.settings, alerts: queued, now });
  const written = await writeAlerts(context, tx, { touched, now });
  await countHiding(tx, touched, now);
  return settle(context, tx, { touched, written, now });
}

/** Everything that follows when alerts stand in the queue: waves, incidents, risk; also for those that a hold has let go. */
export async function settle(
  context: ApplyContext,
  tx: Transaction,
  work: { readonly touched: readonly Collapsed[]; readonly written: Written; readonly now: number },
): Promise<Applied> {
  const { touched, written, now } = work;
  const queued = touched.filter((alert) => alert.hold === null);
  const waves = await gatherWaves(tx, { settings: context.settings, alerts: queued, now });
  const joined = await joinAlerts(context, tx, {
    subjects: queued.filter((alert) => !alert.inWave && !waves.members.has(alert.id)).map(written.subjectOf),
    resolve: written.resolve,
    now,
  });
  const moved = await bumpWaves(tx, waves.growth);
  const counted = touched.filter((alert) => counts(alert) && !waves.members.has(alert.id));
  const risk = await riskOf(context, tx, { alerts: counted, ...written, now });
  const told: Told[] = [
    ...waves.opened.map((incidentId) => ({ kind: "opened", incidentId }) as const),
    ...joined.told,
    ...risk.told,
  ];
  const ids = [...joined.affected, ...risk.affected];
  await refreshAndTell(tx, { listeners: context.listeners ?? [], at: now }, { ids, told, moved });
  const opened = [...waves.opened, ...joined.opened, ...risk.opened];
  const raised = [...queued.filter((alert) => alert.isNew).map((alert) => alert.id), ...risk.raised];
  const changed = queued.filter((alert) => !alert.isNew).map((alert) => alert.id);
  await announceAlerts(context.tables, tx, { raised, changed });
  const affected = [...joined.affected, ...waves.growth.map(({ incidentId }) => incidentId)];
  await announceIncidents(context.tables, tx, { opened, changed: affected.filter((id) => !opened.includes(id)) });
  return { raised, changed, opened };
}

async function countHiding(tx: Transaction, touched: readonly Collapsed[], now: number): Promise<void> {
  const hidden = new Map<string, { alerts: number; signals: number }>();
  for (const { hold, holdId, isNew, added } of touched) {
    if (hold !== "suppressed" || holdId === null) continue;
    const counts = hidden.get(holdId) ?? { alerts: 0, signals: 0 };
    counts.alerts += isNew ? 1 : 0;
    counts.signals += added;
    hidden.set(holdId, counts);
  }
  await countHidden(tx, hidden, now);
}

/** What is hidden or kept back counts for nobody's risk, and a wave says nothing about one entity; nor does a full disk. */
function counts(alert: Collapsed): boolean {
  return !isReported(alert.ruleId) && (alert.hold === null || alert.hold === "quiet") && !alert.inWave;
}

function riskOf(context: ApplyContext, tx: Transaction, work: Parameters<typeof applyRisk>[2]): Promise<RiskApplied> {
  if (context.risk === undefined) return Promise.resolve({ raised: [], opened: [], affected: [], told: [] });
  return applyRisk(context.risk, tx, work);
}

function causesOf(context: ApplyContext, signals: readonly Signal[]): Cause[] {
  const rules = causeRulesOf(context);
  return signals.map((signal) => causeOf(signal, rules));
}

async function readOpen(
  tx: Transaction,
  signals: readonly Signal[],
  causes: readonly Cause[],
): Promise<Map<string, Collapsed[]>> {
  const keys = new Set<string>();
  let fromMs = Number.POSITIVE_INFINITY;
  let toMs = 0;
  for (const [index, { timeMs }] of signals.entries()) {
    const cause = causes[index];
    if (cause === undefined) continue;
    keys.add(cause.key);
    fromMs = Math.min(fromMs, timeMs - cause.windowMs);
    toMs = Math.max(toMs, timeMs + cause.windowMs);
  }
  return alerts.readOpen(tx, { keys: [...keys], fromMs, toMs });
}
