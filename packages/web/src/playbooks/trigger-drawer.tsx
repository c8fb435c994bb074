/** trigger-drawer: what suggests or starts a playbook: each trigger with its condition, how often it fired and its error, beside the
 *  playbook it belongs to. */
import { type PlaybookTrigger, triggerRoutes } from "@holdfast/contracts/playbook-triggers";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { useLive } from "../app/live.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { Drawer } from "../ui/drawer.tsx";
import { useKeys } from "../ui/keyboard.ts";
import { plural } from "../ui/number.ts";
import { Empty } from "../ui/states.tsx";
import { Tag } from "../ui/tag.tsx";
import { toast } from "../ui/toast.tsx";
import { TriggerDialog } from "./trigger-dialog.tsx";

export function useTriggers(playbookId: string | undefined) {
  const client = useQueryClient();
  const found = useCall(
    triggerRoutes.listPlaybookTriggers,
    { query: { playbook: playbookId } },
    { enabled: playbookId !== undefined },
  );
  useLive("playbooks.trigger.changed", () => {
    void client.invalidateQueries({ queryKey: [triggerRoutes.listPlaybookTriggers.path] });
  });
  return found;
}

export function TriggerDrawer(props: { playbook: { id: string; name: string }; onClose: () => void }) {
  const { playbook } = props;
  const triggers = useTriggers(playbook.id);
  const refused = useRefusal()("playbooks.write");
  const [editing, setEditing] = useState<PlaybookTrigger | "new" | null>(null);
  const add = (): void => {
    if (refused === "") setEditing("new");
  };
  useKeys({
    n: { label: "Add a trigger", run: add },
    Escape: { label: "Close the triggers", run: props.onClose },
  });
  return (
    <Drawer
      label="Triggers"
      heading={<h2>Triggers of {playbook.name}</h2>}
      actions={
        <>
          <Button variant="primary" keys="n" refused={refused} onClick={add}>
            Add a trigger
          </Button>
          <span className="faint small">A trigger never approves: what its run does waits for the same people.</span>
        </>
      }
      onClose={props.onClose}
    >
      <Outcome query={triggers} what="triggers" rows={4}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="Nothing suggests or starts this playbook">
              <p>People start it. A trigger suggests it, or starts it, when an incident looks as its condition says.</p>
            </Empty>
          ) : (
            <ul>
              {items.map((trigger) => (
                <Row key={trigger.id} trigger={trigger} refused={refused} onEdit={() => setEditing(trigger)} />
              ))}
            </ul>
          )
        }
      </Outcome>
      {editing !== null && (
        <TriggerDialog
          playbook={playbook}
          trigger={editing === "new" ? null : editing}
          onClose={() => setEditing(null)}
        />
      )}
    </Drawer>
  );
}

function Row(props: { trigger: PlaybookTrigger; refused: string; onEdit: () => void }) {
  const { trigger, refused } = props;
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const act = async (run: () => Promise<unknown>): Promise<void> => {
    setBusy(true);
    try {
      await run();
    } catch (error) {
      toast({ title: `${trigger.name} was not changed`, body: explain(error), tone: "error" });
    }
    await client.invalidateQueries({ queryKey: [triggerRoutes.listPlaybookTriggers.path] });
    setBusy(false);
  };
  const { id, name, playbookId, condition, mode, enabled, owner, version, error, problem } = trigger;
  const turn = (): Promise<void> =>
    act(() =>
      call(triggerRoutes.savePlaybookTrigger, {
        params: { id },
        body: { name, playbookId, condition, mode, owner, enabled: !enabled, basedOn: version },
      }),
    );
  return (
    <li className="trigger-row stack tight">
      <div className="row wrap">
        <strong>
          <LogText text={name} />
        </strong>
        <Tag tone={enabled ? (mode === "start" ? "high" : "accent") : "neutral"}>
          {!enabled ? "off" : mode === "start" ? "starts by itself" : "suggests"}
        </Tag>
        {trigger.origin === "shipped" && <span className="faint small">came with Holdfast</span>}
      </div>
      <code className="mono trigger-condition">
        <LogText text={condition} />
      </code>
      <p className="row wrap faint small">
        <span>owner {owner}</span>
        <span>v{version}</span>
        <span>
          {trigger.lastFiredAt === null ? (
            "has not fired yet"
          ) : (
            <>
              fired on {plural(trigger.fired, "incident")}, last <Clock at={trigger.lastFiredAt} suffix="ago" />
            </>
          )}
        </span>
        <span>
          changed by {trigger.updatedBy.name} <Clock at={trigger.updatedAt} suffix="ago" />
        </span>
      </p>
      {error !== null && (
        <p className="field-error small">
          On <Link to={links.incident(error.incidentId)}>an incident</Link> <Clock at={error.at} suffix="ago" /> it
          could not be worked out: <LogText text={error.reason} />
        </p>
      )}
      {problem !== "" && (
        <p className="field-error small">
          <LogText text={problem} />
        </p>
      )}
      <div className="row">
        <Button size="compact" refused={refused} onClick={props.onEdit}>
          Edit and test
        </Button>
        <Button size="compact" refused={refused} busy={busy} onClick={() => void turn()}>
          {enabled ? "Switch off" : "Switch on"}
        </Button>
        {trigger.createdBy.id !== "holdfast" && (
          <Button
            size="compact"
            variant="ghost"
            refused={refused}
            busy={busy}
            onClick={() => void act(() => call(triggerRoutes.removePlaybookTrigger, { params: { id } }))}
          >
            Remove
          </Button>
        )}
      </div>
    </li>
  );
}
