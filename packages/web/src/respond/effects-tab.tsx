/** effects-tab: the actions of an incident: proposed, in place with their proof and the time left, undone. New ones are proposed here,
 *  after their impact was shown. */
import { type Effect, respondRoutes } from "@holdfast/contracts/respond";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { useLive } from "../app/live.ts";
import { More } from "../app/more.tsx";
import { Outcome } from "../app/outcome.tsx";
import { usePages } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { Code, LogText } from "../ui/code.tsx";
import { FormDialog } from "../ui/dialog.tsx";
import { TextArea } from "../ui/field.tsx";
import { Empty } from "../ui/states.tsx";
import { Tag } from "../ui/tag.tsx";
import { toast } from "../ui/toast.tsx";
import { firstLine, stateOf } from "./effect-words.ts";
import { ProposeDialog } from "./propose-dialog.tsx";
import "./respond.css";

type Ask = { readonly kind: "undo" | "later" | "withdraw" | "happened" | "not-happened"; readonly effect: Effect };

export function EffectsTab({ incidentId }: { incidentId: string }) {
  const client = useQueryClient();
  const pages = usePages([respondRoutes.listEffects.path, incidentId], (cursor, signal) =>
    call(
      respondRoutes.listEffects,
      { query: { incident: incidentId, limit: 100, ...(cursor !== undefined && { cursor }) } },
      signal,
    ),
  );
  const [proposing, setProposing] = useState(false);
  const [ask, setAsk] = useState<Ask>();
  const refused = useRefusal()("effects.propose");
  const renew = (): void => void client.invalidateQueries({ queryKey: [respondRoutes.listEffects.path] });
  useLive("respond.effect.changed", (payload) => {
    if (payload.incidentId === incidentId) renew();
  });
  const propose = (
    <Button variant="primary" refused={refused} onClick={() => setProposing(true)}>
      Propose an action
    </Button>
  );
  return (
    <div className="effects" tabIndex={0} role="region" aria-label="Actions">
      <Outcome query={pages.query} what="the actions" rows={6}>
        {() =>
          pages.rows.length === 0 ? (
            <Empty title="No action yet" action={propose}>
              <p>
                Isolate a host, disable an account, block an address: propose it, and whoever owns what it hits
                approves.
              </p>
            </Empty>
          ) : (
            <>
              <div className="row">{propose}</div>
              <ul className="stack">
                {pages.rows.map((effect) => (
                  <li key={effect.id}>
                    <EffectItem effect={effect} refused={refused} onAsk={(kind) => setAsk({ kind, effect })} />
                  </li>
                ))}
              </ul>
              <More pages={pages} />
            </>
          )
        }
      </Outcome>
      {proposing && <ProposeDialog incidentId={incidentId} onClose={() => setProposing(false)} />}
      {ask !== undefined && <AskDialog ask={ask} onDone={renew} onClose={() => setAsk(undefined)} />}
    </div>
  );
}

function EffectItem({
  effect,
  refused,
  onAsk,
}: {
  effect: Effect;
  refused: string;
  onAsk: (kind: Ask["kind"]) => void;
}) {
  const state = stateOf(effect);
  const maySettle = useRefusal()("approvals.decide");
  const inPlace = effect.state === "done" && effect.undoable;
  const look = async (): Promise<void> => {
    try {
      const { proof } = await call(respondRoutes.probeEffect, { params: { id: effect.id } });
      toast({ title: proof?.verdict === "holds" ? "It holds" : "It does not hold any more" });
    } catch (failure) {
      toast({ title: explain(failure) });
    }
  };
  return (
    <article className="effect-item" aria-label={effect.title}>
      <div className="row between wrap">
        <span className="row wrap">
          <span className="strong">
            <LogText text={effect.title} />
          </span>
          <Tag tone={state.tone}>{state.text}</Tag>
          {effect.exerciseId !== null && <Tag tone="accent">rehearsed</Tag>}
        </span>
        <span className="row small">
          {effect.state === "waiting" && effect.approvalId !== null && (
            <Link to={links.approval(effect.approvalId)}>Open the approval</Link>
          )}
          {effect.state === "waiting" && (
            <Button size="compact" refused={refused} onClick={() => onAsk("withdraw")}>
              Take back
            </Button>
          )}
          {inPlace && (
            <>
              <Button size="compact" refused={refused} onClick={() => void look()}>
                Look now
              </Button>
              {effect.undoAt !== null && (
                <Button size="compact" refused={refused} onClick={() => onAsk("later")}>
                  1 hour longer
                </Button>
              )}
              <Button size="compact" refused={refused} onClick={() => onAsk("undo")}>
                Undo now
              </Button>
            </>
          )}
          {effect.state === "unknown" && (
            <>
              <Button size="compact" refused={maySettle} onClick={() => onAsk("happened")}>
                It happened
              </Button>
              <Button size="compact" refused={maySettle} onClick={() => onAsk("not-happened")}>
                It did not
              </Button>
            </>
          )}
        </span>
      </div>
      {effect.needsPerson !== null && (
        <p className="field-error">
          <LogText text={effect.needsPerson} />
        </p>
      )}
      <div className="effect-proof small faint">
        <span>
          by {effect.requestedBy.name} <Clock at={effect.createdAt} />: <LogText text={effect.reason} />
        </span>
        {effect.settledAt !== null && effect.state !== "waiting" && (
          <span>
            settled <Clock at={effect.settledAt} />
          </span>
        )}
        {effect.proof !== null && (
          <span>
            {effect.proof.verdict === "holds"
              ? "verified"
              : effect.proof.verdict === "cannot-tell"
                ? "cannot be verified"
                : "not in place"}{" "}
            <Clock at={effect.proof.at} />: <LogText text={firstLine(effect.proof.evidence)} />
          </span>
        )}
        {inPlace && (
          <span className="strong">
            {effect.undoAt === null ? (
              "until someone undoes it"
            ) : (
              <>
                undo due <Clock at={effect.undoAt} />
              </>
            )}
          </span>
        )}
        {effect.drift !== null && (
          <span className="strong">
            undone by hand, seen <Clock at={effect.drift.since} />: <LogText text={firstLine(effect.drift.evidence)} />
          </span>
        )}
        {effect.undoneAt !== null && (
          <span>
            undone <Clock at={effect.undoneAt} />
            {effect.undoProof !== null && (
              <>
                , checked: <LogText text={firstLine(effect.undoProof.evidence)} />
              </>
            )}
          </span>
        )}
      </div>
      <details>
        <summary className="small">
          {effect.sentAt === null ? "What would be done, literally" : "What was done, literally"}
        </summary>
        <Code text={literalOf(effect)} label="Command and answer" />
      </details>
    </article>
  );
}

function literalOf({ command, outcome, proof, undoProof }: Effect): string {
  const parts = [command, outcome];
  if (proof !== null) parts.push(`looked: ${proof.evidence}`);
  if (undoProof !== null) parts.push(`looked after the undo: ${undoProof.evidence}`);
  return parts.filter((part) => part !== "").join("\n\n");
}

const HOUR_MS = 3_600_000;
const WORDS: Readonly<Record<Ask["kind"], { readonly title: string; readonly submit: string; readonly note: string }>> =
  {
    undo: { title: "Undo now", submit: "Undo it now", note: "Holdfast takes it back and checks that it is gone." },
    later: {
      title: "Let it last longer",
      submit: "One hour longer",
      note: "Longer than was approved takes someone who may approve.",
    },
    withdraw: {
      title: "Take the proposal back",
      submit: "Take it back",
      note: "It is not done; the record of it stays.",
    },
    happened: { title: "It happened", submit: "Record that it happened", note: "You looked on the system itself." },
    "not-happened": {
      title: "It did not happen",
      submit: "Record that it did not happen",
      note: "You looked on the system itself.",
    },
  };

function AskDialog({ ask, onDone, onClose }: { ask: Ask; onDone: () => void; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const { kind, effect } = ask;
  const submit = async (): Promise<void> => {
    const params = { id: effect.id };
    setBusy(true);
    try {
      if (kind === "undo") await call(respondRoutes.undoEffect, { params, body: { reason } });
      else if (kind === "withdraw") await call(respondRoutes.withdrawEffect, { params, body: { reason } });
      else if (kind === "later") {
        const undoAt = new Date(Date.parse(effect.undoAt ?? "") + HOUR_MS).toISOString();
        await call(respondRoutes.changeUndoTime, { params, body: { undoAt, reason } });
      } else await call(respondRoutes.settleEffect, { params, body: { happened: kind === "happened", reason } });
      onDone();
      onClose();
    } catch (failure) {
      setError(explain(failure));
    } finally {
      setBusy(false);
    }
  };
  const words = WORDS[kind];
  return (
    <FormDialog
      title={words.title}
      note={`${effect.title}. ${words.note}`}
      submit={words.submit}
      busy={busy}
      error={error}
      refused={reason.trim().length < 3 ? "Say why first." : ""}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      <TextArea label="Reason" value={reason} onChange={setReason} rows={2} />
    </FormDialog>
  );
}
