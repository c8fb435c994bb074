/** suggestion: a playbook that a trigger suggests on an incident: why, and starting it by one key or saying that it does not fit. On top
 *  of the incident stands the gravest one; all of them stand under Runs. */
import { type PlaybookSuggestion, triggerRoutes } from "@holdfast/contracts/playbook-triggers";
import { type PlaybookDetail, playbookRoutes } from "@holdfast/contracts/playbooks";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, explain, problemOf } from "../app/client.ts";
import { Link, useGo } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { useLive } from "../app/live.ts";
import { useCall } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { FormDialog } from "../ui/dialog.tsx";
import { TextArea } from "../ui/field.tsx";
import { useKeys } from "../ui/keyboard.ts";
import { Tag } from "../ui/tag.tsx";
import { toast } from "../ui/toast.tsx";
import { StartDialog } from "./start-dialog.tsx";
import { TriggerReasons } from "./trigger-reasons.tsx";
import "./playbooks.css";

export function useSuggestions(incidentId: string) {
  const client = useQueryClient();
  const found = useCall(triggerRoutes.listPlaybookSuggestions, { query: { incident: incidentId } });
  const renew = (): void => void client.invalidateQueries({ queryKey: [triggerRoutes.listPlaybookSuggestions.path] });
  useLive("playbooks.trigger.changed", (payload) => {
    if (payload.incidentId === incidentId) renew();
  });
  return found;
}

/** The gravest suggestion that nobody has answered. */
export function SuggestionBar({ incidentId, onAll }: { incidentId: string; onAll: () => void }) {
  const open = (useSuggestions(incidentId).data?.items ?? []).filter(({ state }) => state === "suggested");
  const [first] = open;
  if (first === undefined) return null;
  return (
    <div className="suggestion-bar row wrap" role="group" aria-label="Suggested playbook">
      <Tag tone="accent">suggested</Tag>
      <span className="row tight">
        <strong>{first.playbookName}</strong>
        <span className="faint">because</span> <LogText text={lower(first.triggerName)} />
      </span>
      <SuggestionButtons key={first.id} suggestion={first} withKey />
      {open.length > 1 && (
        <Button size="compact" variant="ghost" onClick={onAll}>
          {open.length - 1} more
        </Button>
      )}
      {first.problem !== "" && (
        <span className="field-error small">
          It did not start by itself: <LogText text={first.problem} />
        </span>
      )}
      <details className="small">
        <summary>Why</summary>
        <TriggerReasons reasons={first.reasons} />
      </details>
    </div>
  );
}

/** All of them, with what became of each. */
export function SuggestionList({ incidentId }: { incidentId: string }) {
  const items = useSuggestions(incidentId).data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <section className="stack" aria-label="Suggested by triggers">
      <h3>Suggested by triggers</h3>
      {items.map((one) => (
        <article key={one.id} className="run-step">
          <div className="row wrap">
            <strong>{one.playbookName}</strong>
            <Tag tone={one.state === "suggested" ? "accent" : "neutral"}>{WORDS[one.state]}</Tag>
            <span className="faint small">
              <LogText text={one.triggerName} /> · v{one.triggerVersion} · <Clock at={one.at} suffix="ago" />
            </span>
            {one.runId !== null && <Link to={links.run(one.runId)}>its run</Link>}
            {one.state === "suggested" && <SuggestionButtons suggestion={one} />}
          </div>
          <TriggerReasons reasons={one.reasons} />
          {one.problem !== "" && (
            <p className="field-error small">
              It did not start by itself: <LogText text={one.problem} />
            </p>
          )}
          {one.decidedBy !== null && (
            <p className="faint small">
              {one.state === "started" ? "Started" : "Dismissed"} by {one.decidedBy.name}
              {one.note !== "" && (
                <>
                  : <LogText text={one.note} />
                </>
              )}
            </p>
          )}
        </article>
      ))}
    </section>
  );
}

const WORDS: Readonly<Record<PlaybookSuggestion["state"], string>> = {
  suggested: "suggested",
  due: "starting",
  started: "started",
  dismissed: "dismissed",
};

function SuggestionButtons({ suggestion, withKey = false }: { suggestion: PlaybookSuggestion; withKey?: boolean }) {
  const go = useGo();
  const client = useQueryClient();
  const refused = useRefusal()("playbooks.run");
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState<PlaybookDetail | null>(null);
  const [dismissing, setDismissing] = useState(false);
  const { id, playbookId, playbookName, incidentId } = suggestion;
  const renew = (): void => void client.invalidateQueries({ queryKey: [triggerRoutes.listPlaybookSuggestions.path] });
  const begin = (variables: Record<string, string>) =>
    call(triggerRoutes.startPlaybookSuggestion, { params: { id }, body: { variables } });
  const start = async (): Promise<void> => {
    if (refused !== "" || busy) return;
    setBusy(true);
    try {
      const run = await begin({});
      renew();
      go(links.run(run.id));
    } catch (error) {
      // What the incident does not say is asked of the person.
      if (problemOf(error).code === "PLAYBOOKS_VARIABLE_MISSING")
        setAsking(await call(playbookRoutes.getPlaybook, { params: { id: playbookId } }));
      else toast({ title: `${playbookName} did not start`, body: explain(error), tone: "error" });
    }
    setBusy(false);
  };
  useKeys(
    {
      "shift+p": { label: `Start the suggested playbook: ${playbookName}`, run: () => void start() },
    },
    withKey,
  );
  return (
    <span className="row tight">
      <Button
        size="compact"
        label={withKey ? undefined : `Start it: ${playbookName}`}
        keys={withKey ? "shift+p" : undefined}
        refused={refused}
        busy={busy}
        onClick={() => void start()}
      >
        Start it
      </Button>
      <Button size="compact" variant="ghost" refused={refused} onClick={() => setDismissing(true)}>
        Dismiss
      </Button>
      {asking !== null && (
        <StartDialog
          playbook={asking}
          incidentId={incidentId}
          begin={begin}
          onClose={() => setAsking(null)}
          onDone={(run) => {
            renew();
            go(links.run(run));
          }}
        />
      )}
      {dismissing && <DismissDialog suggestion={suggestion} onDone={renew} onClose={() => setDismissing(false)} />}
    </span>
  );
}

function DismissDialog(props: { suggestion: PlaybookSuggestion; onDone: () => void; onClose: () => void }) {
  const { id, playbookName } = props.suggestion;
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const submit = async (): Promise<void> => {
    setBusy(true);
    try {
      await call(triggerRoutes.dismissPlaybookSuggestion, { params: { id }, body: { reason } });
      props.onDone();
      props.onClose();
    } catch (failure) {
      setError(explain(failure));
      setBusy(false);
    }
  };
  return (
    <FormDialog
      title={`Dismiss ${playbookName}`}
      note="It is not suggested again on this incident. The playbook can still be run under Runs."
      submit="Dismiss the suggestion"
      busy={busy}
      error={error}
      onSubmit={() => void submit()}
      onClose={props.onClose}
    >
      <TextArea label="Why it does not fit" value={reason} onChange={setReason} rows={2} hint="May stay empty." />
    </FormDialog>
  );
}

const lower = (text: string): string => text.slice(0, 1).toLowerCase() + text.slice(1);
