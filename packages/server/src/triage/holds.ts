/** holds: which signals are kept out of the queue and by what: too quiet, suppressed, or under maintenance. A suppression goes before
 *  a window: what is hidden is not let go when a window ends. An expression that fails on a signal hides nothing. */
import type { Cel } from "../platform/cel/index.ts";
import type { Signal } from "../detect/index.ts";
import type { Executor, Transaction } from "../platform/tables/index.ts";
import { factsOfSignal } from "./alert-facts.ts";
import type { EstateLookup } from "./apply.ts";
import type { CauseRules } from "./causes.ts";
import {
  type ActiveMaintenance,
  activeMaintenance,
  activeSuppressions,
  type StoredMaintenance,
  type StoredSuppression,
} from "./hold-store.ts";
import { rankOf } from "./severity.ts";

export interface HoldContext {
  readonly cel: Cel;
  readonly estate: EstateLookup;
  readonly quietBelow: number;
  readonly now: number;
}

export async function holdsFor(
  context: HoldContext,
  tx: Transaction,
  signals: readonly Signal[],
): Promise<NonNullable<CauseRules["holdOf"]>> {
  const [suppressions, windows] = [await activeSuppressions(tx, context.now), await activeMaintenance(tx, context.now)];
  const quiet = (signal: Signal) =>
    rankOf(signal.level) < context.quietBelow ? ({ hold: "quiet", id: null } as const) : undefined;
  if (suppressions.length === 0 && windows.length === 0) return quiet;
  const services = await servicesOfHosts(context, tx, signals);
  const decided = new Map<string, ReturnType<typeof quiet> | { hold: "suppressed" | "maintenance"; id: string }>();
  return (signal) => {
    const known = decided.get(signal.id);
    if (known !== undefined || decided.has(signal.id)) return known;
    const held = decide({ context, suppressions, windows, signal, services: services(signal.host) }) ?? quiet(signal);
    decided.set(signal.id, held);
    return held;
  };
}

/** Windows that stand now on one of these hosts or services. Those by rule or expression are about alerts, not about a machine. */
export async function maintenanceOn(
  executor: Executor,
  asked: { readonly hosts: readonly string[]; readonly services: readonly string[]; readonly now: number },
): Promise<ActiveMaintenance[]> {
  return (await activeMaintenance(executor, asked.now)).filter(({ scope }) => {
    if (scope.by === "asset") return asked.hosts.some((host) => isHost(host, scope.host));
    return scope.by === "service" && asked.services.includes(scope.serviceId);
  });
}

interface HostService {
  readonly id: string;
  readonly name: string;
}

async function servicesOfHosts(
  { estate }: HoldContext,
  tx: Transaction,
  signals: readonly Signal[],
): Promise<(host: string) => readonly HostService[]> {
  const hosts = [...new Set(signals.map(({ host }) => host).filter((host) => host !== ""))];
  if (hosts.length === 0) return () => [];
  const found = await estate.servicesOf(tx, { hosts, users: [] });
  return (host) => found.hosts.get(host) ?? [];
}

function decide(asked: {
  readonly context: HoldContext;
  readonly suppressions: readonly StoredSuppression[];
  readonly windows: readonly StoredMaintenance[];
  readonly signal: Signal;
  readonly services: readonly HostService[];
}): { hold: "suppressed" | "maintenance"; id: string } | undefined {
  const { context, suppressions, windows, signal, services } = asked;
  let facts: ReturnType<typeof factsOfSignal> | undefined;
  const isTrue = (expression: string): boolean => {
    facts ??= factsOfSignal(
      signal,
      services.map(({ name }) => name),
    );
    const answer = context.cel.evaluate(expression, facts);
    return answer.ok && answer.value === true;
  };
  const hidden = suppressions.find(
    ({ ruleId, expression }) => (ruleId === null || ruleId === signal.ruleId) && isTrue(expression),
  );
  if (hidden !== undefined) return { hold: "suppressed", id: hidden.id };
  const window = windows.find(({ scope }) => {
    if (scope.by === "rule") return scope.ruleId === signal.ruleId;
    if (scope.by === "asset") return isHost(signal.host, scope.host);
    if (scope.by === "service") return services.some(({ id }) => id === scope.serviceId);
    return isTrue(scope.expression);
  });
  return window === undefined ? undefined : { hold: "maintenance", id: window.id };
}

/** By its full or its short name. */
function isHost(host: string, asked: string): boolean {
  const [own, wanted] = [host.toLowerCase(), asked.toLowerCase()];
  return own === wanted || own.startsWith(`${wanted}.`);
}
