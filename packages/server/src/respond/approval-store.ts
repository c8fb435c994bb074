/** approval-store: the SQL of approvals. Each belongs to one effect; who changes it holds the effect's lock. */
import { type SQL, sql } from "drizzle-orm";
import type { ApprovalState } from "@holdfast/contracts/respond";
import type { Executor, Transaction } from "../platform/tables/index.ts";
import type { Approval } from "./approval.ts";
import { fail } from "./errors.ts";

export type StoredApproval = Approval & { readonly id: string; readonly effectId: string };

type Row = {
  id: string;
  effect_id: string;
  state: ApprovalState;
  expires_at: string | number;
  created_at: string | number;
  facts: Omit<StoredApproval, "id" | "effectId" | "state" | "expiresAt" | "createdAt">;
};

export async function insertApproval(tx: Transaction, approval: StoredApproval): Promise<void> {
  await tx.execute(sql`
    INSERT INTO respond_approval (id, effect_id, state, expires_at, created_at, facts)
    VALUES (${approval.id}, ${approval.effectId}, ${approval.state}, ${approval.expiresAt}, ${approval.createdAt}, ${factsOf(approval)}::jsonb)`);
}

export async function saveApproval(tx: Transaction, approval: StoredApproval): Promise<void> {
  await tx.execute(
    sql`UPDATE respond_approval SET state = ${approval.state}, facts = ${factsOf(approval)}::jsonb WHERE id = ${approval.id}`,
  );
}

export async function approvalById(db: Executor, id: string): Promise<StoredApproval> {
  const [found] = await read(db, sql`id = ${id}`);
  if (found === undefined) throw fail("RESPOND_APPROVAL_UNKNOWN", `There is no approval with the id "${id}".`);
  return found;
}

export interface ApprovalQuery {
  readonly state: "waiting" | "settled" | "all";
  readonly incident?: string | undefined;
  readonly exercise?: string | undefined;
  readonly offset: number;
  readonly limit: number;
}

/** Waiting ones first, the one that expires next on top; then the newest. */
export async function listApprovals(db: Executor, query: ApprovalQuery): Promise<StoredApproval[]> {
  const effect: SQL[] = [sql`e.id = a.effect_id`];
  if (query.incident !== undefined) effect.push(sql`e.incident_id = ${query.incident}`);
  if (query.exercise === undefined) effect.push(sql`e.exercise_id IS NULL`);
  else if (query.exercise !== "all") effect.push(sql`e.exercise_id = ${query.exercise}`);
  const state =
    query.state === "all"
      ? sql`true`
      : query.state === "waiting"
        ? sql`a.state = 'waiting'`
        : sql`a.state <> 'waiting'`;
  const { rows } = await db.execute<Row>(sql`
    SELECT a.* FROM respond_approval a WHERE ${state} AND EXISTS (SELECT FROM respond_effect e WHERE ${sql.join(effect, sql` AND `)})
    ORDER BY (a.state = 'waiting') DESC, CASE WHEN a.state = 'waiting' THEN a.expires_at END, a.created_at DESC, a.id DESC
    LIMIT ${query.limit + 1} OFFSET ${query.offset}`);
  return rows.map(toApproval);
}

async function read(db: Executor, where: SQL): Promise<StoredApproval[]> {
  const { rows } = await db.execute<Row>(sql`SELECT * FROM respond_approval WHERE ${where}`);
  return rows.map(toApproval);
}

const toApproval = (row: Row): StoredApproval => ({
  ...row.facts,
  id: row.id,
  effectId: row.effect_id,
  state: row.state,
  expiresAt: Number(row.expires_at),
  createdAt: Number(row.created_at),
});

function factsOf(approval: StoredApproval): string {
  const { id: _id, effectId: _e, state: _s, expiresAt: _x, createdAt: _c, ...facts } = approval;
  return JSON.stringify(facts);
}
