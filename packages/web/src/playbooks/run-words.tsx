/** run-words: how the states of runs and steps are said and coloured. */
import type { Run, RunStep } from "@holdfast/contracts/playbooks";
import { Tag, type Tone } from "../ui/tag.tsx";

const RUN_TONES: Readonly<Record<Run["state"], Tone>> = {
  running: "accent",
  stuck: "high",
  broken: "critical",
  done: "neutral",
  failed: "critical",
  cancelled: "neutral",
};
const STEP_TONES: Readonly<Record<RunStep["state"], Tone>> = {
  waiting: "accent",
  done: "neutral",
  failed: "critical",
  timeout: "high",
  stuck: "high",
  dropped: "neutral",
};
const STEP_WORDS: Readonly<Record<RunStep["state"], string>> = {
  waiting: "waiting",
  done: "done",
  failed: "failed",
  timeout: "took too long",
  stuck: "needs a decision",
  dropped: "not needed",
};

export function RunTag({ run }: { run: Pick<Run, "state" | "reason"> }) {
  const word = run.state === "stuck" ? "needs a decision" : run.state === "broken" ? "broke off" : run.state;
  return (
    <Tag tone={RUN_TONES[run.state]} {...(run.reason !== "" && { tip: run.reason })}>
      {word}
    </Tag>
  );
}

export function StepTag({ step }: { step: Pick<RunStep, "state" | "waitsFor"> }) {
  const whom = step.state === "waiting" && step.waitsFor !== null ? ` for ${step.waitsFor}` : "";
  return <Tag tone={STEP_TONES[step.state]}>{`${STEP_WORDS[step.state]}${whom}`}</Tag>;
}
