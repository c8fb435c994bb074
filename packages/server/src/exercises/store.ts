/** store: the SQL of exercises. Rows become domain shapes here. */
import type { ExerciseFile, ExerciseRunDetail, ExpectationResult } from "@holdfast/contracts/exercises";
import type { Team } from "@holdfast/contracts/model";
import { type SQL, sql } from "drizzle-orm";
import type { Executor } from "../platform/tables/index.ts";
import type { AnswerFact, ToldFact } from "./facts.ts";

type Stages = ExerciseRunDetail["stages"];

export interface StoredRun {
  readonly id: string;
  readonly exercise: string;
  readonly file: ExerciseFile;
  readonly state: "running" | "finished" | "stopped";
  readonly auto: boolean;
  readonly speed: number;
  readonly startedAt: number;
  readonly endsAt: number;
  readonly finishedAt: number | null;
  readonly startedBy: { readonly id: string; readonly name: string };
  readonly notes: readonly string[];
  /** As they stood at the end; null while it runs. */
  readonly results: readonly ExpectationResult[] | null;
  readonly stages: Stages | null;
}

export interface DoneInject {
  readonly id: string;
  readonly at: number;
  readonly records: number;
}

export interface ToldRow extends ToldFact {
  readonly text: string;
}

export async function insertRun(executor: Executor, run: StoredRun): Promise<void> {
  await executor.execute(sql`
    INSERT INTO exercise_run (id, exercise, file, state, auto, speed, started_at, ends_at, started_by, notes)
    VALUES (${run.id}, ${run.exercise}, ${JSON.stringify(run.file)}::jsonb, ${run.state}, ${run.auto}, ${run.speed},
            ${new Date(run.startedAt)}, ${new Date(run.endsAt)}, ${JSON.stringify(run.startedBy)}::jsonb, ${JSON.stringify(run.notes)}::jsonb)`);
}

export async function runById(executor: Executor, id: string): Promise<StoredRun | undefined> {
  const [run] = await readRuns(executor, sql`WHERE id = ${id}`);
  return run;
}

/** Nobody else starts one until the transaction ends. */
export async function lockStarts(executor: Executor): Promise<void> {
  await executor.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended('exercises.start', 0))`);
}

export async function runningRuns(executor: Executor): Promise<StoredRun[]> {
  return readRuns(executor, sql`WHERE state = 'running' ORDER BY started_at`);
}

export async function listRuns(
  executor: Executor,
  asked: { readonly state: string | undefined; readonly offset: number; readonly limit: number },
): Promise<StoredRun[]> {
  const which = asked.state === undefined ? sql`` : sql`WHERE state = ${asked.state}`;
  return readRuns(
    executor,
    sql`${which} ORDER BY started_at DESC, id DESC LIMIT ${asked.limit} OFFSET ${asked.offset}`,
  );
}

/** Ends a run once: false when it had ended before. */
export async function endRun(
  executor: Executor,
  end: {
    readonly id: string;
    readonly state: "finished" | "stopped";
    readonly at: number;
    readonly results: readonly ExpectationResult[];
    readonly stages: Stages;
  },
): Promise<boolean> {
  const { rowCount } = await executor.execute(sql`
    UPDATE exercise_run SET state = ${end.state}, finished_at = ${new Date(end.at)}, results = ${JSON.stringify(end.results)}::jsonb,
           stages = ${JSON.stringify(end.stages)}::jsonb
    WHERE id = ${end.id} AND state = 'running'`);
  return (rowCount ?? 0) > 0;
}

export async function insertInject(executor: Executor, runId: string, done: DoneInject): Promise<void> {
  await executor.execute(sql`
    INSERT INTO exercise_inject (run_id, inject_id, done_at, records) VALUES (${runId}, ${done.id}, ${new Date(done.at)}, ${done.records})
    ON CONFLICT DO NOTHING`);
}

export async function injectsOf(executor: Executor, runId: string): Promise<DoneInject[]> {
  const { rows } = await executor.execute<{ inject_id: string; at: string; records: number }>(
    sql`SELECT inject_id, (extract(epoch FROM done_at) * 1000)::bigint::text AS at, records FROM exercise_inject WHERE run_id = ${runId}`,
  );
  return rows.map((row) => ({ id: row.inject_id, at: Number(row.at), records: row.records }));
}

/** The first answer counts: false when there was one. */
export async function insertAnswer(executor: Executor, runId: string, answer: AnswerFact): Promise<boolean> {
  const { rowCount } = await executor.execute(sql`
    INSERT INTO exercise_answer (run_id, question, text, by_name, at)
    VALUES (${runId}, ${answer.question}, ${answer.text}, ${answer.by}, ${new Date(answer.at)}) ON CONFLICT DO NOTHING`);
  return (rowCount ?? 0) > 0;
}

export async function answersOf(executor: Executor, runId: string): Promise<AnswerFact[]> {
  const { rows } = await executor.execute<{ question: string; text: string; by_name: string; at: string }>(
    sql`SELECT question, text, by_name, (extract(epoch FROM at) * 1000)::bigint::text AS at FROM exercise_answer WHERE run_id = ${runId} ORDER BY exercise_answer.at`,
  );
  return rows.map((row) => ({ question: row.question, text: row.text, by: row.by_name, at: Number(row.at) }));
}

export async function insertTold(executor: Executor, runId: string, told: ToldRow): Promise<void> {
  await executor.execute(sql`
    INSERT INTO exercise_told (run_id, team, text, by_name, at) VALUES (${runId}, ${told.team}, ${told.text}, ${told.by}, ${new Date(told.at)})`);
}

export async function toldIn(executor: Executor, runId: string): Promise<ToldRow[]> {
  const { rows } = await executor.execute<{ team: Team; text: string; by_name: string; at: string }>(
    sql`SELECT team, text, by_name, (extract(epoch FROM at) * 1000)::bigint::text AS at FROM exercise_told WHERE run_id = ${runId} ORDER BY exercise_told.at`,
  );
  return rows.map((row) => ({ team: row.team, text: row.text, by: row.by_name, at: Number(row.at) }));
}

interface RunRow extends Record<string, unknown> {
  id: string;
  exercise: string;
  file: ExerciseFile;
  state: StoredRun["state"];
  auto: boolean;
  speed: number;
  started: string;
  ends: string;
  finished: string | null;
  started_by: { id: string; name: string };
  notes: string[];
  results: ExpectationResult[] | null;
  stages: Stages | null;
}

async function readRuns(executor: Executor, which: SQL): Promise<StoredRun[]> {
  const { rows } = await executor.execute<RunRow>(sql`
    SELECT id, exercise, file, state, auto, speed, started_by, notes, results, stages,
           (extract(epoch FROM started_at) * 1000)::bigint::text AS started,
           (extract(epoch FROM ends_at) * 1000)::bigint::text AS ends,
           (extract(epoch FROM finished_at) * 1000)::bigint::text AS finished
    FROM exercise_run ${which}`);
  return rows.map((row) => ({
    id: row.id,
    exercise: row.exercise,
    file: row.file,
    state: row.state,
    auto: row.auto,
    speed: row.speed,
    startedAt: Number(row.started),
    endsAt: Number(row.ends),
    finishedAt: row.finished === null ? null : Number(row.finished),
    startedBy: row.started_by,
    notes: row.notes,
    results: row.results,
    stages: row.stages,
  }));
}
