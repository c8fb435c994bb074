/** correlation-store: the SQL of correlation: its state by group, its matches, and the signals that wait for the event store. */
import { createHash } from "node:crypto";
import {
  type CorrelationMatch,
  fingerprintOf,
  type CorrelationRule,
  type GroupChange,
  type GroupState,
} from "@holdfast/sigma";
import { sql } from "drizzle-orm";
import type { Executor, Transaction } from "../platform/tables/index.ts";

/** Also the lock: whoever has it is alone with the state until the end of the transaction. */
export async function lockVersion(tx: Transaction): Promise<number> {
  const { rows } = await tx.execute<{ version: string }>(sql`SELECT version FROM correlation_version FOR UPDATE`);
  return Number(rows[0]?.version ?? 0);
}

export async function writeVersion(tx: Transaction, version: number): Promise<void> {
  await tx.execute(sql`UPDATE correlation_version SET version = ${version}`);
}

/** Everything the rules remember; what belongs to an earlier text of a rule is dropped. */
export async function readGroups(tx: Transaction, rules: readonly CorrelationRule[]): Promise<GroupState[]> {
  const ids = rules.map((rule) => rule.id);
  const meanings = rules.map(fingerprintOf);
  await tx.execute(sql`
    DELETE FROM correlation_group g USING unnest(${sql.param(ids)}::text[], ${sql.param(meanings)}::text[]) AS r (id, fingerprint)
    WHERE g.rule_id = r.id AND g.fingerprint <> r.fingerprint`);
  const { rows } = await tx.execute<StoredGroup>(sql`
    SELECT g.rule_id, g.fingerprint, g.key, g.meta, coalesce(i.rows, '[]'::jsonb) AS rows
    FROM correlation_group g
    LEFT JOIN LATERAL (
      SELECT jsonb_agg(r.row ORDER BY c.seq, r.place) AS rows
      FROM correlation_inputs c CROSS JOIN LATERAL jsonb_array_elements(c.rows) WITH ORDINALITY AS r (row, place)
      WHERE c.rule_id = g.rule_id AND c.key_digest = g.key_digest
    ) i ON true
    WHERE g.rule_id = ANY(${sql.param(ids)}::text[])`);
  return rows.map(({ rule_id, fingerprint, key, meta, rows: inputs }) => ({
    ruleId: rule_id,
    fingerprint,
    key,
    meta,
    rows: inputs,
  }));
}

export async function writeChanges(tx: Transaction, changes: readonly GroupChange[]): Promise<void> {
  const gone = changes.filter((change) => change.meta === null);
  if (gone.length > 0) {
    await tx.execute(sql`
      DELETE FROM correlation_group g
      USING unnest(${sql.param(gone.map((change) => change.ruleId))}::text[], ${sql.param(gone.map(digestOf))}::text[]) AS d (rule_id, key_digest)
      WHERE g.rule_id = d.rule_id AND g.key_digest = d.key_digest`);
  }
  const kept = changes.filter((change) => change.meta !== null);
  if (kept.length === 0) return;
  const [ids, digests] = [kept.map((change) => change.ruleId), kept.map(digestOf)];
  await tx.execute(sql`
    INSERT INTO correlation_group (rule_id, key_digest, key, fingerprint, meta)
    SELECT * FROM unnest(${sql.param(ids)}::text[], ${sql.param(digests)}::text[], ${sql.param(kept.map((change) => change.key))}::text[],
      ${sql.param(kept.map((change) => change.fingerprint))}::text[], ${sql.param(kept.map((change) => JSON.stringify(change.meta)))}::jsonb[])
    ON CONFLICT (rule_id, key_digest) DO UPDATE SET meta = excluded.meta, fingerprint = excluded.fingerprint, changed_at = now()`);
  await tx.execute(sql`
    DELETE FROM correlation_inputs c
    USING unnest(${sql.param(ids)}::text[], ${sql.param(digests)}::text[], ${sql.param(kept.map((change) => finite(change.neededFromMs)))}::float8[]) AS d (rule_id, key_digest, from_ms)
    WHERE c.rule_id = d.rule_id AND c.key_digest = d.key_digest AND c.last_ms < d.from_ms`);
  const fed = kept.filter((change) => change.added.length > 0);
  if (fed.length === 0) return;
  await tx.execute(sql`
    INSERT INTO correlation_inputs (rule_id, key_digest, last_ms, rows)
    SELECT * FROM unnest(${sql.param(fed.map((change) => change.ruleId))}::text[], ${sql.param(fed.map(digestOf))}::text[],
      ${sql.param(fed.map(lastOf))}::float8[], ${sql.param(fed.map((change) => JSON.stringify(change.added)))}::jsonb[])`);
}

/** Groups of rules that are gone, or that nothing has fed for so long that no window is open. */
export async function forgetGroups(executor: Executor, beforeMs: number): Promise<void> {
  await executor.execute(
    sql`DELETE FROM correlation_group WHERE changed_at < ${new Date(beforeMs).toISOString()}::timestamptz`,
  );
}

/** The signal that a match was raised with, and what it was collapsed on; null on matches of older versions. */
export interface SignalPlace {
  readonly signalId: string;
  readonly signalMs: number;
  readonly entity: { readonly kind: string; readonly value: string } | null;
}

export interface KnownMatch extends SignalPlace {
  readonly id: string;
  readonly eventIds: readonly string[];
  readonly withdrawn: boolean;
}

export async function readMatches(tx: Transaction, ids: readonly string[]): Promise<Map<string, KnownMatch>> {
  if (ids.length === 0) return new Map();
  const { rows } = await tx.execute<StoredMatch>(
    sql`SELECT id, signal_id, event_ids, withdrawn, entity_kind, entity_value, coalesce(signal_ms, formed_ms) AS signal_ms
      FROM correlation_match WHERE id = ANY(${sql.param(ids)}::text[])`,
  );
  return new Map(
    rows.map(({ id, signal_id, event_ids, withdrawn, signal_ms, entity_kind, entity_value }) => {
      const entity = entity_kind === null ? null : { kind: entity_kind, value: entity_value ?? "" };
      return [id, { id, signalId: signal_id, eventIds: event_ids, withdrawn, signalMs: signal_ms, entity }];
    }),
  );
}

export interface MatchRow extends SignalPlace {
  readonly match: CorrelationMatch;
  readonly eventIds: readonly string[];
}

export async function writeMatches(tx: Transaction, found: readonly MatchRow[]): Promise<void> {
  if (found.length === 0) return;
  const replaced = found.flatMap(({ match }) => match.replaces);
  if (replaced.length > 0)
    await tx.execute(sql`DELETE FROM correlation_match WHERE id = ANY(${sql.param(replaced)}::text[])`);
  const rows = found.map(({ match, signalId, signalMs, entity, eventIds }) => ({
    id: match.id,
    rule_id: match.rule.id,
    group_by: match.group,
    first_ms: match.firstMs,
    last_ms: match.lastMs,
    formed_ms: match.formedMs,
    value: match.value,
    inputs: match.count,
    event_ids: eventIds,
    signal_id: signalId,
    signal_ms: signalMs,
    entity_kind: entity?.kind ?? null,
    entity_value: entity?.value ?? null,
    withdrawn: match.withdrawn,
  }));
  await tx.execute(sql`
    INSERT INTO correlation_match (id, rule_id, group_by, first_ms, last_ms, formed_ms, value, inputs, event_ids, signal_id, signal_ms,
      entity_kind, entity_value, withdrawn)
    SELECT * FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r (id text, rule_id text, group_by jsonb, first_ms float8,
      last_ms float8, formed_ms float8, value float8, inputs bigint, event_ids text[], signal_id text, signal_ms float8,
      entity_kind text, entity_value text, withdrawn boolean)
    ON CONFLICT (id) DO UPDATE SET first_ms = excluded.first_ms, last_ms = excluded.last_ms, formed_ms = excluded.formed_ms,
      value = excluded.value, inputs = excluded.inputs, event_ids = excluded.event_ids, withdrawn = excluded.withdrawn`);
}

export interface StoredWithdrawal {
  readonly signalId: string;
  readonly ruleId: string;
  readonly reason: string;
  readonly mergedInto: string | null;
}

export async function writeWithdrawals(tx: Transaction, withdrawn: readonly StoredWithdrawal[]): Promise<void> {
  if (withdrawn.length === 0) return;
  const rows = withdrawn.map(({ signalId, ruleId, reason, mergedInto }) => ({
    signal_id: signalId,
    rule_id: ruleId,
    reason,
    merged_into: mergedInto,
  }));
  await tx.execute(sql`
    INSERT INTO correlation_withdrawal (signal_id, rule_id, reason, merged_into)
    SELECT DISTINCT ON (signal_id) * FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r (signal_id text, rule_id text, reason text, merged_into text)
    ON CONFLICT (signal_id) DO UPDATE SET reason = excluded.reason, merged_into = excluded.merged_into, at = now()`);
}

export async function dropWithdrawals(tx: Transaction, signalIds: readonly string[]): Promise<void> {
  if (signalIds.length === 0) return;
  await tx.execute(sql`DELETE FROM correlation_withdrawal WHERE signal_id = ANY(${sql.param(signalIds)}::text[])`);
}

export async function addToOutbox(tx: Transaction, batch: number, lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return;
  await tx.execute(
    sql`INSERT INTO correlation_outbox (batch, rows, lines) VALUES (${batch}, ${lines.length}, ${lines.join("")})`,
  );
}

export interface OutboxBatch {
  readonly batch: number;
  readonly rows: number;
  readonly lines: string;
}

export async function nextInOutbox(executor: Executor): Promise<OutboxBatch | undefined> {
  const { rows } = await executor.execute<{ batch: string; rows: number; lines: string }>(
    sql`SELECT batch, rows, lines FROM correlation_outbox ORDER BY batch LIMIT 1`,
  );
  return rows[0] && { batch: Number(rows[0].batch), rows: rows[0].rows, lines: rows[0].lines };
}

export async function removeFromOutbox(executor: Executor, batch: number): Promise<void> {
  await executor.execute(sql`DELETE FROM correlation_outbox WHERE batch = ${batch}`);
}

interface StoredMatch extends Record<string, unknown> {
  readonly id: string;
  readonly signal_id: string;
  readonly event_ids: string[];
  readonly withdrawn: boolean;
  readonly signal_ms: number;
  readonly entity_kind: string | null;
  readonly entity_value: string | null;
}

interface StoredGroup extends Record<string, unknown> {
  readonly rule_id: string;
  readonly fingerprint: string;
  readonly key: string;
  readonly meta: Exclude<GroupChange["meta"], null>;
  readonly rows: GroupState["rows"];
}

function digestOf({ key }: GroupChange): string {
  return createHash("sha256").update(key).digest("hex");
}

function lastOf({ added }: GroupChange): number {
  return added.reduce((last, [timeMs]) => Math.max(last, timeMs), Number.NEGATIVE_INFINITY);
}

/** An empty group needs nothing of what was there. */
function finite(ms: number): number {
  return Number.isFinite(ms) ? ms : 0;
}
