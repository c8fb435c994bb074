/** link-store: links between incidents, each made from one to the other. */
import { sql } from "drizzle-orm";
import type { LinkKind } from "@holdfast/contracts/incidents";
import type { Executor, Transaction } from "../platform/tables/index.ts";

export interface LinkRecord {
  readonly fromId: string;
  readonly toId: string;
  readonly kind: LinkKind;
  readonly reason: string;
  readonly at: number;
  readonly by: { readonly id: string; readonly name: string };
}

export async function putLink(tx: Transaction, link: LinkRecord): Promise<void> {
  await removeLink(tx, [link.fromId], [link.toId]);
  await tx.execute(sql`
    insert into incident_link (from_id, to_id, kind, reason, at, by_id, by_name)
    values (${link.fromId}, ${link.toId}, ${link.kind}, ${link.reason}, ${link.at}, ${link.by.id}, ${link.by.name})`);
}

/** Whichever of the two it was made from. False when there is none. */
export async function removeLink(tx: Transaction, one: readonly string[], other: readonly string[]): Promise<boolean> {
  const [a, b] = [sql`any(${sql.param(one)}::text[])`, sql`any(${sql.param(other)}::text[])`];
  const found = await tx.execute(sql`
    delete from incident_link where (from_id = ${a} and to_id = ${b}) or (from_id = ${b} and to_id = ${a}) returning from_id`);
  return found.rows.length > 0;
}

export async function linksOf(executor: Executor, incidentIds: readonly string[]): Promise<LinkRecord[]> {
  const ids = sql`any(${sql.param(incidentIds)}::text[])`;
  const found = await executor.execute<LinkRow>(sql`
    select from_id, to_id, kind, reason, at, by_id, by_name from incident_link
    where from_id = ${ids} or to_id = ${ids} order by at`);
  return found.rows.map((row) => ({
    fromId: row.from_id,
    toId: row.to_id,
    kind: row.kind,
    reason: row.reason,
    at: Number(row.at),
    by: { id: row.by_id, name: row.by_name },
  }));
}

type LinkRow = {
  from_id: string;
  to_id: string;
  kind: LinkKind;
  reason: string;
  at: number;
  by_id: string;
  by_name: string;
};
