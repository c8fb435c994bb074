/** task-dialog: a task or a follow-up action as a form: a new one, or one that is there with its state and what came of it. */
import { incidentRoutes, taskState, type Task, type TaskState } from "@holdfast/contracts/incidents";
import { useState } from "react";
import { call } from "../app/client.ts";
import { Checkbox, Field, TextArea, TextField } from "../ui/field.tsx";
import { Select } from "../ui/select.tsx";
import { localTime, timeOfLocal } from "../ui/time.ts";
import { SendDialog } from "./send-dialog.tsx";
import { TEAMS, usePeople } from "./work.ts";

export const TASK_STATES: Readonly<Record<TaskState, string>> = {
  open: "open",
  doing: "being done",
  done: "done",
  dropped: "dropped",
};

export function NewTaskDialog(props: { incidentId: string; kind: Task["kind"]; onClose: () => void }) {
  const [form, setForm] = useState<Form>(() => blank(props.kind));
  const [title, submit] =
    props.kind === "action" ? ["Action of the review", "Add the action"] : ["New task", "Add the task"];
  return (
    <SendDialog
      title={title}
      submit={submit}
      refused={wrong(form)}
      send={() =>
        call(incidentRoutes.addTask, {
          params: { id: props.incidentId },
          body: { kind: props.kind, ...bodyOf(form) },
        })
      }
      onClose={props.onClose}
    >
      <Fields form={form} onChange={setForm} kind={props.kind} />
    </SendDialog>
  );
}

export function EditTaskDialog({ task, onClose }: { task: Task; onClose: () => void }) {
  const [form, setForm] = useState<Form>({
    title: task.title,
    description: task.description,
    team: task.team,
    owner: task.owner?.id ?? "",
    due: task.dueAt === null ? "" : localTime(Date.parse(task.dueAt)),
    blocking: task.blocking,
  });
  const [state, setState] = useState(task.state);
  const [outcome, setOutcome] = useState(task.outcome);
  return (
    <SendDialog
      title={task.kind === "action" ? "Action of the review" : "Task"}
      note={`INC-${task.incident.number} ${task.incident.title}`.slice(0, 140)}
      submit="Save the task"
      refused={wrong(form)}
      send={() =>
        call(incidentRoutes.updateTask, { params: { id: task.id }, body: { ...bodyOf(form), state, outcome } })
      }
      onClose={onClose}
    >
      <Fields form={form} onChange={setForm} kind={task.kind} />
      <Field label="State" id="task-state">
        <Select
          id="task-state"
          label="State"
          value={state}
          options={taskState.options.map((value) => ({ value, label: TASK_STATES[value] }))}
          onChange={setState}
        />
      </Field>
      <TextArea label="What came of it" value={outcome} onChange={setOutcome} rows={2} />
    </SendDialog>
  );
}

interface Form {
  readonly title: string;
  readonly description: string;
  readonly team: Task["team"];
  readonly owner: string;
  /** In the viewer's zone, as the browser's own field has it; empty: no due time. */
  readonly due: string;
  readonly blocking: boolean;
}

const HOUR_MS = 3_600_000;

/** A task of the night is due in hours, an action of a review in weeks. */
function blank(kind: Task["kind"]): Form {
  const due = localTime(Date.now() + (kind === "action" ? 14 * 24 : 4) * HOUR_MS);
  return { title: "", description: "", team: "operations", owner: "", due, blocking: false };
}

function wrong(form: Form): string {
  if (form.title.trim() === "") return "Say what is to be done.";
  return form.due !== "" && Number.isNaN(timeOfLocal(form.due)) ? "Give the due time as a date and a time." : "";
}

function bodyOf({ title, description, team, owner, due, blocking }: Form) {
  return {
    title,
    description,
    team,
    owner: owner === "" ? null : owner,
    dueAt: due === "" ? null : new Date(timeOfLocal(due)).toISOString(),
    blocking,
  };
}

function Fields({ form, onChange, kind }: { form: Form; onChange: (form: Form) => void; kind: Task["kind"] }) {
  const people = usePeople();
  const set = (change: Partial<Form>): void => onChange({ ...form, ...change });
  return (
    <>
      <TextField label="What" value={form.title} onChange={(title) => set({ title })} autoFocus />
      <TextArea label="Details" value={form.description} onChange={(description) => set({ description })} rows={2} />
      <Field label="Team" id="task-team">
        <Select id="task-team" label="Team" value={form.team} options={TEAMS} onChange={(team) => set({ team })} />
      </Field>
      <Field label="Owner" id="task-owner">
        <Select
          id="task-owner"
          label="Owner"
          value={form.owner}
          options={people}
          onChange={(owner) => set({ owner })}
        />
      </Field>
      <TextField
        label="Due"
        type="datetime-local"
        value={form.due}
        onChange={(due) => set({ due })}
        hint="In your zone. Empty: no due time."
      />
      {kind === "task" && (
        <Checkbox
          label="The incident waits until it is done"
          checked={form.blocking}
          onChange={(blocking) => set({ blocking })}
        />
      )}
    </>
  );
}
