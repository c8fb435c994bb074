/** approval-card: what exactly will be done, to what, who is hit, for how long, who proposed it and why, who may approve; then the
 *  decision. The hash that is sent names what the person has read: what changed meanwhile is not approved by it. */
import { type Approval, respondRoutes } from "@holdfast/contracts/respond";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { Code, LogText } from "../ui/code.tsx";
import { FormDialog } from "../ui/dialog.tsx";
import { Facts, Section } from "../ui/drawer.tsx";
import { TextArea, TextField } from "../ui/field.tsx";
import { Tag } from "../ui/tag.tsx";
import { toast } from "../ui/toast.tsx";
import { lastingOf, questionOf, sidesOf, stateOf } from "./effect-words.ts";
import { ImpactView } from "./impact-view.tsx";
import "./respond.css";

export function ApprovalCard({ approval }: { approval: Approval }) {
  const { effect, requirement } = approval;
  const state = stateOf(effect);
  return (
    <article className="approval-card" aria-label={`Approval: ${effect.title}`}>
      <header className="stack">
        <h2 className="approval-question">
          <LogText text={questionOf(approval)} />
        </h2>
        <span className="row wrap">
          <Tag tone={state.tone}>{state.text}</Tag>
          {effect.class === "irreversible" && <Tag tone="high">can't be taken back</Tag>}
          {effect.exerciseId !== null && <Tag tone="accent">exercise: nothing is sent</Tag>}
          {approval.revision > 0 && <Tag tone="medium">changed {approval.revision} times</Tag>}
          {approval.breakGlass !== null && <Tag tone="critical">went ahead without approval</Tag>}
          {approval.state === "waiting" && (
            <span className="small faint">
              expires <Clock at={requirement.expiresAt} />, and is then{" "}
              {requirement.onExpiry === "refuse" ? "refused" : "done"}
            </span>
          )}
        </span>
      </header>
      <Section title="What will be done, literally">
        <Code text={effect.command} label="Command" />
      </Section>
      <div className="approval-parts">
        <ImpactView impact={effect.impact} />
        <div className="stack">
          <Section title="Why, and for how long">
            <Facts
              items={[
                ["Proposed by", effect.requestedBy.name],
                ["Because", <LogText key="why" text={effect.reason} />],
                [
                  "Evidence",
                  effect.incidentId === null ? null : (
                    <Link key="in" to={links.incident(effect.incidentId)}>
                      The incident
                    </Link>
                  ),
                ],
                ["Proposed", <Clock key="at" at={approval.createdAt} />],
                ["Lasts", lastingOf(effect)],
                [
                  "On",
                  <LogText key="on" text={effect.targets.map(({ kind, value }) => `${kind} ${value}`).join(", ")} />,
                ],
                ["By", effect.connectorId],
              ]}
            />
          </Section>
          <Section title="Who approves">
            <Facts
              items={[
                ["Needs", sidesOf(requirement)],
                ["Because", requirement.because],
                ["Second factor", requirement.secondFactor ? "a fresh code with the decision" : null],
                ["Policy", `"${requirement.rule}", version ${requirement.policyVersion}`],
                [
                  "Edited by",
                  approval.editedBy.length === 0 ? null : approval.editedBy.map(({ name }) => name).join(", "),
                ],
              ]}
            />
            <Decisions approval={approval} />
          </Section>
        </div>
      </div>
      {approval.state === "waiting" && <Decide key={approval.hash} approval={approval} />}
    </article>
  );
}

function Decisions({ approval }: { approval: Approval }) {
  const { decisions, breakGlass } = approval;
  if (decisions.length === 0 && breakGlass === null) return null;
  return (
    <ul className="small">
      {decisions.map(({ by, team, verdict, reason, at, secondFactor }) => (
        <li key={`${by.id} ${at}`}>
          <span className="strong">{verdict === "approve" ? "Approved" : "Refused"}</span> by {by.name} ({team}
          {secondFactor ? ", with second factor" : ""}) <Clock at={at} />
          {reason !== "" && (
            <>
              : <LogText text={reason} />
            </>
          )}
        </li>
      ))}
      {breakGlass !== null && (
        <li>
          <span className="strong">Without approval</span> by {breakGlass.by.name} <Clock at={breakGlass.at} />:{" "}
          <LogText text={breakGlass.reason} />
        </li>
      )}
    </ul>
  );
}

function Decide({ approval }: { approval: Approval }) {
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const [code, setCode] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const [glass, setGlass] = useState(false);
  const { you, hash, id } = approval;
  const decide = async (verdict: "approve" | "refuse"): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      const body = { verdict, reason, hash, ...(code === "" ? {} : { code }) };
      await call(respondRoutes.decideApproval, { params: { id }, body });
      toast({ title: verdict === "approve" ? "Approved" : "Refused" });
    } catch (failure) {
      setError(explain(failure));
    } finally {
      setBusy(false);
      await client.invalidateQueries({ queryKey: [respondRoutes.listApprovals.path] });
      void client.invalidateQueries({ queryKey: [respondRoutes.getApproval.path] });
    }
  };
  return (
    <form
      className="approval-decide"
      aria-label="Decision"
      onSubmit={(event) => {
        event.preventDefault();
        if (you.may && you.over === null) void decide("approve");
      }}
    >
      {you.may ? (
        <>
          <TextArea
            label="Reason"
            value={reason}
            onChange={setReason}
            rows={2}
            hint="A refusal needs one: it goes to whoever proposed it."
          />
          {you.needsFactor && (
            <TextField
              label="Code of your second factor"
              value={code}
              onChange={setCode}
              autoComplete="one-time-code"
              hint="To approve: six digits from your authenticator, or a recovery code."
              required
            />
          )}
        </>
      ) : (
        <p>{you.why}</p>
      )}
      {you.over !== null && <p>{you.over}</p>}
      {error !== undefined && (
        <p className="field-error" role="alert">
          {error}
        </p>
      )}
      <div className="row between">
        <div className="row">
          <Button
            type="submit"
            variant="primary"
            busy={busy}
            refused={you.why || you.over || (you.needsFactor && code === "" ? "Enter a code first." : "")}
          >
            {`Approve: ${questionOf(approval)}`}
          </Button>
          <Button
            busy={busy}
            refused={you.why || (reason.trim() === "" ? "Say why first." : "")}
            onClick={() => void decide("refuse")}
          >
            Refuse
          </Button>
        </div>
        {you.mayBreakGlass && (
          <Button variant="ghost" onClick={() => setGlass(true)}>
            Go ahead without approval…
          </Button>
        )}
      </div>
      {glass && <BreakGlass approval={approval} onClose={() => setGlass(false)} />}
    </form>
  );
}

function BreakGlass({ approval, onClose }: { approval: Approval; onClose: () => void }) {
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const [code, setCode] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const submit = async (): Promise<void> => {
    setBusy(true);
    try {
      const body = { reason, hash: approval.hash, ...(code === "" ? {} : { code }) };
      await call(respondRoutes.breakGlass, { params: { id: approval.id }, body });
      void client.invalidateQueries({ queryKey: [respondRoutes.listApprovals.path] });
      onClose();
    } catch (failure) {
      setError(explain(failure));
    } finally {
      setBusy(false);
    }
  };
  return (
    <FormDialog
      title="Go ahead without approval"
      note="It is done at once. Both teams are told, on-call is paged, and it is looked at in the review."
      submit={questionOf(approval)}
      danger
      busy={busy}
      error={error}
      refused={reason.trim().length < 20 ? "Write at least 20 characters: others will read it." : ""}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      <TextArea label="Why it cannot wait" value={reason} onChange={setReason} rows={3} />
      <TextField
        label="Code of your second factor, if it asks for one"
        value={code}
        onChange={setCode}
        autoComplete="one-time-code"
      />
    </FormDialog>
  );
}
