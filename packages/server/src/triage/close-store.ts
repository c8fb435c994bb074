/** close-store: alerts that close with their incident, and how they stood before, so that opening it again restores them. */
import { sql } from "drizzle-orm";
import type { Alert } from "@holdfast/contracts/triage";
import type { Transaction } from "../platform/tables/index.ts";

/** Its open alerts, and those that closed with it under another verdict. @returns the ids of those that have changed */
export async function closeWithIncident(
  tx: Transaction,
  close: { readonly incidentId: string; readonly verdict: NonNullable<Alert["verdict"]>; readonly now: number },
): Promise<string[]> {
  const { incidentId, verdict, now } = close;
  const closed = await tx.execute<{ id: string }>(sql`
    update alert set state = 'closed', verdict = ${verdict}, closed_at = coalesce(closed_at, ${now}::bigint),
      closed_with = ${incidentId},
      closed_from = coalesce(closed_from, jsonb_build_object('state', state, 'acknowledgedAt', acknowledged_at)),
      acknowledged_at = coalesce(acknowledged_at, ${now}::bigint)
    where incident_id = ${incidentId} and (state <> 'closed' or (closed_with = ${incidentId} and verdict <> ${verdict}))
    returning id`);
  return closed.rows.map(({ id }) => id);
}

/** Those that closed with it. A person's own closing stays. */
export async function reopenWithIncident(tx: Transaction, incidentId: string): Promise<string[]> {
  const reopened = await tx.execute<{ id: string }>(sql`
    update alert set state = closed_from->>'state', verdict = null, closed_at = null,
      acknowledged_at = (closed_from->>'acknowledgedAt')::bigint, closed_with = null, closed_from = null
    where closed_with = ${incidentId} and closed_from is not null returning id`);
  return reopened.rows.map(({ id }) => id);
}
