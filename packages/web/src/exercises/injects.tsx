/** injects: what happens in the story. What is still to come shows only when it comes: knowing it would spoil the exercise. */
import { type ExerciseRunDetail, exerciseRoutes } from "@holdfast/contracts/exercises";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { TextArea } from "../ui/field.tsx";
import { count, plural } from "../ui/number.ts";
import { Panel } from "../ui/page.tsx";
import { Tag } from "../ui/tag.tsx";
import { toast } from "../ui/toast.tsx";

type Item = ExerciseRunDetail["injects"][number];
interface Answering {
  readonly runId: string;
  readonly refused: string;
  readonly onDone: () => void;
}

export function Injects({ run, refused, onDone }: { run: ExerciseRunDetail; refused: string; onDone: () => void }) {
  const came = run.injects.filter(({ doneAt }) => doneAt !== null).length;
  return (
    <Panel title="What happens" note={`${came} of ${run.injects.length} came`} flush>
      {run.injects
        .toSorted((a, b) => Date.parse(a.dueAt) - Date.parse(b.dueAt))
        .map((item) =>
          item.doneAt === null && run.state === "running" ? (
            <article key={item.inject.id} className="exercise-inject faint">
              <Clock at={item.dueAt} />
              <div>still to come</div>
            </article>
          ) : (
            <InjectRow
              key={item.inject.id}
              item={item}
              isOver={run.state !== "running"}
              runId={run.id}
              refused={refused}
              onDone={onDone}
            />
          ),
        )}
    </Panel>
  );
}

function InjectRow({ item, isOver, ...answering }: { item: Item; isOver: boolean } & Answering) {
  const { inject, doneAt } = item;
  return (
    <article className="exercise-inject">
      <span className="faint">{doneAt === null ? "–" : <Clock at={doneAt} />}</span>
      <div>
        <div className="row wrap">
          <strong className="strong">{inject.title}</strong>
          <Tag>{inject.kind}</Tag>
          {doneAt === null && <Tag tone="medium">did not come</Tag>}
        </div>
        {inject.kind === "telemetry" && doneAt !== null && (
          <div className="faint small">
            {plural(item.records, "record")} sent through the sources, marked as exercise
          </div>
        )}
        {inject.kind === "message" && (
          <div className="faint small">
            {inject.from} to {inject.to}
          </div>
        )}
        {inject.kind === "question" && <div className="faint small">asked of {inject.to}</div>}
        {inject.kind !== "telemetry" && <p className="exercise-words">{inject.text}</p>}
        {inject.kind === "question" &&
          (item.answer !== null ? (
            <Answer answer={item.answer} correct={isOver ? inject.correct : undefined} />
          ) : doneAt === null || answering.refused !== "" ? (
            <div className="faint small">Nobody answered{isOver ? "" : " yet"}.</div>
          ) : (
            <AnswerForm question={inject.id} options={inject.options} {...answering} />
          ))}
      </div>
    </article>
  );
}

function Answer({ answer, correct }: { answer: NonNullable<Item["answer"]>; correct: string | undefined }) {
  return (
    <div className="stack tight">
      <p className="strong">
        <LogText text={answer.text} />
      </p>
      <div className="row wrap small">
        {answer.right !== null && <Tag tone={answer.right ? "ok" : "high"}>{answer.right ? "right" : "not right"}</Tag>}
        <span className="faint">
          answered by {answer.by} <Clock at={answer.at} suffix="ago" />
        </span>
      </div>
      {answer.right === false && correct !== undefined && <div className="small">Right would be: {correct}</div>}
    </div>
  );
}

function AnswerForm(props: { question: string; options: readonly string[] } & Answering) {
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const answer = async (given: string): Promise<void> => {
    setBusy(true);
    try {
      const body = { question: props.question, text: given };
      await call(exerciseRoutes.answerQuestion, { params: { id: props.runId }, body });
      props.onDone();
    } catch (failed) {
      toast({ title: "The answer was not taken", body: explain(failed), tone: "error" });
      setBusy(false);
    }
  };
  return props.options.length > 0 ? (
    <div
      className="exercise-options"
      role="group"
      aria-label={`Answers, ${count(props.options.length)}: the first counts`}
    >
      {props.options.map((option) => (
        <Button key={option} size="compact" busy={busy} onClick={() => void answer(option)}>
          {option}
        </Button>
      ))}
      <span className="faint small">The first answer counts.</span>
    </div>
  ) : (
    <form
      className="stack tight exercise-answer"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== "") void answer(text);
      }}
    >
      <TextArea label="Answer" hint="The first answer counts." value={text} onChange={setText} />
      <div>
        <Button type="submit" size="compact" busy={busy} refused={text.trim() === "" ? "Write an answer." : ""}>
          Answer
        </Button>
      </div>
    </form>
  );
}
