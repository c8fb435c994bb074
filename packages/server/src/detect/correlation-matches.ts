/** correlation-matches: what the matches of one transaction come to: signals that are new, rows that are written, and signals whose
 *  match did not last because an event came late. A signal is raised once; what it became afterwards stands beside it. */
import type { CorrelationMatch } from "@holdfast/sigma";
import type { Transaction } from "../platform/tables/index.ts";
import { conditionOf, correlationSignal, groupText } from "./correlation-signal.ts";
import * as store from "./correlation-store.ts";
import { hashOf, type Signal } from "./signal.ts";

/** A signal that stands no more, with all that is needed to find its alert. */
export interface Withdrawal {
  readonly signalId: string;
  readonly ruleId: string;
  readonly entity: { readonly kind: string; readonly value: string };
  readonly timeMs: number;
  readonly reason: string;
  /** The signal of the match that it became a part of; null: what it stood on is gone. */
  readonly mergedInto: string | null;
}

/** A signal that was withdrawn and stands again. */
export type Restoration = Omit<Withdrawal, "mergedInto">;

export interface MatchesWritten {
  readonly raised: Signal[];
  readonly withdrawn: readonly Withdrawal[];
  readonly restored: readonly Restoration[];
}

export interface MatchesFound {
  readonly found: readonly CorrelationMatch[];
  /** Of the block. */
  readonly signals: readonly Signal[];
  /** Rules whose matches raise no alert. */
  readonly test: ReadonlySet<string>;
  /** Rules whose matches only count for a correlation above them. */
  readonly silent: ReadonlySet<string>;
  readonly inputId: (signal: Signal) => string;
}

export async function writeMatches(tx: Transaction, given: MatchesFound): Promise<MatchesWritten> {
  const { found, signals, test, silent, inputId } = given;
  if (found.length === 0) return { raised: [], withdrawn: [], restored: [] };
  const latest = new Map(found.map((match) => [match.id, match]));
  const known = new Map(await store.readMatches(tx, askedOf(found)));
  const stood = new Map(known);
  const parts = new Map(signals.map((signal) => [inputId(signal), signal]));
  const raised: Signal[] = [];
  const rows = new Map<string, store.MatchRow>();
  const withdrawn: Withdrawal[] = [];
  const restored: Restoration[] = [];
  for (const match of latest.values()) {
    const eventIds = match.inputs
      .flatMap((id) => (id.includes(":") ? [id.slice(0, id.indexOf(":"))] : (known.get(id)?.eventIds ?? [])))
      .slice(0, EVENTS_KEPT);
    const own = stood.get(match.id);
    const replaced = match.replaces.flatMap((id) => stood.get(id) ?? []);
    const before = known.get(match.id) ?? replaced[0];
    if (before === undefined && match.withdrawn) continue;
    const signal =
      before === undefined
        ? correlationSignal({
            match,
            eventIds,
            parts: match.inputs.flatMap((id) => parts.get(id) ?? []),
            outcome: test.has(match.rule.id) ? "test" : silent.has(match.rule.id) ? "counted" : "alert",
            ruleHash: hashOf(match.rule.text),
          })
        : undefined;
    const standing = { match, eventIds, ...(before ?? bornAs(match, signal)) };
    rows.set(match.id, { ...standing, eventIds });
    known.set(match.id, { ...standing, id: match.id, eventIds, withdrawn: match.withdrawn });
    if (signal !== undefined) raised.push(signal);
    if (own !== undefined && match.withdrawn && !own.withdrawn)
      withdrawn.push({ ...changeOf(match, own, goneReason(match)), mergedInto: null });
    if (own !== undefined && !match.withdrawn && own.withdrawn)
      restored.push(changeOf(match, own, "Another late event made the condition hold again."));
    for (const old of replaced) {
      if (old.signalId !== standing.signalId && !old.withdrawn)
        withdrawn.push({ ...changeOf(match, old, mergedReason(match)), mergedInto: standing.signalId });
      else if (old.signalId === standing.signalId && old.withdrawn && !match.withdrawn)
        restored.push(changeOf(match, old, "Another late event made the condition hold again."));
    }
  }
  await store.writeMatches(tx, [...rows.values()]);
  await store.writeWithdrawals(tx, withdrawn);
  await store.dropWithdrawals(
    tx,
    restored.map(({ signalId }) => signalId),
  );
  return { raised, withdrawn, restored };
}

const EVENTS_KEPT = 100;

/** All ids that a match goes by, and those of the matches it is made of. */
function askedOf(found: readonly CorrelationMatch[]): string[] {
  const asked = found.flatMap((match) => [
    match.id,
    ...match.replaces,
    ...match.inputs.filter((id) => !id.includes(":")),
  ]);
  return [...new Set(asked)];
}

function bornAs(match: CorrelationMatch, signal: Signal | undefined): store.SignalPlace {
  return { signalId: match.id, signalMs: signal?.timeMs ?? match.formedMs, entity: signal?.entity ?? null };
}

function changeOf({ rule }: CorrelationMatch, old: store.KnownMatch, reason: string): Restoration {
  return {
    signalId: old.signalId,
    ruleId: rule.id,
    entity: old.entity ?? { kind: "host", value: "unknown" },
    timeMs: old.signalMs,
    reason,
  };
}

function goneReason({ rule, group, firstMs, lastMs }: CorrelationMatch): string {
  return `An event that came late changed what was counted from ${iso(firstMs)} to ${iso(lastMs)}${groupText(group)}: the condition (${conditionOf(rule)}) does not hold any more.`;
}

function mergedReason({ group, firstMs, lastMs }: CorrelationMatch): string {
  return `An event that came late joined this match with another of the same rule${groupText(group)}: both are one match from ${iso(firstMs)} to ${iso(lastMs)}.`;
}

const iso = (ms: number): string => new Date(ms).toISOString();
