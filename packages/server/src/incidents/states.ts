/** states: when an incident came into which state. Nobody waits for anybody once it is over. */
import type { Transaction } from "../platform/tables/index.ts";
import type { IncidentChange } from "../triage/index.ts";
import type { WorkContext } from "./context.ts";
import { insertState } from "./state-store.ts";
import { endAllWaits } from "./wait.ts";

export async function onIncident(context: WorkContext, tx: Transaction, change: IncidentChange): Promise<void> {
  if (change.kind !== "opened" && change.kind !== "state") return;
  const { incidentId, at, state } = change;
  await insertState(tx, { incidentId, at, state, by: change.by?.name ?? null });
  if (state !== "resolved" && state !== "closed") return;
  const incident = await context.triage.incident(tx, incidentId);
  await endAllWaits(context, tx, { incidentIds: incident?.family ?? [incidentId], at });
}
