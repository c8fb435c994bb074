/** states: when an incident came into which state. Nobody waits for anybody once it is over, and what it waited for is waited for
 *  again when it is opened again. An incident shows the waits of what was merged into it. */
import type { Transaction } from "../platform/tables/index.ts";
import type { IncidentChange } from "../triage/index.ts";
import type { WorkContext } from "./context.ts";
import { insertState } from "./state-store.ts";
import { endAllWaits, showWaits, waitAgain } from "./wait.ts";

export async function onIncident(context: WorkContext, tx: Transaction, change: IncidentChange): Promise<void> {
  if (change.kind === "merged" || change.kind === "unmerged") {
    const { incidentId, otherId } = change;
    return showWaits(context, tx, otherId === null ? [incidentId] : [incidentId, otherId]);
  }
  if (change.kind !== "opened" && change.kind !== "state") return;
  const { incidentId, at, state } = change;
  await insertState(tx, { incidentId, at, state, by: change.by?.name ?? null });
  if (change.kind === "opened") return;
  const incidentIds = (await context.triage.incident(tx, incidentId))?.family ?? [incidentId];
  if (state === "resolved" || state === "closed") return endAllWaits(context, tx, { incidentIds, at });
  if (change.before === "resolved" || change.before === "closed") await waitAgain(context, tx, { incidentIds, at });
}
