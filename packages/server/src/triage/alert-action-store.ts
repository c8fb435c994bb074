/** alert-action-store: reads how alerts stand and writes one decision about many of them. Each alert keeps the last one with how it
 *  stood before, so that it can be taken back while nothing else has happened to it. */
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

export type DecisionKind = ActionFacts["kind"];

export interface Decided {
  readonly kind: DecisionKind;
  readonly at: number;
  readonly by: { readonly id: string; readonly name: string };
}

export interface StandingAlert {
  readonly id: string;
  readonly title: string;
  readonly state: AlertState;
  readonly verdict: Alert["verdict"];
  readonly rank: number;
  readonly assigneeId: string | null;
  readonly team: Team | null;
  readonly incidentId: string | null;
  readonly exerciseId: string | null;
  /** The last decision, while the alert still stands as it left it. */
  readonly decided: DecisionKind | null;
  /** Its signals are part of the alert that it came from: nothing is decided about it any more. */
  readonly isPutBack: boolean;
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
    exercise_id: string | null;
    decided: DecisionKind | null;
    put_back: boolean;
  }>(sql`
    select id, title, state, verdict, severity, assignee_id, team, incident_id, exercise_id,
      case when ${STANDS} then decided->>'kind' end as decided, put_back_into is not null as put_back
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
    exerciseId: row.exercise_id,
    decided: row.decided,
    isPutBack: row.put_back,
  }));
}

/** The last decision about an alert that can still be taken back. */
export async function decidedOf(executor: Executor, id: string): Promise<Decided | null> {
  const found = await executor.execute<{ decided: Decided }>(
    sql`select decided from alert where id = ${id} and ${STANDS}`,
  );
  const [row] = found.rows;
  return row === undefined ? null : { kind: row.decided.kind, at: Number(row.decided.at), by: row.decided.by };
}

export async function changeAlerts(
  tx: Transaction,
  change: {
    readonly ids: readonly string[];
    readonly facts: ActionFacts;
    readonly now: number;
    readonly by: { readonly id: string; readonly name: string };
  },
): Promise<void> {
  const { facts, now, by } = change;
  await tx.execute(sql`
    update alert set ${assignments(facts, now)}, decided = jsonb_build_object('kind', ${facts.kind}::text, 'at', ${now}::bigint,
      'by', jsonb_build_object('id', ${by.id}::text, 'name', ${by.name}::text),
      'was', jsonb_build_object('state', state, 'verdict', verdict, 'severity', severity, 'assigneeId', assignee_id,
        'assigneeName', assignee_name, 'team', team, 'acknowledgedAt', acknowledged_at, 'closedAt', closed_at,
        'closedWith', closed_with, 'closedFrom', closed_from),
      'now', ${leftBy(facts)})
    where id = any(${sql.param(change.ids)}::text[])`);
}

/** Puts alerts back to how they stood before their last decision. */
export async function restoreAlerts(tx: Transaction, ids: readonly string[]): Promise<void> {
  await tx.execute(sql`
    update alert set state = decided->'was'->>'state', verdict = decided->'was'->>'verdict',
      severity = (decided->'was'->>'severity')::smallint, assignee_id = decided->'was'->>'assigneeId',
      assignee_name = decided->'was'->>'assigneeName', team = decided->'was'->>'team',
      acknowledged_at = (decided->'was'->>'acknowledgedAt')::bigint, closed_at = (decided->'was'->>'closedAt')::bigint,
      closed_with = decided->'was'->>'closedWith', closed_from = nullif(decided->'was'->'closedFrom', 'null'::jsonb), decided = null
    where id = any(${sql.param(ids)}::text[]) and ${STANDS}`);
}

/** Nothing that a decision is about has changed since: an incident that closed it, a colleague, another system. */
const STANDS = sql`decided is not null and decided->'now' = jsonb_build_array(state, verdict, severity, assignee_id, team)`;

function leftBy(facts: ActionFacts): SQL {
  if (facts.kind === "acknowledge")
    return sql`jsonb_build_array('acknowledged'::text, verdict, severity, assignee_id, team)`;
  if (facts.kind === "assign")
    return sql`jsonb_build_array(state, verdict, severity, ${facts.assigneeId}::text, ${facts.team}::text)`;
  if (facts.kind === "close")
    return sql`jsonb_build_array('closed'::text, ${facts.verdict}::text, severity, assignee_id, team)`;
  if (facts.kind === "reopen")
    return sql`jsonb_build_array('acknowledged'::text, null::text, severity, assignee_id, team)`;
  return sql`jsonb_build_array(state, verdict, ${facts.rank}::smallint, assignee_id, team)`;
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
