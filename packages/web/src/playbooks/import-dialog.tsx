/** import-dialog: a CACAO v2 document, pasted, becomes a draft. */
import { playbookRoutes } from "@holdfast/contracts/playbooks";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { TextArea } from "../ui/field.tsx";
import { FormDialog } from "../ui/dialog.tsx";

export function ImportDialog(props: { onClose: () => void; onDone: (id: string) => void }) {
  const [document, setDocument] = useState("");
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const submit = async (): Promise<void> => {
    setBusy(true);
    try {
      const parsed: unknown = JSON.parse(document);
      props.onDone((await call(playbookRoutes.importPlaybook, { body: { document: parsed } })).id);
    } catch (failed) {
      setError(failed instanceof SyntaxError ? `This is no JSON: ${failed.message}` : explain(failed));
    } finally {
      setBusy(false);
    }
  };
  return (
    <FormDialog
      title="Import CACAO"
      note="A CACAO v2 playbook becomes a draft. Nothing of it is lost: it exports as it came."
      submit="Import as a draft"
      refused={document.trim() === "" ? "Paste a document first" : ""}
      busy={busy}
      error={error}
      onSubmit={() => void submit()}
      onClose={props.onClose}
    >
      <TextArea label="CACAO document (JSON)" value={document} rows={14} onChange={setDocument} />
    </FormDialog>
  );
}
