/** task-table: tasks as rows: done or not, what, whose, until when; and the keys that move along them. */
import { incidentRoutes, type Task } from "@holdfast/contracts/incidents";
import { useState } from "react";
import { call } from "../app/client.ts";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { Button } from "../ui/button.tsx";
import { Clock, useNow } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { Checkbox } from "../ui/field.tsx";
import { useKeys } from "../ui/keyboard.ts";
import { Tag } from "../ui/tag.tsx";
import { EditTaskDialog, TASK_STATES } from "./task-dialog.tsx";
import { useAct } from "./work.ts";

export function TaskTable(props: {
  tasks: readonly Task[];
  refused: string;
  /** Name the incident of each. */
  across?: boolean;
}) {
  const { tasks, refused } = props;
  const act = useAct();
  const now = useNow();
  const [chosen, setChosen] = useState("");
  const [editing, setEditing] = useState<Task | null>(null);
  const task = tasks.find(({ id }) => id === chosen) ?? tasks[0];
  const step = (by: number): void => {
    const at = tasks.findIndex(({ id }) => id === task?.id);
    const next = tasks[Math.min(Math.max(at + by, 0), tasks.length - 1)];
    if (next !== undefined) setChosen(next.id);
  };
  const toggle = (one: Task | undefined): void => {
    if (one === undefined || refused !== "") return;
    const state = one.endedAt === null ? "done" : "open";
    act(() => call(incidentRoutes.updateTask, { params: { id: one.id }, body: { state } }));
  };
  useKeys({
    j: { label: "Next task", run: () => step(1) },
    k: { label: "Previous task", run: () => step(-1) },
    d: { label: "Task done, or open again", run: () => toggle(task) },
    Enter: { label: "Edit the task", run: () => refused === "" && setEditing(task ?? null) },
  });
  return (
    <>
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">Done</th>
            <th scope="col">Task</th>
            {props.across === true && <th scope="col">Incident</th>}
            <th scope="col">Team</th>
            <th scope="col">Owner</th>
            <th scope="col">Due</th>
            <th scope="col">
              <span className="sr-only">Change</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {tasks.map((one) => (
            <tr
              key={one.id}
              className={task?.id === one.id ? "chosen" : undefined}
              aria-current={task?.id === one.id}
              onClick={() => setChosen(one.id)}
            >
              <td>
                <Checkbox
                  bare
                  label={`${one.title} is done`}
                  checked={one.endedAt !== null}
                  onChange={() => toggle(one)}
                />
              </td>
              <td>
                <What task={one} />
              </td>
              {props.across === true && (
                <td>
                  <Link to={links.incident(one.incident.number)} tip={one.incident.title}>
                    INC-{one.incident.number}
                  </Link>
                </td>
              )}
              <td className="short">{one.team}</td>
              <td className="short">{one.owner?.name ?? <span className="faint">nobody</span>}</td>
              <td>
                <Due task={one} now={now} />
              </td>
              <td className="number">
                <Button size="compact" refused={refused} label={`Edit ${one.title}`} onClick={() => setEditing(one)}>
                  Edit
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {editing !== null && <EditTaskDialog task={editing} onClose={() => setEditing(null)} />}
    </>
  );
}

function What({ task }: { task: Task }) {
  const over = task.endedAt !== null;
  return (
    <>
      <div className={over ? "faint" : "strong"}>
        <LogText text={task.title} />{" "}
        {task.state !== "open" && task.state !== "done" && <Tag>{TASK_STATES[task.state]}</Tag>}{" "}
        {task.kind === "action" && <Tag>from a review</Tag>}{" "}
        {task.blocking && !over && <Tag tone="high">the incident waits for it</Tag>}
      </div>
      {(task.outcome !== "" || task.description !== "") && (
        <div className="faint">
          <LogText text={task.outcome === "" ? task.description : task.outcome} />
        </div>
      )}
    </>
  );
}

function Due({ task, now }: { task: Task; now: number }) {
  if (task.dueAt === null) return <span className="faint">no time</span>;
  if (task.endedAt === null && Date.parse(task.dueAt) < now)
    return (
      <Tag tone="high">
        overdue <Clock at={task.dueAt} />
      </Tag>
    );
  return <Clock at={task.dueAt} form="absolute" />;
}
