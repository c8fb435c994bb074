/** start-dialog: starts an exercise: with people or without, and how fast its story goes. */
import { type ExerciseBrief, exerciseRoutes } from "@holdfast/contracts/exercises";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { FormDialog } from "../ui/dialog.tsx";
import { Field, TextField } from "../ui/field.tsx";
import { Select } from "../ui/select.tsx";

type Players = "people" | "auto";
/** Without people nobody has to wait for the story's clock. */
const SPEED: Readonly<Record<Players, string>> = { people: "1", auto: "60" };

export function StartDialog(props: { exercise: ExerciseBrief; onClose: () => void; onDone: (runId: string) => void }) {
  const { exercise } = props;
  const [players, setPlayers] = useState<Players>("people");
  const [entered, setEntered] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const speed = entered ?? SPEED[players];
  const factor = Number(speed);
  const isWrong = !(factor >= 1 && factor <= 600);
  const start = async (): Promise<void> => {
    setBusy(true);
    try {
      const body = { auto: players === "auto", speed: factor };
      props.onDone((await call(exerciseRoutes.startExercise, { params: { id: exercise.id }, body })).id);
    } catch (failed) {
      setError(explain(failed));
      setBusy(false);
    }
  };
  return (
    <FormDialog
      title={`Start "${exercise.title}"`}
      note="A banner says so on every page of everyone. Actions are rehearsed: nothing of it reaches a connector."
      submit="Start the exercise"
      refused={isWrong ? "Give the speed as a number from 1 to 600." : ""}
      busy={busy}
      error={error}
      onSubmit={() => void start()}
      onClose={props.onClose}
    >
      <Field
        label="Played by"
        id="exercise-players"
        hint={
          players === "people"
            ? "Both teams work on it as on a real incident; injects appear on the run's page."
            : "The exercise's player acknowledges, runs the playbook, approves and answers by itself."
        }
      >
        <Select
          id="exercise-players"
          label="Played by"
          value={players}
          options={[
            { value: "people", label: "people" },
            { value: "auto", label: "nobody: by itself" },
          ]}
          onChange={setPlayers}
        />
      </Field>
      <TextField
        label="Speed"
        type="number"
        value={speed}
        error={isWrong ? "A number from 1 to 600." : undefined}
        hint={
          isWrong
            ? undefined
            : `Its ${exercise.duration} min go by in ${lasts(exercise.duration / factor)}. Limits stay as written.`
        }
        onChange={setEntered}
      />
    </FormDialog>
  );
}

function lasts(minutes: number): string {
  return minutes < 1 ? `${Math.round(minutes * 60)} s` : `${Math.round(minutes)} min`;
}
