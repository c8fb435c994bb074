/** version-store: every version of rules and exceptions, append-only. Who edits takes the next number in the same transaction that
 *  changes what is in force, so the two never disagree. */
import type { RuleVersion } from "@holdfast/contracts/editing";
import { sql } from "drizzle-orm";
import type { Executor, Transaction } from "../platform/tables/index.ts";
import { countChanges } from "./diff.ts";

export type Subject = "rule" | "exception";

export interface NewVersion {
  readonly subject: Subject;
  readonly id: string;
  readonly version: number;
  readonly change: RuleVersion["change"];
  readonly title: string;
  readonly text: string;
  /** The text before it, for the counts of lines. */
  readonly before: string;
  readonly by: string;
  readonly at: number;
  readonly note: string;
  readonly terms?: ExceptionTerms;
}

export interface ExceptionTerms {
  readonly owner: string;
  readonly reason: string;
  /** Milliseconds since the epoch; null: it never ends by itself. */
  readonly expiresMs: number | null;
  readonly off: boolean;
}

export interface StoredVersion extends Omit<RuleVersion, "current" | "at"> {
  readonly atMs: number;
  readonly terms: Partial<ExceptionTerms>;
}

export async function addVersion(tx: Transaction, entry: NewVersion): Promise<void> {
  const { added, removed } = countChanges(entry.before, entry.text);
  await tx.execute(sql`
    insert into detect_version (subject, id, version, change, title, text, added, removed, by, at, note, terms)
    values (${entry.subject}, ${entry.id}, ${entry.version}, ${entry.change}, ${entry.title}, ${entry.text}, ${added},
      ${removed}, ${entry.by}, ${new Date(entry.at).toISOString()}::timestamptz, ${entry.note},
      ${JSON.stringify(entry.terms ?? {})}::jsonb)
    on conflict (subject, id, version) do nothing`);
}

/** Newest first. */
export async function readVersions(executor: Executor, subject: Subject, id: string): Promise<StoredVersion[]> {
  const { rows } = await executor.execute<{
    version: number;
    change: RuleVersion["change"];
    title: string;
    added: number;
    removed: number;
    by: string;
    at: string;
    note: string;
    terms: Partial<ExceptionTerms>;
  }>(sql`
    select version, change, title, added, removed, by, (extract(epoch from at) * 1000)::bigint::text as at, note, terms
    from detect_version where subject = ${subject} and id = ${id} order by version desc limit 1000`);
  return rows.map(({ at, ...row }) => ({ ...row, atMs: Number(at) }));
}

/** The texts of these versions; those that do not exist are left out. */
export async function readTexts(
  executor: Executor,
  asked: { readonly subject: Subject; readonly id: string; readonly versions: readonly number[] },
): Promise<Map<number, string>> {
  const { rows } = await executor.execute<{ version: number; text: string }>(sql`
    select version, text from detect_version
    where subject = ${asked.subject} and id = ${asked.id} and version = any(${sql.param([...asked.versions])}::integer[])`);
  return new Map(rows.map((row) => [row.version, row.text]));
}

/** All texts that a rule ever had here, newest first: to find the one that fired. */
export async function readAllTexts(executor: Executor, id: string): Promise<string[]> {
  const { rows } = await executor.execute<{ text: string }>(sql`
    select text from detect_version where subject = 'rule' and id = ${id} order by version desc limit 1000`);
  return rows.map((row) => row.text);
}
