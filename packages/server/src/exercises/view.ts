/** view: a stored run and its facts as the API shows them. */
import type { ExerciseFile, ExerciseRun, ExerciseRunDetail, Gap, Inject } from "@holdfast/contracts/exercises";
import type { Facts } from "./facts.ts";
import { isRight, scoreOf, type Score } from "./score.ts";
import { type RealTimes, stagesOf } from "./stages.ts";
import type { DoneInject, StoredRun, ToldRow } from "./store.ts";

const iso = (ms: number): string => new Date(ms).toISOString();

/** As it stood at the end, or as it stands. */
export function judged(run: StoredRun, facts: Facts, now: number): Score {
  if (run.results === null) return scoreOf(run.file, facts, { now, over: false });
  const met = run.results.filter((one) => one.state === "met").length;
  return { results: [...run.results], met, score: Math.round((100 * met) / run.results.length), settled: true };
}

export function runView(run: StoredRun, score: Score): ExerciseRun {
  return {
    id: run.id,
    exercise: run.exercise,
    title: run.file.title,
    state: run.state,
    auto: run.auto,
    speed: run.speed,
    startedAt: iso(run.startedAt),
    endsAt: iso(run.endsAt),
    finishedAt: run.finishedAt === null ? null : iso(run.finishedAt),
    startedBy: run.startedBy,
    score: score.score,
    met: score.met,
    of: score.results.length,
  };
}

export interface RunMaterial {
  readonly run: StoredRun;
  readonly facts: Facts;
  readonly done: readonly DoneInject[];
  readonly told: readonly ToldRow[];
  readonly gaps: readonly Gap[];
  readonly real: RealTimes;
  readonly now: number;
}

export function runDetail({ run, facts, done, told, gaps, real, now }: RunMaterial): ExerciseRunDetail {
  const score = judged(run, facts, now);
  const byId = new Map(done.map((one) => [one.id, one]));
  const shown = run.state === "running" ? withoutAnswers(run.file) : run.file;
  return {
    ...runView(run, score),
    file: shown,
    injects: shown.injects.map((inject, index) => {
      const did = byId.get(inject.id);
      const answer = facts.answers.find((one) => one.question === inject.id);
      return {
        inject,
        dueAt: iso(dueAt(run, inject.at)),
        doneAt: did === undefined ? null : iso(did.at),
        records: did?.records ?? 0,
        answer:
          answer === undefined
            ? null
            : {
                text: answer.text,
                by: answer.by,
                at: iso(answer.at),
                right: hasRight(run.file.injects[index]) ? isRight(answer.text, inject.id, run.file) : null,
              },
      };
    }),
    results: score.results,
    stages: run.stages ?? stagesOf(facts, real),
    incidents: facts.incidents.map(({ id, number, title }) => ({ id, number, title })),
    told: told.map((one) => ({ team: one.team, by: one.by, text: one.text, at: iso(one.at) })),
    gaps: [...gaps],
    notes: [...run.notes],
  };
}

const hasRight = (inject: Inject | undefined): boolean => inject?.kind === "question" && inject.correct !== undefined;

/** What may be read before the end: whoever takes part must not find the right answers in the API. */
export function withoutAnswers(file: ExerciseFile): ExerciseFile {
  const injects = file.injects.map((inject): Inject => {
    if (inject.kind !== "question") return inject;
    const { correct: _kept, ...asked } = inject;
    return asked;
  });
  return { ...file, injects };
}

/** When a minute of the story comes, milliseconds since the epoch. */
export function dueAt(run: Pick<StoredRun, "startedAt" | "speed">, minute: number): number {
  return run.startedAt + (minute * 60_000) / run.speed;
}
