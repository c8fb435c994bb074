/** run-page: a run as it goes: score and time left, what came, what is expected and why it counts, and the gaps it leaves. */
import { type ExerciseRunDetail, exerciseRoutes } from "@holdfast/contracts/exercises";
import { useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { call, explain } from "../app/client.ts";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { useLive } from "../app/live.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { useTitle } from "../app/title.ts";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { FormDialog } from "../ui/dialog.tsx";
import { Page, Panel } from "../ui/page.tsx";
import { Partial } from "../ui/states.tsx";
import "./exercises.css";
import { Expectations } from "./expectations.tsx";
import { Gaps } from "./gaps.tsx";
import { Injects } from "./injects.tsx";
import { lengthOf, RunStateTag } from "./run-words.tsx";
import { Stages } from "./stages.tsx";
import { Told } from "./told.tsx";

const LOOK_MS = 2000;

export function ExerciseRunPage() {
  const { id = "" } = useParams({ strict: false });
  const detail = useCall(exerciseRoutes.getExerciseRun, { params: { id } });
  const client = useQueryClient();
  const renew = (): void => {
    void client.invalidateQueries({ queryKey: [exerciseRoutes.getExerciseRun.path] });
  };
  useLive("exercises.changed", (payload) => {
    if (payload.id === id) renew();
  });
  // What is scored happens elsewhere too: an alert that is acknowledged, an action that is approved.
  const isRunning = detail.data?.state === "running";
  const { refetch } = detail;
  useEffect(() => {
    if (!isRunning) return;
    const timer = window.setInterval(() => void refetch(), LOOK_MS);
    return () => window.clearInterval(timer);
  }, [isRunning, refetch]);
  useTitle(detail.data === undefined ? "Exercise" : `Exercise: ${detail.data.title}`);
  return detail.data === undefined ? (
    <Page title="Exercise">
      <Outcome query={detail} what="this run" rows={14}>
        {() => null}
      </Outcome>
    </Page>
  ) : (
    <RunView run={detail.data} onDone={renew} />
  );
}

function RunView({ run, onDone }: { run: ExerciseRunDetail; onDone: () => void }) {
  const refusal = useRefusal();
  const [stopping, setStopping] = useState(false);
  const isOver = run.state !== "running";
  const refused = isOver ? "This run is over: nothing counts any more." : refusal("incidents.work");
  return (
    <Page
      title={run.title}
      scroll
      note={
        <span className="row small">
          <RunStateTag state={run.state} />
          <span className="faint">
            {run.auto ? "without people" : "with people"}, {run.speed}× speed, by {run.startedBy.name}{" "}
            <Clock at={run.startedAt} suffix="ago" />
          </span>
        </span>
      }
      tools={
        !isOver && (
          <Button variant="danger" refused={refusal("exercises.run")} onClick={() => setStopping(true)}>
            Stop the exercise
          </Button>
        )
      }
    >
      {run.notes.map((note) => (
        <Partial key={note}>{note}</Partial>
      ))}
      <div className="exercise-score">
        <span>
          <span className="exercise-figure">{run.score}</span> <span className="faint">of 100</span>
        </span>
        <span>
          <strong className="strong">
            {run.met} of {run.of}
          </strong>{" "}
          <span className="faint">expectations met</span>
        </span>
        {isOver ? (
          <span className="faint">
            {run.state} <Clock at={run.finishedAt} suffix="ago" />
          </span>
        ) : (
          <TimeLeft endsAt={run.endsAt} />
        )}
        <span className="row wrap">
          <Link to={links.alerts({ exercise: run.id, queue: "all" })}>Alerts of the exercise</Link>
          {run.incidents.map((incident) => (
            <Link key={incident.id} to={links.incident(incident.number)}>
              INC-{incident.number} <LogText text={incident.title} />
            </Link>
          ))}
        </span>
      </div>
      <div className="exercise-halves">
        <div className="exercise-side">
          <Injects run={run} refused={refused} onDone={onDone} />
          <Told run={run} refused={refused} onDone={onDone} />
        </div>
        <div className="exercise-side">
          <Expectations results={run.results} />
          <Stages stages={run.stages} />
        </div>
      </div>
      <Gaps gaps={run.gaps} isOver={isOver} onDone={onDone} />
      <Panel title="Story">
        <p className="prose">{run.file.story}</p>
      </Panel>
      {stopping && <StopDialog run={run} onClose={() => setStopping(false)} onDone={onDone} />}
    </Page>
  );
}

function TimeLeft({ endsAt }: { endsAt: string }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), 1000);
    return () => window.clearInterval(timer);
  }, []);
  const seconds = Math.max(0, (Date.parse(endsAt) - now) / 1000);
  return (
    <span role="timer">
      <strong className="strong">{lengthOf(seconds)}</strong> <span className="faint">left at most</span>
    </span>
  );
}

function StopDialog({ run, onClose, onDone }: { run: ExerciseRunDetail; onClose: () => void; onDone: () => void }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const open = run.results.filter((one) => one.state === "open").length;
  const stop = async (): Promise<void> => {
    setBusy(true);
    try {
      await call(exerciseRoutes.stopExercise, { params: { id: run.id } });
      onDone();
      onClose();
    } catch (failed) {
      setError(explain(failed));
      setBusy(false);
    }
  };
  return (
    <FormDialog
      title="Stop the exercise"
      note={
        open === 0
          ? "The score stays as it is. Injects that are still to come do not come."
          : `What is open counts as missed (${open} of ${run.of}). Injects that are still to come do not come.`
      }
      submit="Stop it now"
      danger
      busy={busy}
      error={error}
      onSubmit={() => void stop()}
      onClose={onClose}
    >
      {null}
    </FormDialog>
  );
}
