/** send-dialog: a short form that sends one call: busy while it runs, the server's words when it is refused. */
import { useState, type ReactNode } from "react";
import { explain } from "../app/client.ts";
import { FormDialog } from "../ui/dialog.tsx";
import { useRenew } from "./work.ts";

export function SendDialog(props: {
  title: string;
  note?: string;
  submit: string;
  refused?: string;
  send: () => Promise<unknown>;
  onClose: () => void;
  children: ReactNode;
}) {
  const renew = useRenew();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const submit = async (): Promise<void> => {
    setBusy(true);
    try {
      await props.send();
      renew();
      props.onClose();
    } catch (reason) {
      setError(explain(reason));
      setBusy(false);
    }
  };
  return (
    <FormDialog
      title={props.title}
      note={props.note ?? ""}
      submit={props.submit}
      refused={props.refused ?? ""}
      busy={busy}
      error={error}
      onSubmit={() => void submit()}
      onClose={props.onClose}
    >
      {props.children}
    </FormDialog>
  );
}
