/** change-drawer: one change: on what, whose, when, how it is taken back; and the steps it can take now. */
import { type Change, changeRoutes } from "@holdfast/contracts/changes";
import { useState } from "react";
import { call } from "../app/client.ts";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { useLive } from "../app/live.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { ChangeStateTag } from "../app/standing-tag.tsx";
import { useChange } from "../app/use-change.ts";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { FormDialog } from "../ui/dialog.tsx";
import { Drawer, Facts, Section } from "../ui/drawer.tsx";
import { TextArea } from "../ui/field.tsx";
import { useKeys } from "../ui/keyboard.ts";
import { Tag } from "../ui/tag.tsx";
import { toast } from "../ui/toast.tsx";
import { ChangeForm } from "./change-form.tsx";

type Step = "start" | "finish" | "cancel" | "edit";

export function ChangeDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const found = useCall(changeRoutes.getChange, { params: { id } });
  const [step, setStep] = useState<Step | null>(null);
  const denied = useRefusal()("changes.write");
  useLive("changes.changed", (changed) => {
    if (changed.id === id && step === null) void found.refetch();
  });
  const change = found.data;
  const refusedFor = (one: Step): string => (denied !== "" || change === undefined ? denied : whyNot(one, change));
  const take = (one: Step) => () => {
    if (change !== undefined && refusedFor(one) === "") setStep(one);
  };
  useKeys({
    s: { label: "Say that it has begun", run: take("start") },
    d: { label: "Say that it is done", run: take("finish") },
    e: { label: "Edit the change", run: take("edit") },
  });
  return (
    <Drawer
      label="Change"
      onClose={onClose}
      heading={
        <h2>
          <LogText text={change?.title ?? "Change"} />
        </h2>
      }
      actions={
        change !== undefined && (
          <>
            <Button keys="s" refused={refusedFor("start")} onClick={take("start")}>
              Start
            </Button>
            <Button keys="d" refused={refusedFor("finish")} onClick={take("finish")}>
              Done
            </Button>
            <Button refused={refusedFor("cancel")} onClick={take("cancel")}>
              Cancel the change
            </Button>
            <Button keys="e" refused={refusedFor("edit")} onClick={take("edit")}>
              Edit
            </Button>
          </>
        )
      }
    >
      <Outcome query={found} what="this change">
        {(one) => (
          <>
            <Body change={one} />
            {step === "edit" && (
              <ChangeForm
                change={one}
                onClose={() => setStep(null)}
                onSaved={() => {
                  setStep(null);
                  toast({ title: "The change is saved" });
                  void found.refetch();
                }}
              />
            )}
            {step !== null && step !== "edit" && (
              <StepDialog
                change={one}
                step={step}
                onClose={() => setStep(null)}
                onDone={() => {
                  setStep(null);
                  void found.refetch();
                }}
              />
            )}
          </>
        )}
      </Outcome>
    </Drawer>
  );
}

function whyNot(step: Step, { state }: Change): string {
  switch (step) {
    case "start":
      return state === "planned" ? "" : `It is ${state}.`;
    case "finish":
      return state === "running" ? "" : `It is ${state}: only what runs can be done.`;
    case "cancel":
      return state === "planned" || state === "running" ? "" : `It is ${state}.`;
    case "edit":
      return "";
  }
}

const STEPS = {
  start: { title: "Start", submit: "It has begun", done: "The change runs", asks: "" },
  finish: { title: "Done", submit: "It is done", done: "The change is done", asks: "What came of it" },
  cancel: { title: "Cancel", submit: "Cancel the change", done: "The change is cancelled", asks: "Why" },
} as const;

function StepDialog(props: { change: Change; step: Exclude<Step, "edit">; onClose: () => void; onDone: () => void }) {
  const { change, step } = props;
  const { title, submit, done, asks } = STEPS[step];
  const [outcome, setOutcome] = useState(change.outcome);
  const { busy, error, run } = useChange();
  const send = (): Promise<unknown> => {
    const params = { id: change.id };
    if (step === "start") return call(changeRoutes.startChange, { params, body: {} });
    if (step === "finish") return call(changeRoutes.finishChange, { params, body: { outcome } });
    return call(changeRoutes.cancelChange, { params, body: { outcome } });
  };
  const go = async (): Promise<void> => {
    if (await run(send, done)) props.onDone();
  };
  return (
    <FormDialog
      title={`${title}: ${change.title}`.slice(0, 140)}
      note="Whoever is about to act on what it is on, sees it."
      submit={submit}
      danger={step === "cancel"}
      busy={busy}
      error={error}
      onSubmit={() => void go()}
      onClose={props.onClose}
    >
      {asks !== "" && <TextArea label={asks} value={outcome} onChange={setOutcome} rows={3} />}
    </FormDialog>
  );
}

function Body({ change }: { change: Change }) {
  const { owner, actualStart, actualEnd, reference, externalId } = change;
  return (
    <>
      <Facts
        items={[
          ["State", <ChangeStateTag key="state" change={change} />],
          ["Kind", change.kind],
          ["Owner", <Owner key="owner" owner={owner} />],
          ["Done by", change.doneBy === "" ? null : <LogText key="by" text={change.doneBy} />],
          ["Planned", <Span key="planned" from={change.plannedStart} to={change.plannedEnd} open="an open end" />],
          [
            "Really",
            actualStart === null && actualEnd === null ? null : (
              <Span
                key="really"
                from={actualStart}
                to={actualEnd}
                open={change.state === "running" ? "now" : "unknown"}
              />
            ),
          ],
          [
            "Reference",
            reference === null ? null : (
              <a key="reference" href={reference} target="_blank" rel="noreferrer noopener">
                <LogText text={externalId ?? reference} />
              </a>
            ),
          ],
          ["Id elsewhere", externalId === null ? null : <LogText key="external" text={externalId} mono />],
        ]}
      />
      <Section title="On">
        {change.targets.length === 0 && (
          <p className="faint">Nothing is named: nobody who acts on the estate will see this change.</p>
        )}
        {change.targets.map((target) => (
          <div key={`${target.kind} ${target.value}`} className="row">
            <Target target={target} />
            <span className="faint">{target.kind}</span>
          </div>
        ))}
      </Section>
      <Prose title="What is done" text={change.description} />
      <Prose title="How it is taken back" text={change.backOut} />
      <Prose title="What came of it" text={change.outcome} />
      <p className="faint small">
        <LogText text={change.updatedBy} /> changed it <Clock at={change.updatedAt} suffix="ago" />, version{" "}
        {change.version}
        {externalId !== null && "; what is edited here, the next feed of it overwrites"}
      </p>
    </>
  );
}

function Owner({ owner }: { owner: Change["owner"] }) {
  if (owner === null) return <span className="faint">nobody</span>;
  return (
    <span className="row">
      <LogText text={owner.name} />
      {owner.id === null && <Tag tip="The estate has no team of this id or name.">not in the estate</Tag>}
    </span>
  );
}

function Target({ target: { kind, id, name, value } }: { target: Change["targets"][number] }) {
  if (id === null)
    return (
      <>
        <LogText text={value} />
        <Tag tip="It is kept, and counts as soon as the estate knows it.">not in the estate</Tag>
      </>
    );
  return (
    <Link to={kind === "service" ? links.service(id) : links.asset(id)}>
      <LogText text={name ?? value} />
    </Link>
  );
}

function Span({ from, to, open }: { from: string | null; to: string | null; open: string }) {
  return (
    <span>
      {from === null ? "unknown" : <Clock at={from} form="absolute" />} to{" "}
      {to === null ? open : <Clock at={to} form="absolute" />}
    </span>
  );
}

function Prose({ title, text }: { title: string; text: string }) {
  if (text === "") return null;
  return (
    <Section title={title}>
      <p className="prose">
        <LogText text={text} />
      </p>
    </Section>
  );
}
