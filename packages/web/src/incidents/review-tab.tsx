/** review-tab: what is learned from an incident: four questions, where the time went by the clock, and actions with owner and due
 *  date that are tracked until they are done. */
import { incidentRoutes, type Review, type Work } from "@holdfast/contracts/incidents";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { Outcome } from "../app/outcome.tsx";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { TextArea } from "../ui/field.tsx";
import { useKeys } from "../ui/keyboard.ts";
import { Panel } from "../ui/page.tsx";
import { Empty } from "../ui/states.tsx";
import { toast } from "../ui/toast.tsx";
import { NewTaskDialog } from "./task-dialog.tsx";
import { TaskTable } from "./task-table.tsx";
import { useRenew, useWork } from "./work.ts";
import { duration } from "./work-head.tsx";

type Words = Pick<Review, "happened" | "wentWell" | "wentBadly" | "waits">;

const QUESTIONS: readonly (readonly [keyof Words, string, string])[] = [
  ["happened", "What happened", "From the first sign to the end, in the order of time."],
  ["wentWell", "What went well", "What should be done the same way again."],
  ["wentBadly", "What did not go well", "Conditions, not people."],
  ["waits", "Where the time went", "What the numbers below do not say by themselves."],
];

export function ReviewTab({ incidentId }: { incidentId: string }) {
  const work = useWork(incidentId);
  return (
    <Outcome query={work} what="the review" rows={8}>
      {(data) => <ReviewForm work={data} />}
    </Outcome>
  );
}

function ReviewForm({ work }: { work: Work }) {
  const { review } = work;
  const refused = useRefusal()("incidents.work");
  const renew = useRenew();
  // The version that the text was begun from: a change by somebody else must not be overwritten.
  const [draft, setDraft] = useState<Words & { version: number }>();
  const [error, setError] = useState<string>();
  const [adding, setAdding] = useState(false);
  const shown = draft ?? review;
  const actions = work.tasks.filter(({ kind }) => kind === "action");
  const save = async (publish: boolean): Promise<void> => {
    const { happened, wentWell, wentBadly, waits, version } = shown;
    setError(undefined);
    try {
      await call(incidentRoutes.saveReview, {
        params: { id: work.incidentId },
        body: { happened, wentWell, wentBadly, waits, version, publish },
      });
      setDraft(undefined);
      renew();
      toast({ title: publish ? "The review is published" : "The review is saved" });
    } catch (reason) {
      setError(explain(reason));
    }
  };
  useKeys({
    "mod+s": {
      label: "Save the review",
      everywhere: true,
      run: (event) => {
        event.preventDefault();
        if (refused === "") void save(false);
      },
    },
    n: { label: "New action", run: () => refused === "" && setAdding(true) },
  });
  return (
    <div className="pane" tabIndex={0} role="region" aria-label="Review">
      <Panel
        title="Review"
        note={
          review.publishedAt === null
            ? review.version === 0
              ? "not begun"
              : "draft"
            : `published by ${review.publishedBy}`
        }
        tools={
          <span className="row">
            {review.changedAt !== null && (
              <span className="faint small">
                {review.changedBy}, <Clock at={review.changedAt} suffix="ago" />
              </span>
            )}
            <Button size="compact" refused={refused} keys="mod+s" onClick={() => void save(false)}>
              Save
            </Button>
            <Button size="compact" variant="primary" refused={refused} onClick={() => void save(true)}>
              Publish
            </Button>
          </span>
        }
      >
        <div className="stack">
          {error !== undefined && (
            <p className="field-error" role="alert">
              {error}
            </p>
          )}
          <div className="review-grid">
            {QUESTIONS.map(([key, label, hint]) => (
              <TextArea
                key={key}
                label={label}
                hint={hint}
                rows={5}
                value={shown[key]}
                onChange={(value) => setDraft({ ...shown, [key]: value })}
              />
            ))}
          </div>
          <p className="small">
            {work.waitSums.length === 0
              ? "By the clock, it waited for nobody."
              : `By the clock: ${work.waitSums.map(({ team, ms }) => `${duration(ms)} for ${team}`).join(", ")}; ${duration(work.waitedMs)} in all.`}
          </p>
        </div>
      </Panel>
      <Panel
        title="Actions"
        note="tracked until they are done"
        tools={
          <Button size="compact" keys="n" refused={refused} onClick={() => setAdding(true)}>
            New action
          </Button>
        }
        flush
      >
        {actions.length === 0 ? (
          <Empty title="No actions yet">
            <p>What is changed so that this does not happen again, by whom, until when?</p>
          </Empty>
        ) : (
          <TaskTable tasks={actions} refused={refused} />
        )}
      </Panel>
      {adding && <NewTaskDialog incidentId={work.incidentId} kind="action" onClose={() => setAdding(false)} />}
    </div>
  );
}
