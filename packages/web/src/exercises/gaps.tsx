/** gaps: what was not met, with who closes it and until when. */
import { accessRoutes } from "@holdfast/contracts/access";
import { exerciseRoutes, type Gap } from "@holdfast/contracts/exercises";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { useCall } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { LogText } from "../ui/code.tsx";
import { FormDialog } from "../ui/dialog.tsx";
import { Checkbox, Field, TextField } from "../ui/field.tsx";
import { useNow } from "../ui/clock.tsx";
import { Panel } from "../ui/page.tsx";
import { Tag } from "../ui/tag.tsx";
import { toast } from "../ui/toast.tsx";

export function Gaps({ gaps, isOver, onDone }: { gaps: readonly Gap[]; isOver: boolean; onDone: () => void }) {
  if (!isOver) return null;
  if (gaps.length === 0)
    return (
      <Panel title="Gaps">
        <p className="faint">None: everything that was expected was met.</p>
      </Panel>
    );
  return (
    <Panel title="Gaps" note={`${gaps.filter(({ state }) => state === "done").length} of ${gaps.length} done`} flush>
      <GapTable gaps={gaps} onDone={onDone} />
    </Panel>
  );
}

/** @param exerciseOf names the exercise of each, where they are of several */
export function GapTable<G extends Gap>(props: {
  gaps: readonly G[];
  exerciseOf?: (gap: G) => string;
  onDone: () => void;
}) {
  const { gaps, exerciseOf, onDone } = props;
  const refused = useRefusal()("incidents.work");
  const now = useNow();
  const [changing, setChanging] = useState<Gap | null>(null);
  const close = async (gap: Gap): Promise<void> => {
    try {
      const body = { state: gap.state === "done" ? ("open" as const) : ("done" as const) };
      await call(exerciseRoutes.updateGap, { params: { id: gap.id }, body });
      onDone();
    } catch (failed) {
      toast({ title: "The gap was not changed", body: explain(failed), tone: "error" });
    }
  };
  return (
    <>
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">Done</th>
            <th scope="col">Gap</th>
            {exerciseOf !== undefined && <th scope="col">Exercise</th>}
            <th scope="col">Team</th>
            <th scope="col">Owner</th>
            <th scope="col">Due</th>
            <th scope="col">
              <span className="sr-only">Change</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {gaps.map((gap) => (
            <tr key={gap.id}>
              <td>
                <Checkbox
                  bare
                  label={`${gap.title} is done`}
                  checked={gap.state === "done"}
                  onChange={() => refused === "" && void close(gap)}
                />
              </td>
              <td>
                <div className={gap.state === "done" ? "faint" : "strong"}>{gap.title}</div>
                <div className="faint">
                  <LogText text={gap.because} />
                </div>
              </td>
              {exerciseOf !== undefined && (
                <td>
                  <Link to={links.exerciseRun(gap.runId)}>
                    <LogText text={exerciseOf(gap)} />
                  </Link>
                </td>
              )}
              <td>{gap.team ?? "–"}</td>
              <td>{gap.owner === "" ? <span className="faint">nobody</span> : <LogText text={gap.owner} />}</td>
              <td>
                {gap.dueAt === null ? (
                  <span className="faint">no date</span>
                ) : gap.state === "open" && Date.parse(gap.dueAt) < now ? (
                  <Tag tone="high">{day(gap.dueAt)}</Tag>
                ) : (
                  day(gap.dueAt)
                )}
              </td>
              <td className="number">
                <Button
                  size="compact"
                  label={`Change owner and date of ${gap.title}`}
                  refused={refused}
                  onClick={() => setChanging(gap)}
                >
                  Change
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {changing !== null && <GapDialog gap={changing} onClose={() => setChanging(null)} onDone={onDone} />}
    </>
  );
}

function GapDialog({ gap, onClose, onDone }: { gap: Gap; onClose: () => void; onDone: () => void }) {
  const people = useCall(accessRoutes.listPeople, {}).data?.items.map(({ name }) => name) ?? [];
  const [owner, setOwner] = useState(gap.owner);
  const [due, setDue] = useState(gap.dueAt === null ? "" : day(gap.dueAt));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const save = async (): Promise<void> => {
    setBusy(true);
    try {
      // Until the end of that day, where the person is.
      const dueAt = due === "" ? null : new Date(`${due}T23:59:00`).toISOString();
      await call(exerciseRoutes.updateGap, { params: { id: gap.id }, body: { owner, dueAt } });
      onDone();
      onClose();
    } catch (failed) {
      setError(explain(failed));
      setBusy(false);
    }
  };
  return (
    <FormDialog
      title={gap.title}
      note={gap.because}
      submit="Save owner and date"
      busy={busy}
      error={error}
      onSubmit={() => void save()}
      onClose={onClose}
    >
      <TextField
        label="Owner"
        value={owner}
        onChange={setOwner}
        hint="Who closes it. A user's name makes it stand among their tasks."
        suggestions={people}
        autoFocus
      />
      <Field label="Due" id="gap-due" hint="Empty: no date.">
        <input
          id="gap-due"
          className="input"
          type="date"
          value={due}
          onChange={(event) => setDue(event.target.value)}
        />
      </Field>
    </FormDialog>
  );
}

/** 2026-11-22, in the viewer's zone. */
function day(iso: string): string {
  const at = new Date(iso);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}
