/** alert-action-store: reads how alerts stand and writes one decision about many of them. */
import { type SQL, sql } from "drizzle-orm";
import type { Team } from "@holdfast/contracts/model";
import type { Alert, AlertState } from "@holdfast/contracts/triage";
import type { Executor, Transaction } from "../platform/tables/index.ts";

export type ActionFacts =
  | { readonly kind: "acknowledge" }
  | {
      readonly kind: "assign";
      readonly assigneeId: string | null;
      readonly assigneeName: string | null;
      readonly team: Team | null;
    }
  | { readonly kind: "close"; readonly verdict: NonNullable<Alert["verdict"]>; readonly reason: string }
  | { readonly kind: "reopen"; readonly reason: string }
  | { readonly kind: "severity"; readonly rank: number; readonly reason: string };

export interface StandingAlert {
  readonly id: string;
  readonly title: string;
  readonly state: AlertState;
  readonly verdict: Alert["verdict"];
  readonly rank: number;
  readonly assigneeId: string | null;
  readonly team: Team | null;
  readonly incidentId: string | null;
}

export async function standingOf(executor: Executor, ids: readonly string[]): Promise<StandingAlert[]> {
  const found = await executor.execute<{
    id: string;
    title: string;
    state: AlertState;
    verdict: Alert["verdict"];
    severity: number;
    assignee_id: string | null;
    team: Team | null;
    incident_id: string | null;
  }>(sql`
    select id, title, state, verdict, severity, assignee_id, team, incident_id
    from alert where id = any(${sql.param(ids)}::text[]) order by id`);
  return found.rows.map((row) => ({
    id: row.id,
    title: row.title,
    state: row.state,
    verdict: row.verdict,
    rank: row.severity,
    assigneeId: row.assignee_id,
    team: row.team,
    incidentId: row.incident_id,
  }));
}

export async function changeAlerts(
  tx: Transaction,
  change: { readonly ids: readonly string[]; readonly facts: ActionFacts; readonly now: number },
): Promise<void> {
  await tx.execute(sql`
    update alert set ${assignments(change.facts, change.now)} where id = any(${sql.param(change.ids)}::text[])`);
}

function assignments(facts: ActionFacts, now: number): SQL {
  if (facts.kind === "acknowledge")
    return sql`state = 'acknowledged', acknowledged_at = coalesce(acknowledged_at, ${now})`;
  if (facts.kind === "assign") {
    return sql`assignee_id = ${facts.assigneeId}, assignee_name = ${facts.assigneeName}, team = ${facts.team}`;
  }
  if (facts.kind === "close") {
    // Whoever closes an alert has seen it: the time to acknowledge ends here as well.
    return sql`state = 'closed', verdict = ${facts.verdict}, closed_at = ${now}, closed_with = null, closed_from = null, acknowledged_at = coalesce(acknowledged_at, ${now})`;
  }
  if (facts.kind === "reopen") {
    return sql`state = 'acknowledged', verdict = null, closed_at = null, closed_with = null, closed_from = null`;
  }
  return sql`severity = ${facts.rank}`;
}
