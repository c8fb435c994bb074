/** pull-section: how a fetched source stands: what it waits for, when it was last tried, how far it has come, what the other side said. */
import { type Pull, pullRoutes } from "@holdfast/contracts/pulls";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Facts, Section } from "../ui/drawer.tsx";
import { count } from "../ui/number.ts";
import { Tag, type Tone } from "../ui/tag.tsx";
import { toast } from "../ui/toast.tsx";
import { PullForm } from "./pull-form.tsx";

export function PullSection({ id }: { id: string }) {
  const pull = useCall(pullRoutes.getPull, { params: { id } }, { everyMs: 5_000 });
  const refused = useRefusal()("sources.write");
  const client = useQueryClient();
  const [editing, setEditing] = useState(false);
  const again = async (): Promise<void> => {
    try {
      await call(pullRoutes.runPull, { params: { id } });
      await client.invalidateQueries({ queryKey: [pullRoutes.getPull.path] });
    } catch (error) {
      toast({ title: "It was not tried", body: explain(error), tone: "error" });
    }
  };
  return (
    <Section
      title="Fetching"
      tools={
        <div className="row">
          <Button size="compact" refused={refused} onClick={() => void again()}>
            Try now
          </Button>
          <Button size="compact" refused={refused} onClick={() => setEditing(true)}>
            Edit
          </Button>
        </div>
      }
    >
      <Outcome query={pull} what="how this source is fetched">
        {(found) => (
          <>
            <Standing pull={found} />
            {editing && (
              <Dialog title={`Edit ${found.name}`} open onClose={() => setEditing(false)} wide>
                <PullForm
                  pull={found}
                  onCancel={() => setEditing(false)}
                  onDone={() => {
                    setEditing(false);
                    toast({ title: `${found.name} is changed and tried now` });
                  }}
                />
              </Dialog>
            )}
          </>
        )}
      </Outcome>
    </Section>
  );
}

const STATES: Readonly<Record<Pull["state"], readonly [string, Tone]>> = {
  waiting: ["waits for its time", "neutral"],
  running: ["fetching now", "neutral"],
  listening: ["connected", "neutral"],
  throttled: ["the other side's limit is used up", "medium"],
  "backing-off": ["failing, tried again later", "high"],
  held: ["held back: Holdfast takes nothing right now", "medium"],
  off: ["disabled", "neutral"],
};

function Standing({ pull }: { pull: Pull }) {
  const { lastError, lastErrorAt, lastSuccessAt, failures } = pull;
  const [words, tone] = STATES[pull.state];
  // An error before the last success is over.
  const stands = lastError !== null && (lastSuccessAt === null || (lastErrorAt ?? "") > lastSuccessAt);
  return (
    <>
      {stands && (
        <p role="status">
          <LogText text={lastError} />
          {failures > 1 && ` ${count(failures)} tries in a row failed.`}
        </p>
      )}
      <Facts
        items={[
          [
            "State",
            <Tag key="state" tone={tone}>
              {words}
            </Tag>,
          ],
          ["Fetched", pull.kind],
          ["Last try", <Clock key="try" at={pull.lastTryAt} form="absolute" />],
          ["Last success", <Clock key="success" at={lastSuccessAt} form="absolute" />],
          ["Next try", pull.nextTryAt === null ? "–" : <Clock key="next" at={pull.nextTryAt} form="absolute" />],
          ["Taken", `${count(pull.taken)} records`],
          ["Came again", `${count(pull.repeated)} records, left out`],
          ...pull.streams.map(
            ({ id, title, cursor }) => [`${title}, up to`, <LogText key={id} text={cursor} mono />] as const,
          ),
        ]}
      />
    </>
  );
}
