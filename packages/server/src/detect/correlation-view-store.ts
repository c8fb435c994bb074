/** correlation-view-store: how the matches behind signals stand now, for whoever looks at one: they grow, join others, or are taken
 *  back after their signal was raised. */
import { sql } from "drizzle-orm";
import type { Executor } from "../platform/tables/index.ts";

export interface SignalMatch {
  readonly group: Readonly<Record<string, string>>;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly formedMs: number;
  readonly value: number;
  /** Exact. */
  readonly count: number;
  /** The first of them. */
  readonly eventIds: readonly string[];
}

export async function readMatchOfSignal(executor: Executor, signalId: string): Promise<SignalMatch | undefined> {
  const { rows } = await executor.execute<{
    group_by: Record<string, string>;
    first_ms: number;
    last_ms: number;
    formed_ms: number;
    value: number;
    inputs: string;
    event_ids: string[];
  }>(sql`
    select group_by, first_ms, last_ms, formed_ms, value, inputs, event_ids from correlation_match
    where signal_id = ${signalId} order by withdrawn, found_at desc limit 1`);
  const [row] = rows;
  if (row === undefined) return undefined;
  return {
    group: row.group_by,
    firstMs: row.first_ms,
    lastMs: row.last_ms,
    formedMs: row.formed_ms,
    value: row.value,
    count: Number(row.inputs),
    eventIds: row.event_ids,
  };
}

/** Signal id -> why it stands no more, and which signal it became a part of; the others are left out. */
export async function readWithdrawals(
  executor: Executor,
  signalIds: readonly string[],
): Promise<Map<string, { readonly reason: string; readonly mergedInto: string | null }>> {
  if (signalIds.length === 0) return new Map();
  const { rows } = await executor.execute<{ signal_id: string; reason: string; merged_into: string | null }>(sql`
    select signal_id, reason, merged_into from correlation_withdrawal
    where signal_id = any(${sql.param([...signalIds])}::text[])`);
  return new Map(rows.map((row) => [row.signal_id, { reason: row.reason, mergedInto: row.merged_into }]));
}
