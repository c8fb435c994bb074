/** policy-store: the SQL of the response policy's versions. Version 0 is the one that ships. */
import { type ResponsePolicy, responsePolicy } from "@holdfast/contracts/respond-policy";
import { sql } from "drizzle-orm";
import type { Executor, Transaction } from "../platform/tables/index.ts";
import type { Someone } from "./approval.ts";
import { DEFAULT_POLICY } from "./policy.ts";

export interface PolicyVersion {
  readonly version: number;
  readonly policy: ResponsePolicy;
}

export interface PolicyNote {
  readonly version: number;
  readonly at: number | null;
  readonly by: string;
  readonly note: string;
}

export async function newestPolicy(db: Executor): Promise<PolicyVersion> {
  const { rows } = await db.execute<{ version: number; policy: unknown }>(
    sql`SELECT version, policy FROM respond_policy ORDER BY version DESC LIMIT 1`,
  );
  const row = rows[0];
  if (row === undefined) return { version: 0, policy: DEFAULT_POLICY };
  return { version: row.version, policy: responsePolicy.parse(row.policy) };
}

export async function policyAt(db: Executor, version: number): Promise<PolicyVersion | undefined> {
  if (version === 0) return { version, policy: DEFAULT_POLICY };
  const { rows } = await db.execute<{ policy: unknown }>(
    sql`SELECT policy FROM respond_policy WHERE version = ${version}`,
  );
  return rows[0] && { version, policy: responsePolicy.parse(rows[0].policy) };
}

export async function policyVersions(db: Executor): Promise<PolicyNote[]> {
  const { rows } = await db.execute<{ version: number; at: string; by_name: string; note: string }>(
    sql`SELECT version, at, by_name, note FROM respond_policy ORDER BY version DESC LIMIT 200`,
  );
  const made = rows.map(({ version, at, by_name, note }) => ({ version, at: Number(at), by: by_name, note }));
  return [...made, { version: 0, at: null, by: "holdfast", note: "As shipped." }];
}

/** False when there is such a version already: someone was faster. */
export async function insertPolicy(
  tx: Transaction,
  next: PolicyVersion & { readonly at: number; readonly by: Someone; readonly note: string },
): Promise<boolean> {
  const { rows } = await tx.execute(sql`
    INSERT INTO respond_policy (version, at, by_id, by_name, note, policy)
    VALUES (${next.version}, ${next.at}, ${next.by.id}, ${next.by.name}, ${next.note}, ${JSON.stringify(next.policy)}::jsonb)
    ON CONFLICT DO NOTHING RETURNING version`);
  return rows.length > 0;
}
