/** playbook-switch: whether a playbook is on or off: as a word, as a notice that says who and why, and as the button that changes it. */
import { type PlaybookDetail, type PlaybookView, playbookRoutes } from "@holdfast/contracts/playbooks";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { useRefusal } from "../app/session.tsx";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { FormDialog } from "../ui/dialog.tsx";
import { TextArea } from "../ui/field.tsx";
import { Tag } from "../ui/tag.tsx";
import { toast } from "../ui/toast.tsx";

type Switched = Pick<PlaybookView, "off">;

export function OffTag({ playbook: { off } }: { playbook: Switched }) {
  return off === null ? null : (
    <Tag tone="high" tip={`${off.by.name}: ${off.reason}`}>
      off
    </Tag>
  );
}

/** Why it cannot be started; empty when it can. */
export const offReason = ({ off }: Switched): string => (off === null ? "" : `Switched off: ${off.reason}`);

export function OffNotice({ playbook: { off } }: { playbook: Switched }) {
  return off === null ? null : (
    <p className="playbook-off" role="status">
      <Tag tone="high">off</Tag>
      <span>
        Nobody and nothing can start it. Switched off by <LogText text={off.by.name} /> <Clock at={off.at} />:{" "}
        <LogText text={off.reason} />
      </span>
    </p>
  );
}

export function SwitchButton({ playbook }: { playbook: PlaybookDetail }) {
  const refused = useRefusal()("playbooks.write");
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button refused={refused} onClick={() => setOpen(true)}>
        {playbook.off === null ? "Switch off" : "Switch on"}
      </Button>
      {open && <SwitchDialog playbook={playbook} onClose={() => setOpen(false)} />}
    </>
  );
}

function SwitchDialog({ playbook, onClose }: { playbook: PlaybookDetail; onClose: () => void }) {
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const enabled = playbook.off !== null;
  const submit = async (): Promise<void> => {
    setBusy(true);
    try {
      await call(playbookRoutes.switchPlaybook, { params: { id: playbook.id }, body: { enabled, reason } });
      void client.invalidateQueries({ queryKey: [playbookRoutes.getPlaybook.path] });
      void client.invalidateQueries({ queryKey: [playbookRoutes.listPlaybooks.path] });
      toast({ title: `${playbook.name} is ${enabled ? "on" : "off"}` });
      onClose();
    } catch (failure) {
      setError(explain(failure));
      setBusy(false);
    }
  };
  return (
    <FormDialog
      title={enabled ? `Switch ${playbook.name} on` : `Switch ${playbook.name} off`}
      note={
        enabled
          ? "It can be started again."
          : "It cannot be started by anybody, by another playbook or by an exercise. Runs under way go on."
      }
      submit={enabled ? "Switch it on" : "Switch it off"}
      danger={!enabled}
      refused={!enabled && reason.trim() === "" ? "Say why first" : ""}
      busy={busy}
      error={error}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      <TextArea label="Reason" value={reason} onChange={setReason} rows={2} />
    </FormDialog>
  );
}
