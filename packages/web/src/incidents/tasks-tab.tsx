/** tasks-tab: what is to be done in an incident, by which side, until when; and all its waits with the sum per team. */
import { incidentRoutes, type Work } from "@holdfast/contracts/incidents";
import { useState } from "react";
import { call } from "../app/client.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Clock, useNow } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { Field } from "../ui/field.tsx";
import { useKeys } from "../ui/keyboard.ts";
import { Panel } from "../ui/page.tsx";
import { Select } from "../ui/select.tsx";
import { Empty } from "../ui/states.tsx";
import { LinkList } from "./link-dialog.tsx";
import { SendDialog } from "./send-dialog.tsx";
import { NewTaskDialog } from "./task-dialog.tsx";
import { TaskTable } from "./task-table.tsx";
import { useWork } from "./work.ts";
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
  const tasks = work.tasks.filter(({ kind }) => kind === "task");
  useKeys({
    n: { label: "New task", run: () => refused === "" && setDialog("task") },
    p: { label: "Add tasks of a template", run: () => refused === "" && setDialog("template") },
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
          <TaskTable tasks={tasks} refused={refused} />
        )}
      </Panel>
      <WaitPanel work={work} />
      <LinkList work={work} refused={refused} />
      {dialog === "task" && <NewTaskDialog incidentId={work.incidentId} kind="task" onClose={() => setDialog(null)} />}
      {dialog === "template" && <TemplateDialog incidentId={work.incidentId} onClose={() => setDialog(null)} />}
    </div>
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
