/** context: what every part of the area works with, and how a change of the work is told to pages that show it. */
import type { Team } from "@holdfast/contracts/model";
import type { AuditLog } from "../platform/audit-log/index.ts";
import type { Clock } from "../platform/clock/index.ts";
import type { Log } from "../platform/log/index.ts";
import type { Executor, Tables, Transaction } from "../platform/tables/index.ts";
import type { IncidentFacts, People, Triage } from "../triage/index.ts";
import { fail } from "./errors.ts";

export interface WorkContext {
  readonly tables: Tables;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: AuditLog;
  readonly people: People;
  /** Who is on call for a side of the floor at this moment; nobody where no schedule says so. */
  readonly onCall?: (db: Executor, team: Team) => Promise<{ readonly id: string; readonly name: string } | null>;
  readonly triage: Pick<Triage, "incident" | "incidentDetail" | "setWaiting">;
}

export async function requireIncident(context: WorkContext, asked: string, tx?: Executor): Promise<IncidentFacts> {
  const found = await context.triage.incident(tx ?? context.tables.db, asked);
  if (found === undefined) {
    throw fail("INCIDENTS_UNKNOWN", `There is no incident ${asked}: use its number, such as INC-12, or its id.`);
  }
  return found;
}

/** Runs in the caller's transaction, or in one of its own. */
export function within<T>(
  context: WorkContext,
  tx: Transaction | null,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  return tx === null ? context.tables.transaction(work) : work(tx);
}

export function announce(context: WorkContext, tx: Transaction, incidentId: string): Promise<void> {
  return context.tables.notify(tx, "incidents.work.changed", { incidentId });
}
