/** edit-bar: a playbook edited in its drawing: what can be done with the chosen step. It changes the text beside it, where Undo takes it
 *  back like anything typed; nothing is saved by it. */
import { type PlaybookGraph, playbookRoutes } from "@holdfast/contracts/playbooks";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { Button } from "../ui/button.tsx";
import { FormDialog } from "../ui/dialog.tsx";
import { Field } from "../ui/field.tsx";
import { useKeys } from "../ui/keyboard.ts";
import { Select } from "../ui/select.tsx";
import { toast } from "../ui/toast.tsx";
import { STEP_WORDS } from "./playbook-graph.tsx";

type Kind = Exclude<PlaybookGraph["nodes"][number]["kind"], "start">;
type Change = Parameters<typeof call<typeof playbookRoutes.editPlaybook>>[1]["body"] extends infer B
  ? B extends { edit: infer E }
    ? E
    : never
  : never;

const KINDS: readonly Kind[] = ["action", "manual", "if", "switch", "while", "parallel", "playbook", "commands", "end"];
const FORKS: ReadonlySet<string> = new Set(["if", "switch", "while", "parallel"]);
const START = "(start)";

export function EditBar(props: {
  graph: PlaybookGraph;
  selected: string | undefined;
  text: string;
  refused: string;
  onText: (text: string, step: string) => void;
  onUndo: () => void;
}) {
  const { graph, selected, text } = props;
  const [asking, setAsking] = useState<"add" | "move" | null>(null);
  const node = graph.nodes.find(({ id }) => id === selected);
  const isStep = node !== undefined && node.kind !== "start";
  const refused = props.refused !== "" ? props.refused : node === undefined ? "Choose a step in the drawing" : "";
  const notStart = refused !== "" ? refused : isStep ? "" : "The start stays where it is";
  const edit = async (change: Change): Promise<void> => {
    try {
      const made = await call(playbookRoutes.editPlaybook, { body: { text, edit: change } });
      if (made.text === null) toast({ title: "The step stays as it is", body: made.reason, tone: "error" });
      else props.onText(made.text, made.step);
      setAsking(null);
    } catch (error) {
      toast({ title: "The step was not changed", body: explain(error), tone: "error" });
    }
  };
  const remove = (): void => {
    if (notStart === "" && node !== undefined) void edit({ kind: "remove", step: node.id });
  };
  const ask = (what: "add" | "move", why: string) => (): void => {
    if (why === "") setAsking(what);
  };
  useKeys({
    a: { label: "Add a step behind the chosen one", run: ask("add", refused) },
    m: { label: "Move the chosen step", run: ask("move", notStart) },
    Delete: { label: "Take the chosen step out", run: remove },
    "mod+z": { label: "Undo the last change of the text", run: props.onUndo },
  });
  return (
    <div className="playbook-edit row wrap" role="toolbar" aria-label="Edit the drawing">
      <Button size="compact" keys="a" refused={refused} onClick={ask("add", refused)}>
        Add a step
      </Button>
      <Button size="compact" keys="m" refused={notStart} onClick={ask("move", notStart)}>
        Move
      </Button>
      <Button size="compact" keys="Delete" refused={notStart} onClick={remove}>
        Take out
      </Button>
      <Button size="compact" variant="ghost" keys="mod+z" refused={props.refused} onClick={props.onUndo}>
        Undo
      </Button>
      <span className="faint small truncate">{node === undefined ? "No step is chosen" : node.title}</span>
      {asking === "add" && node !== undefined && (
        <AddDialog
          at={node}
          onClose={() => setAsking(null)}
          onDone={(step, branch) => void edit({ kind: "add", step, after: node.id === START ? "" : node.id, branch })}
        />
      )}
      {asking === "move" && node !== undefined && (
        <MoveDialog
          graph={graph}
          step={node}
          onClose={() => setAsking(null)}
          onDone={(after) => void edit({ kind: "move", step: node.id, after: after === START ? "" : after })}
        />
      )}
    </div>
  );
}

type Node = PlaybookGraph["nodes"][number];

function AddDialog(props: { at: Node; onClose: () => void; onDone: (kind: Kind, branch: boolean) => void }) {
  const { at } = props;
  const [kind, setKind] = useState<Kind>("manual");
  const [place, setPlace] = useState<"behind" | "branch">("behind");
  return (
    <FormDialog
      title={`Add a step at "${at.title}"`}
      note="What it does is filled in in the text; what is still missing is marked at the step."
      submit="Add the step"
      onSubmit={() => props.onDone(kind, place === "branch")}
      onClose={props.onClose}
    >
      <Field label="What it is" id="step-kind">
        <Select
          id="step-kind"
          label="What it is"
          value={kind}
          options={KINDS.map((value) => ({ value, label: STEP_WORDS[value] ?? value }))}
          onChange={setKind}
        />
      </Field>
      {FORKS.has(at.kind) && (
        <Field label="Where" id="step-place">
          <Select
            id="step-place"
            label="Where"
            value={place}
            options={[
              { value: "behind", label: "behind it, when its branches are through" },
              { value: "branch", label: "as a branch of it" },
            ]}
            onChange={setPlace}
          />
        </Field>
      )}
    </FormDialog>
  );
}

function MoveDialog(props: { graph: PlaybookGraph; step: Node; onClose: () => void; onDone: (after: string) => void }) {
  const others = props.graph.nodes.filter(({ id, kind }) => id !== props.step.id && kind !== "end");
  const [after, setAfter] = useState(others[0]?.id ?? START);
  return (
    <FormDialog
      title={`Move "${props.step.title}"`}
      note="What is inside of it goes with it."
      submit="Move the step"
      onSubmit={() => props.onDone(after)}
      onClose={props.onClose}
    >
      <Field label="Behind" id="step-after">
        <Select
          id="step-after"
          label="Behind"
          value={after}
          options={others.map(({ id, title }) => ({ value: id, label: title }))}
          onChange={setAfter}
        />
      </Field>
    </FormDialog>
  );
}
