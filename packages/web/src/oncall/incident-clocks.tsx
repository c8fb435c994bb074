/** incident-clocks: the clocks of an incident and who answers for it, in the head of its page. One key answers. */
import { oncallRoutes } from "@holdfast/contracts/oncall";
import type { Escalation, SlaClock } from "@holdfast/contracts/oncall-model";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../app/client.ts";
import { useLive } from "../app/live.ts";
import { useCall } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { useNow } from "../ui/clock.tsx";
import { FormDialog } from "../ui/dialog.tsx";
import { TextField } from "../ui/field.tsx";
import { useKeys } from "../ui/keyboard.ts";
import { Tag, type Tone } from "../ui/tag.tsx";
import { relative, span } from "../ui/time.ts";
import "./oncall.css";
import { useChange } from "../app/use-change.ts";

type Asking = "page" | "snooze" | SlaClock["phase"];

export function IncidentClocks({ incidentId, open }: { incidentId: string; open: boolean }) {
  const client = useQueryClient();
  const view = useCall(oncallRoutes.getIncidentOnCall, { params: { id: incidentId } });
  const refused = useRefusal()("incidents.work");
  const { busy, run } = useChange();
  const [asking, setAsking] = useState<Asking>();
  useLive("oncall.changed", (payload) => {
    if (payload.incidentId === incidentId)
      void client.invalidateQueries({ queryKey: [oncallRoutes.getIncidentOnCall.path] });
  });
  const params = { id: incidentId };
  const answer = (): void => {
    if (refused === "" && open)
      void run(
        () => call(oncallRoutes.acknowledgeIncident, { params, body: { reason: "" } }),
        "You answer for this incident",
      );
  };
  useKeys({ e: { label: "Answer for the incident", run: answer } });
  if (view.data === undefined) return null;
  const { clocks, escalation } = view.data;
  const unanswered = clocks.some(({ phase, metAt }) => phase === "acknowledge" && metAt === null);
  const pages = escalation?.state === "running" || escalation?.state === "snoozed";
  return (
    <div className="oncall-clocks">
      {clocks.map((clock) => (
        <ClockTag
          key={clock.phase}
          clock={clock}
          onAct={
            refused !== "" || !open
              ? undefined
              : clock.state === "paused"
                ? () =>
                    void run(
                      () => call(oncallRoutes.resumeClock, { params: { id: incidentId, phase: clock.phase } }),
                      "The clock runs again",
                    )
                : clock.state === "running"
                  ? () => setAsking(clock.phase)
                  : undefined
          }
        />
      ))}
      {escalation !== null && <EscalationWords escalation={escalation} />}
      {open && (
        <span className="row">
          {(unanswered || pages) && (
            <Button size="compact" variant="primary" keys="e" refused={refused} busy={busy} onClick={answer}>
              Answer for it
            </Button>
          )}
          {pages && (
            <Button size="compact" refused={refused} onClick={() => setAsking("snooze")}>
              Put paging off
            </Button>
          )}
          <Button size="compact" refused={refused} onClick={() => setAsking("page")}>
            Page people
          </Button>
        </span>
      )}
      {asking !== undefined && <AskDialog kind={asking} incidentId={incidentId} onClose={() => setAsking(undefined)} />}
    </div>
  );
}

function ClockTag({ clock, onAct }: { clock: SlaClock; onAct: (() => void) | undefined }) {
  const now = useNow();
  const due = Date.parse(clock.dueAt);
  const left = Math.round((due - now) / 1000);
  const words: Readonly<Record<SlaClock["state"], string>> = {
    met: `${clock.phase} in ${span(Math.max(0, (Date.parse(clock.metAt ?? clock.dueAt) - Date.parse(clock.startedAt)) / 1000))}`,
    breached: `${clock.phase} overdue since ${relative(Date.parse(clock.breachedAt ?? clock.dueAt), now)}`,
    paused: `${clock.phase} stands: ${clock.pauseReason}`,
    running: left < 0 ? `${clock.phase} overdue` : `${clock.phase} within ${span(left)}`,
  };
  const tight = left < clock.minutes * 15;
  const tone: Tone = clock.state === "breached" ? "critical" : clock.state === "running" && tight ? "high" : "neutral";
  return (
    <span className="row">
      <Tag tone={tone} tip={[words[clock.state], clock.why].join("\n")}>
        <span className="oncall-clock">{words[clock.state]}</span>
      </Tag>
      {onAct !== undefined && (
        <Button size="compact" variant="ghost" onClick={onAct}>
          {clock.state === "paused" ? "Let it run" : "Stop"}
        </Button>
      )}
    </span>
  );
}

function EscalationWords({ escalation }: { escalation: Escalation }) {
  const now = useNow();
  const next = escalation.nextAt === null ? "" : relative(Date.parse(escalation.nextAt), now);
  const words: Readonly<Record<Escalation["state"], string>> = {
    running: `paging by ${escalation.policy}, step ${escalation.step} of ${escalation.steps}; next ${next}`,
    snoozed: `paging put off; goes on ${next}`,
    acknowledged: `answered by ${escalation.answeredBy?.name ?? "somebody"}`,
    exhausted: "nobody answered",
    ended: "paging ended",
  };
  return (
    <Tag tone={escalation.state === "exhausted" ? "critical" : escalation.state === "running" ? "accent" : "neutral"}>
      {words[escalation.state]}
    </Tag>
  );
}

function AskDialog({ kind, incidentId, onClose }: { kind: Asking; incidentId: string; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const [minutes, setMinutes] = useState("30");
  const { busy, error, run } = useChange();
  const params = { id: incidentId };
  const titles: Readonly<Record<string, string>> = { page: "Page people", snooze: "Put paging off" };
  const submit = async (): Promise<void> => {
    const work =
      kind === "page"
        ? () => call(oncallRoutes.pageIncident, { params, body: { reason } })
        : kind === "snooze"
          ? () => call(oncallRoutes.snoozeIncident, { params, body: { minutes: Number(minutes), reason } })
          : () => call(oncallRoutes.pauseClock, { params: { id: incidentId, phase: kind }, body: { reason } });
    const said =
      kind === "page" ? "People are being paged" : kind === "snooze" ? "Paging is put off" : "The clock stands";
    if (await run(work, said)) onClose();
  };
  const title = titles[kind] ?? `Stop the clock to ${kind}`;
  return (
    <FormDialog title={title} submit={title} busy={busy} error={error} onSubmit={() => void submit()} onClose={onClose}>
      {kind === "snooze" && (
        <TextField label="For, minutes" type="number" value={minutes} onChange={setMinutes} required />
      )}
      <TextField label="Why" value={reason} onChange={setReason} required autoFocus hint="Stands on the timeline." />
    </FormDialog>
  );
}
