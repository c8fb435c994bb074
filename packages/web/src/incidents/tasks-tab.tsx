/** tasks-tab: what is to be done in an incident, by which side, until when; and all its waits with the sum per team. */
import { incidentRoutes, type Task, type Work } from "@holdfast/contracts/incidents";
import { useState } from "react";
import { call } from "../app/client.ts";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Clock, useNow } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { Checkbox, Field, TextArea, TextField } from "../ui/field.tsx";
import { useKeys } from "../ui/keyboard.ts";
import { Panel } from "../ui/page.tsx";
import { Select } from "../ui/select.tsx";
import { Empty } from "../ui/states.tsx";
import { Tag } from "../ui/tag.tsx";
import { SendDialog } from "./send-dialog.tsx";
import { TEAMS, useAct, usePeople, useWork } from "./work.ts";
import { duration } from "./work-head.tsx";

export function TasksTab({ incidentId }: { incidentId: string }) {
  const work = useWork(incidentId);
  return (
    <Outcome query={work} what="the tasks" rows={8}>
      {(data) => <Tasks work={data} />}
    </Outcome>
  );
}

function Tasks({ work }: { work: Work }) {
  const refused = useRefusal()("incidents.work");
  const [dialog, setDialog] = useState<"task" | "template" | null>(null);
  const [chosen, setChosen] = useState("");
  const act = useAct();
  const tasks = work.tasks.filter(({ kind }) => kind === "task");
  const task = tasks.find(({ id }) => id === chosen) ?? tasks[0];
  const step = (by: number): void => {
    const at = tasks.findIndex(({ id }) => id === task?.id);
    const next = tasks[Math.min(Math.max(at + by, 0), tasks.length - 1)];
    if (next !== undefined) setChosen(next.id);
  };
  const toggle = (one: Task | undefined): void => {
    if (one === undefined || refused !== "") return;
    const state = one.state === "done" ? "open" : "done";
    act(() => call(incidentRoutes.updateTask, { params: { id: one.id }, body: { state } }));
  };
  useKeys({
    n: { label: "New task", run: () => refused === "" && setDialog("task") },
    p: { label: "Add tasks of a template", run: () => refused === "" && setDialog("template") },
    j: { label: "Next task", run: () => step(1) },
    k: { label: "Previous task", run: () => step(-1) },
    d: { label: "Task done, or open again", run: () => toggle(task) },
  });
  return (
    <div className="pane" tabIndex={0} role="region" aria-label="Tasks">
      <Panel
        title="Tasks"
        note={`${tasks.filter(({ endedAt }) => endedAt !== null).length} of ${tasks.length} finished`}
        tools={
          <span className="row">
            <Button size="compact" keys="p" refused={refused} onClick={() => setDialog("template")}>
              From a template
            </Button>
            <Button size="compact" variant="primary" keys="n" refused={refused} onClick={() => setDialog("task")}>
              New task
            </Button>
          </span>
        }
        flush
      >
        {tasks.length === 0 ? (
          <Empty title="No tasks yet">
            <p>Add one, or take a template such as "Ransomware": it brings the steps of both teams.</p>
          </Empty>
        ) : (
          <TaskTable tasks={tasks} chosen={task?.id ?? ""} refused={refused} onChoose={setChosen} onToggle={toggle} />
        )}
      </Panel>
      <WaitPanel work={work} />
      {work.links.length > 0 && (
        <Panel title="Linked incidents">
          <ul className="stack tight">
            {work.links.map((link) => (
              <li key={link.incident.id}>
                <span className="faint">{link.kind}</span>{" "}
                <Link to={links.incident(link.incident.number)}>INC-{link.incident.number}</Link>{" "}
                <LogText text={link.incident.title} /> <span className="faint">{link.reason}</span>
              </li>
            ))}
          </ul>
        </Panel>
      )}
      {dialog === "task" && <TaskDialog incidentId={work.incidentId} kind="task" onClose={() => setDialog(null)} />}
      {dialog === "template" && <TemplateDialog incidentId={work.incidentId} onClose={() => setDialog(null)} />}
    </div>
  );
}

export function TaskTable(props: {
  tasks: readonly Task[];
  chosen: string;
  refused: string;
  onChoose: (id: string) => void;
  onToggle: (task: Task) => void;
}) {
  const now = useNow();
  return (
    <table className="plain-table">
      <thead>
        <tr>
          <th scope="col">Done</th>
          <th scope="col">Task</th>
          <th scope="col">Team</th>
          <th scope="col">Owner</th>
          <th scope="col">Due</th>
        </tr>
      </thead>
      <tbody>
        {props.tasks.map((task) => {
          const over = task.endedAt !== null;
          const late = !over && task.dueAt !== null && Date.parse(task.dueAt) < now;
          return (
            <tr
              key={task.id}
              className={props.chosen === task.id ? "chosen" : undefined}
              onClick={() => props.onChoose(task.id)}
            >
              <td>
                <Checkbox
                  bare
                  label={`${task.title} is done`}
                  checked={over}
                  onChange={() => props.refused === "" && props.onToggle(task)}
                />
              </td>
              <td>
                <div className={over ? "faint" : "strong"}>
                  <LogText text={task.title} />
                  {task.blocking && !over && (
                    <>
                      {" "}
                      <Tag tone="high">the incident waits for it</Tag>
                    </>
                  )}
                </div>
                {task.description !== "" && (
                  <div className="faint">
                    <LogText text={task.description} />
                  </div>
                )}
              </td>
              <td>{task.team}</td>
              <td>{task.owner?.name ?? <span className="faint">nobody</span>}</td>
              <td>
                {task.dueAt === null ? (
                  <span className="faint">no time</span>
                ) : late ? (
                  <Tag tone="high">
                    <Clock at={task.dueAt} suffix="ago" />
                  </Tag>
                ) : (
                  <Clock at={task.dueAt} form="absolute" />
                )}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function WaitPanel({ work }: { work: Work }) {
  const now = useNow();
  if (work.waits.length === 0) return null;
  return (
    <Panel title="Where the time went" note={`${duration(work.waitedMs)} in which it waited for anybody`} flush>
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">Waited for</th>
            <th scope="col">Because of</th>
            <th scope="col">Since</th>
            <th scope="col" className="number">
              How long
            </th>
          </tr>
        </thead>
        <tbody>
          {work.waits.map((wait) => (
            <tr key={wait.key}>
              <td>{wait.person === null ? wait.team : `${wait.person.name} (${wait.team})`}</td>
              <td>
                <LogText text={wait.reason} />
              </td>
              <td>
                <Clock at={wait.since} form="absolute" />
              </td>
              <td className="number">
                {duration((wait.endedAt === null ? now : Date.parse(wait.endedAt)) - Date.parse(wait.since))}
                {wait.endedAt === null && " and counting"}
              </td>
            </tr>
          ))}
          {work.waitSums.map((sum) => (
            <tr key={`sum ${sum.team}`} className="strong">
              <td colSpan={3}>{sum.team} in all</td>
              <td className="number">{duration(sum.ms)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

export function TaskDialog(props: { incidentId: string; kind: Task["kind"]; onClose: () => void }) {
  const people = usePeople();
  const [title, setTitle] = useState("");
  const [description, setDescription] = useState("");
  const [team, setTeam] = useState<"security" | "operations">("operations");
  const [owner, setOwner] = useState("");
  const [hours, setHours] = useState(props.kind === "action" ? "336" : "4");
  const [blocking, setBlocking] = useState(false);
  const amount = Number(hours);
  const isWrong = hours !== "" && !(amount > 0 && amount < 100_000);
  return (
    <SendDialog
      title={props.kind === "action" ? "Action of the review" : "New task"}
      submit={props.kind === "action" ? "Add the action" : "Add the task"}
      refused={title.trim() === "" ? "Say what is to be done." : isWrong ? "Give the hours as a number." : ""}
      send={() =>
        call(incidentRoutes.addTask, {
          params: { id: props.incidentId },
          body: {
            kind: props.kind,
            title,
            description,
            team,
            owner: owner === "" ? null : owner,
            dueAt: hours === "" ? null : new Date(Date.now() + amount * 3_600_000).toISOString(),
            blocking,
          },
        })
      }
      onClose={props.onClose}
    >
      <TextField label="What" value={title} onChange={setTitle} autoFocus />
      <TextArea label="Details" value={description} onChange={setDescription} rows={2} />
      <Field label="Team" id="task-team">
        <Select id="task-team" label="Team" value={team} options={TEAMS} onChange={setTeam} />
      </Field>
      <Field label="Owner" id="task-owner">
        <Select id="task-owner" label="Owner" value={owner} options={people} onChange={setOwner} />
      </Field>
      <TextField label="Due in hours" value={hours} onChange={setHours} hint="Empty: no due time." />
      {props.kind === "task" && (
        <Checkbox label="The incident waits until it is done" checked={blocking} onChange={setBlocking} />
      )}
    </SendDialog>
  );
}

function TemplateDialog({ incidentId, onClose }: { incidentId: string; onClose: () => void }) {
  const templates = useCall(incidentRoutes.listTaskTemplates, {}).data?.items ?? [];
  const [id, setId] = useState("");
  const template = templates.find((one) => one.id === id) ?? templates[0];
  return (
    <SendDialog
      title="Tasks of a template"
      submit={template === undefined ? "Add" : `Add ${template.tasks.length} tasks`}
      refused={template === undefined ? "The templates are being read." : ""}
      send={() => call(incidentRoutes.addTasks, { params: { id: incidentId }, body: { template: template?.id ?? "" } })}
      onClose={onClose}
    >
      <Field label="Template" id="template" hint={template?.description}>
        <Select
          id="template"
          label="Template"
          value={template?.id ?? ""}
          options={templates.map((one) => ({ value: one.id, label: one.title }))}
          onChange={setId}
        />
      </Field>
      <ul className="stack tight small">
        {template?.tasks.map((task) => (
          <li key={task.title}>
            <span className="faint">{task.team}</span> {task.title}
          </li>
        ))}
      </ul>
    </SendDialog>
  );
}
