/** incident-changes: what others are told of incidents, inside the transaction that changes them: opened, another severity, another
 *  state, merged, taken apart. A listener that throws undoes the change. */
import type { Severity } from "@holdfast/contracts/model";
import type { IncidentState } from "@holdfast/contracts/triage";
import type { Transaction } from "../platform/tables/index.ts";
import { type SeverityMove, readFacts, refreshIncidents } from "./derived-store.ts";
import { severityOf } from "./severity.ts";

export interface IncidentChange {
  readonly kind: "opened" | "severity" | "state" | "merged" | "unmerged";
  readonly incidentId: string;
  readonly number: number;
  readonly title: string;
  readonly severity: Severity;
  readonly state: IncidentState;
  /** The exercise it belongs to; null for a real one. */
  readonly exerciseId: string | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Severity or state as it was before; null for the other kinds. */
  readonly before: string | null;
  /** "merged": the incident it went into. "unmerged": the one it stood in. */
  readonly otherId: string | null;
  /** Null when the system did it. */
  readonly by: { readonly id: string; readonly name: string } | null;
}

/** One that is called for each change of those kinds, or one that only hears which incidents something became of at all. */
export type IncidentListener =
  | ((tx: Transaction, change: IncidentChange) => Promise<void>)
  | { readonly touched: (tx: Transaction, incidentIds: readonly string[]) => Promise<void> };

export type Told = Pick<IncidentChange, "kind" | "incidentId"> & Partial<Pick<IncidentChange, "before" | "otherId">>;

export interface Telling {
  readonly listeners: readonly IncidentListener[];
  readonly at: number;
  readonly by?: IncidentChange["by"];
}

/** Brings incidents in line with their members and tells what became of them, `told` included. */
export async function refreshAndTell(
  tx: Transaction,
  telling: Telling,
  work: {
    readonly ids: readonly string[];
    readonly told?: readonly Told[];
    /** Severities that have changed besides those that this works out. */
    readonly moved?: readonly SeverityMove[];
  },
): Promise<void> {
  const moved = [...(work.moved ?? []), ...(await refreshIncidents(tx, work.ids))];
  const told = [...(work.told ?? []), ...severityMoves(moved, work.told ?? [])];
  await tell(tx, telling, told);
  const touched = [...new Set([...work.ids, ...told.map(({ incidentId }) => incidentId)])];
  if (touched.length === 0) return;
  for (const listener of telling.listeners) if (typeof listener === "object") await listener.touched(tx, touched);
}

async function tell(tx: Transaction, telling: Telling, told: readonly Told[]): Promise<void> {
  if (telling.listeners.length === 0 || told.length === 0) return;
  const facts = await readFacts(
    tx,
    told.map((one) => one.incidentId),
  );
  for (const one of told) {
    const known = facts.get(one.incidentId);
    if (known === undefined) continue;
    const change = { before: null, otherId: null, ...one, ...known, at: telling.at, by: telling.by ?? null };
    for (const listener of telling.listeners) if (typeof listener === "function") await listener(tx, change);
  }
}

/** The first severity of an incident that has just opened is told by its opening. */
function severityMoves(moved: readonly SeverityMove[], told: readonly Told[]): Told[] {
  const opened = new Set(told.filter(({ kind }) => kind === "opened").map(({ incidentId }) => incidentId));
  return moved
    .filter(({ id }) => !opened.has(id))
    .map(({ id, before }) => ({ kind: "severity", incidentId: id, before: severityOf(before) }));
}
