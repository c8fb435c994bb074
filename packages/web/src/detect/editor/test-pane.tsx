/** test-pane: the text as it stands, tried on one event: whether it matches and which values decided. Nothing is saved. */
import { authoringRoutes } from "@holdfast/contracts/authoring";
import type { Output } from "@holdfast/contracts";
import { useState } from "react";
import { call, explain } from "../../app/client.ts";
import { Button } from "../../ui/button.tsx";
import { LogText } from "../../ui/code.tsx";
import { Facts } from "../../ui/drawer.tsx";
import { TextArea } from "../../ui/field.tsx";
import { Panel } from "../../ui/page.tsx";
import { Tag } from "../../ui/tag.tsx";
import { ExplanationView } from "../explanation.tsx";

type Answer = Output<typeof authoringRoutes.testRule>;

export function TestPane({ text }: { text: string }) {
  const [event, setEvent] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const [answer, setAnswer] = useState<Answer>();
  const run = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      setAnswer(await call(authoringRoutes.testRule, { body: { text, event: { kind: "record", text: event } } }));
    } catch (failure) {
      setAnswer(undefined);
      setError(explain(failure));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Panel title="Try it on an event">
      <form
        className="stack"
        onSubmit={(submitted) => {
          submitted.preventDefault();
          if (event.trim() !== "") void run();
        }}
      >
        <TextArea
          label="Event"
          hint="A record as its sender writes it: JSON or a line of log."
          mono
          rows={5}
          value={event}
          onChange={setEvent}
          error={error}
        />
        <div className="row">
          <Button type="submit" busy={busy} refused={event.trim() === "" ? "Paste an event first." : ""}>
            Try it
          </Button>
          {answer !== undefined && <Verdict answer={answer} />}
        </div>
      </form>
      {answer !== undefined && <Outcome answer={answer} />}
    </Panel>
  );
}

function Verdict({ answer }: { answer: Answer }) {
  if (!answer.ok) return <Tag tone="critical">the rule does not load</Tag>;
  if (!answer.matched) return <Tag>no match</Tag>;
  if (answer.hiddenBy === null) return <Tag tone="ok">it matches</Tag>;
  return (
    <span className="row">
      <Tag tone="medium">it matches, but is hidden</Tag>
      <span className="small">
        by <LogText text={answer.hiddenBy.title} />
      </span>
    </span>
  );
}

function Outcome({ answer }: { answer: Answer }) {
  return (
    <div className="stack">
      {answer.explanation !== null && <ExplanationView explanation={answer.explanation} />}
      {answer.event !== null && (
        <details>
          <summary className="small">The event as rules see it ({answer.event.parser})</summary>
          <Facts
            items={answer.event.fields.map(({ name, value, cut }) => [
              name,
              <LogText key={name} mono text={cut ? `${value}…` : value} />,
            ])}
          />
        </details>
      )}
    </div>
  );
}
