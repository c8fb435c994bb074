/** gap-store: what runs did not meet, as tasks: who closes each, until when, and whether it is closed. */
import { type SQL, sql } from "drizzle-orm";
import type { Gap, OpenGap } from "@holdfast/contracts/exercises";
import type { Team } from "@holdfast/contracts/model";
import type { Executor } from "../platform/tables/index.ts";

/** Twice is once: the id names the run and what it expected. */
export async function insertGaps(executor: Executor, gaps: readonly Gap[]): Promise<void> {
  for (const gap of gaps)
    await executor.execute(sql`
      INSERT INTO exercise_gap (id, run_id, title, because, team) VALUES (${gap.id}, ${gap.runId}, ${gap.title}, ${gap.because}, ${gap.team})
      ON CONFLICT DO NOTHING`);
}

export async function gapsOf(executor: Executor, runId: string): Promise<Gap[]> {
  const { rows } = await executor.execute<GapRow>(sql`${SELECT} WHERE g.run_id = ${runId} ORDER BY g.id`);
  return rows.map(toGap);
}

export interface GapChange {
  readonly state?: Gap["state"] | undefined;
  /** By id where it is a user of this Holdfast, else a name. */
  readonly owner?: { readonly id: string | null; readonly name: string } | undefined;
  readonly dueAt?: string | null | undefined;
}

export async function changeGap(executor: Executor, id: string, change: GapChange): Promise<Gap | undefined> {
  const { state, owner, dueAt } = change;
  const sets: SQL[] = [
    ...(state === undefined ? [] : [sql`state = ${state}`]),
    ...(owner === undefined ? [] : [sql`owner = ${owner.name}, owner_id = ${owner.id}`]),
    ...(dueAt === undefined ? [] : [sql`due_at = ${dueAt}::timestamptz`]),
  ];
  if (sets.length > 0) await executor.execute(sql`UPDATE exercise_gap SET ${sql.join(sets, sql`, `)} WHERE id = ${id}`);
  const { rows } = await executor.execute<GapRow>(sql`${SELECT} WHERE g.id = ${id}`);
  return rows.map(toGap)[0];
}

export interface GapFilter {
  readonly ownerId?: string | undefined;
  readonly team?: Team | undefined;
  readonly state?: "unfinished" | "overdue" | "finished" | undefined;
}

/** Those with a due time first, the earliest first; then the newest run. */
export async function listGaps(
  executor: Executor,
  asked: { readonly filter: GapFilter; readonly now: number; readonly limit: number; readonly offset: number },
): Promise<{ items: OpenGap[]; total: number }> {
  const { ownerId, team, state } = asked.filter;
  const parts: SQL[] = [sql`true`];
  if (ownerId !== undefined) parts.push(sql`g.owner_id = ${ownerId}`);
  if (team !== undefined) parts.push(sql`g.team = ${team}`);
  if (state === "finished") parts.push(sql`g.state = 'done'`);
  if (state === "unfinished" || state === "overdue") parts.push(sql`g.state = 'open'`);
  if (state === "overdue") parts.push(sql`g.due_at < to_timestamp(${asked.now / 1000})`);
  const where = sql.join(parts, sql` AND `);
  const [found, counted] = await Promise.all([
    executor.execute<GapRow>(sql`
      ${SELECT} WHERE ${where} ORDER BY g.due_at NULLS LAST, r.started_at DESC, g.id LIMIT ${asked.limit} OFFSET ${asked.offset}`),
    executor.execute<{ n: number }>(sql`SELECT count(*) AS n FROM exercise_gap g WHERE ${where}`),
  ]);
  const items = found.rows.map((row) => ({ ...toGap(row), exercise: row.exercise }));
  return { items, total: Number(counted.rows[0]?.n ?? 0) };
}

const SELECT = sql`
  SELECT g.id, g.run_id, g.title, g.because, g.team, g.state, g.owner, g.owner_id, r.file->>'title' AS exercise,
         (extract(epoch FROM g.due_at) * 1000)::bigint::text AS due
  FROM exercise_gap g JOIN exercise_run r ON r.id = g.run_id`;

type GapRow = {
  id: string;
  run_id: string;
  title: string;
  because: string;
  team: Team | null;
  state: Gap["state"];
  owner: string;
  owner_id: string | null;
  exercise: string;
  due: string | null;
};

function toGap(row: GapRow): Gap {
  return {
    id: row.id,
    runId: row.run_id,
    title: row.title,
    because: row.because,
    team: row.team,
    state: row.state,
    owner: row.owner,
    ownerId: row.owner_id,
    dueAt: row.due === null ? null : new Date(Number(row.due)).toISOString(),
  };
}
