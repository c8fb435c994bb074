/** run-page: a run as it goes: the graph with where it stands, each step with what it waits for, and the answers people give. */
import { playbookRoutes, type RunDetail, type RunStep } from "@holdfast/contracts/playbooks";
import { respondRoutes } from "@holdfast/contracts/respond";
import { useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { useLive, useLiveAgain } from "../app/live.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { useTitle } from "../app/title.ts";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { TextField } from "../ui/field.tsx";
import { useKeys } from "../ui/keyboard.ts";
import { Page } from "../ui/page.tsx";
import { Tag } from "../ui/tag.tsx";
import { toast } from "../ui/toast.tsx";
import { PlaybookGraph } from "./playbook-graph.tsx";
import "./playbooks.css";
import { RunTag, StepTag } from "./run-words.tsx";

export function RunPage() {
  const { id = "" } = useParams({ strict: false });
  const detail = useCall(playbookRoutes.getRun, { params: { id } });
  const client = useQueryClient();
  const renew = (): void => void client.invalidateQueries({ queryKey: [playbookRoutes.getRun.path] });
  useLive("playbooks.run.changed", (payload) => {
    if (payload.id === id) renew();
  });
  useLive("respond.effect.changed", renew);
  useLiveAgain(renew);
  useTitle(detail.data === undefined ? "Run" : `Run of ${detail.data.playbookName}`);
  return detail.data === undefined ? (
    <Page title="Run">
      <Outcome query={detail} what="this run" rows={14}>
        {() => null}
      </Outcome>
    </Page>
  ) : (
    <RunView run={detail.data} onDone={renew} />
  );
}

function RunView({ run, onDone }: { run: RunDetail; onDone: () => void }) {
  const refused = useRefusal()("playbooks.run");
  const [selected, setSelected] = useState<string>();
  const cancel = async (): Promise<void> => {
    try {
      await call(playbookRoutes.cancelRun, { params: { id: run.id }, body: { reason: "" } });
      onDone();
      toast({ title: "The run ends", body: "What waits for an approval is withdrawn; what was done stays done." });
    } catch (error) {
      toast({ title: "The run was not ended", body: explain(error), tone: "error" });
    }
  };
  return (
    <Page
      title={run.playbookName}
      note={
        <span className="row small">
          <RunTag run={run} />
          {run.exerciseId !== null && (
            <Link to={links.exerciseRun(run.exerciseId)}>
              <Tag tone="exercise">Exercise</Tag>
            </Link>
          )}
          <span className="faint">
            v{run.version}, by {run.startedBy.name} <Clock at={run.startedAt} />
          </span>
          {run.incidentId !== null && <Link to={links.incident(run.incidentId)}>Incident</Link>}
          <Link to={links.playbook(run.playbookId)}>Playbook</Link>
          {run.parentRunId !== null && <Link to={links.run(run.parentRunId)}>Outer run</Link>}
        </span>
      }
      tools={
        run.endedAt === null && (
          <Button variant="danger" refused={refused} onClick={() => void cancel()}>
            End the run
          </Button>
        )
      }
    >
      {run.broken !== null && <BrokenNotice runId={run.id} broken={run.broken} refused={refused} onDone={onDone} />}
      {run.state === "failed" && run.reason !== "" && (
        <p className="run-broken row wrap" role="status">
          <LogText text={run.reason} />
        </p>
      )}
      <div className="playbook-split run">
        <section className="playbook-graph" aria-label="Graph">
          <PlaybookGraph graph={run.graph} steps={run.steps} selected={selected} onSelect={setSelected} />
        </section>
        <section className="run-steps" aria-label="Steps" role="log">
          {run.steps.toReversed().map((step) => (
            <StepCard
              key={step.instance}
              runId={run.id}
              step={step}
              selected={step.step === selected}
              refused={refused}
              onDone={onDone}
            />
          ))}
        </section>
      </div>
    </Page>
  );
}

function BrokenNotice(props: {
  runId: string;
  broken: NonNullable<RunDetail["broken"]>;
  refused: string;
  onDone: () => void;
}) {
  const { runId, broken, refused } = props;
  const [busy, setBusy] = useState(false);
  const retry = async (): Promise<void> => {
    if (refused !== "" || busy) return;
    setBusy(true);
    try {
      await call(playbookRoutes.retryRun, { params: { id: runId }, body: {} });
      props.onDone();
    } catch (error) {
      toast({ title: "The run does not go on", body: explain(error), tone: "error" });
    }
    setBusy(false);
  };
  useKeys({ r: { label: "Try again from where it broke off", run: () => void retry() } });
  return (
    <div className="run-broken row wrap" role="status">
      <span>
        It broke off <Clock at={broken.at} suffix="ago" /> at{" "}
        <LogText text={broken.steps.map((step) => `"${step}"`).join(", ")} />: <LogText text={broken.cause} />
      </span>
      <Button size="compact" variant="primary" keys="r" refused={refused} busy={busy} onClick={() => void retry()}>
        Try again
      </Button>
      <span className="faint small">What was asked for already is not asked for twice.</span>
    </div>
  );
}

type Decision = "done" | "failed" | "retry" | "skip" | "stop";

function StepCard(props: { runId: string; step: RunStep; selected: boolean; refused: string; onDone: () => void }) {
  const { runId, step, refused } = props;
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const asked = step.kind === "manual" && step.state === "waiting";
  // An action waits for a person only when nobody knows whether it happened.
  const doubted = !asked && step.state === "waiting" && step.waitsFor !== null ? step.effectId : null;
  const decide = async (decision: Decision): Promise<void> => {
    try {
      const { instance } = step;
      const body = { decision, reason: "", variables: values };
      await call(playbookRoutes.decideStep, { params: { id: runId, instance }, body });
      props.onDone();
    } catch (error) {
      toast({ title: "The answer was not taken", body: explain(error), tone: "error" });
    }
  };
  const button = (decision: Decision, label: string, primary = false) => (
    <Button
      size="compact"
      variant={primary ? "primary" : "plain"}
      refused={refused}
      onClick={() => void decide(decision)}
    >
      {label}
    </Button>
  );
  return (
    <article className={props.selected ? "run-step selected" : "run-step"}>
      <header className="row">
        <strong className="truncate">
          <LogText text={step.title} />
        </strong>
        <StepTag step={step} />
        <span className="faint small">
          <Clock at={step.endedAt ?? step.enteredAt} />
        </span>
      </header>
      {step.text !== "" && (
        <p className={step.kind === "action" || step.kind === "command" ? "mono small" : undefined}>
          <LogText text={step.text} />
        </p>
      )}
      {step.reason !== "" && (
        <p className="small faint">
          <LogText text={step.reason} />
        </p>
      )}
      {step.decidedBy !== null && <p className="small faint">Answered by {step.decidedBy.name}</p>}
      <div className="row small">
        {step.approvalId !== null && step.state === "waiting" && doubted === null && (
          <Link to={links.approval(step.approvalId)}>Open its approval</Link>
        )}
        {step.childRunId !== null && <Link to={links.run(step.childRunId)}>Run inside</Link>}
      </div>
      {asked &&
        step.ask.map((name) => (
          <TextField
            key={name}
            label={name}
            value={values[name] ?? ""}
            onChange={(value) => setValues({ ...values, [name]: value })}
          />
        ))}
      {asked && (
        <div className="row">
          {button("done", "Done", true)}
          {button("failed", "Did not work")}
        </div>
      )}
      {doubted !== null && <LookForm effectId={doubted} onDone={props.onDone} />}
      {step.state === "stuck" && (
        <div className="row">
          {button("retry", "Try again", true)}
          {button("skip", "Go on without it")}
          {button("stop", "End the run")}
        </div>
      )}
    </article>
  );
}

/** Somebody looked at the system itself and says whether it happened; the run goes on from there. */
function LookForm({ effectId, onDone }: { effectId: string; onDone: () => void }) {
  const refused = useRefusal()("approvals.decide");
  const [seen, setSeen] = useState("");
  const say = async (happened: boolean): Promise<void> => {
    try {
      await call(respondRoutes.settleEffect, { params: { id: effectId }, body: { happened, reason: seen } });
      onDone();
    } catch (error) {
      toast({ title: "The answer was not taken", body: explain(error), tone: "error" });
    }
  };
  const missing = seen.trim().length < 3 ? "Say what you saw first." : refused;
  return (
    <>
      <TextField label="Look at the system, then say what you saw" value={seen} onChange={setSeen} />
      <div className="row">
        <Button size="compact" variant="primary" refused={missing} onClick={() => void say(true)}>
          It happened
        </Button>
        <Button size="compact" refused={missing} onClick={() => void say(false)}>
          It did not
        </Button>
      </div>
    </>
  );
}
