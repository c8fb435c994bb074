/** run-words: how runs, expectations and lengths of time are said and coloured. */
import type { ExerciseRun, ExpectationResult } from "@holdfast/contracts/exercises";
import { Tag, type Tone } from "../ui/tag.tsx";

const RUN_TONES: Readonly<Record<ExerciseRun["state"], Tone>> = {
  running: "exercise",
  finished: "neutral",
  stopped: "neutral",
};
const RESULT_TONES: Readonly<Record<ExpectationResult["state"], Tone>> = {
  met: "ok",
  late: "medium",
  missed: "high",
  open: "neutral",
};

export function RunStateTag({ state }: { state: ExerciseRun["state"] }) {
  return <Tag tone={RUN_TONES[state]}>{state}</Tag>;
}

export function ResultTag({ state }: { state: ExpectationResult["state"] }) {
  return <Tag tone={RESULT_TONES[state]}>{state}</Tag>;
}

/** 95 -> "1 min 35 s". */
export function lengthOf(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return whole % 60 === 0 ? `${whole / 60} min` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
