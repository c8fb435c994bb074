/** connector-form: adds a connector of a kind, or changes one. Its fields are the kind's own; what is secret goes in and never comes
 *  back. The allow list says which private addresses it may reach, and nothing else is reached. */
import { type ConnectorKind, connectorRoutes, type ConnectorView } from "@holdfast/contracts/connectors";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { FormDialog } from "../ui/dialog.tsx";
import { Checkbox, Field, TextArea, TextField } from "../ui/field.tsx";
import { Select } from "../ui/select.tsx";
import { toast } from "../ui/toast.tsx";
import { draftOf, fieldsOf, linesOf, SchemaForm, valueOf } from "./schema-form.tsx";

export function ConnectorForm(props: {
  kinds: readonly ConnectorKind[];
  connector: ConnectorView | null;
  onClose: () => void;
}) {
  const { kinds, connector, onClose } = props;
  const client = useQueryClient();
  const [kindName, setKindName] = useState(connector?.kind ?? kinds[0]?.kind ?? "");
  const kind = kinds.find((one) => one.kind === kindName);
  const settings = fieldsOf(kind?.settings ?? {});
  const secrets = fieldsOf(kind?.secrets ?? {});
  const [id, setId] = useState(connector?.id ?? "");
  const [name, setName] = useState(connector?.name ?? "");
  const [settingsDraft, setSettingsDraft] = useState(draftOf(settings, connector?.settings ?? {}));
  const [secretsDraft, setSecretsDraft] = useState(draftOf(secrets, {}));
  const [allow, setAllow] = useState(connector?.allow.join("\n") ?? "");
  const [enabled, setEnabled] = useState(connector?.enabled ?? true);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const choose = (next: string): void => {
    const chosen = kinds.find((one) => one.kind === next);
    setKindName(next);
    setSettingsDraft(draftOf(fieldsOf(chosen?.settings ?? {}), {}));
    setSecretsDraft(draftOf(fieldsOf(chosen?.secrets ?? {}), {}));
  };
  const submit = async (): Promise<void> => {
    setBusy(true);
    const entered = Object.fromEntries(
      Object.entries(valueOf(secrets, secretsDraft)).map(([field, value]) => [field, String(value)]),
    );
    const body = {
      name: name.trim() === "" ? id : name.trim(),
      settings: valueOf(settings, settingsDraft),
      secrets: entered,
      allow: linesOf(allow),
    };
    try {
      if (connector === null) await call(connectorRoutes.createConnector, { body: { id, kind: kindName, ...body } });
      else await call(connectorRoutes.updateConnector, { params: { id }, body: { ...body, enabled } });
      void client.invalidateQueries({ queryKey: [connectorRoutes.listConnectors.path] });
      toast({ title: connector === null ? `${id} is added. Test it now.` : `${id} is changed. Test it now.` });
      onClose();
    } catch (reason) {
      setError(explain(reason));
      setBusy(false);
    }
  };
  return (
    <FormDialog
      title={connector === null ? "Add a connector" : `Edit ${connector.id}`}
      note={kind?.description}
      submit={connector === null ? "Add the connector" : "Save"}
      busy={busy}
      error={error}
      refused={id === "" ? "Write an id first." : ""}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      {connector === null && (
        <>
          <Field label="Kind" id="connector-kind">
            <Select
              id="connector-kind"
              label="Kind"
              value={kindName}
              options={kinds.map((one) => ({ value: one.kind, label: one.title }))}
              onChange={choose}
            />
          </Field>
          <TextField label="Id" value={id} onChange={setId} hint="Playbooks name it so: a-z, 0-9 and dash." required />
        </>
      )}
      <TextField label="Name (optional)" value={name} onChange={setName} />
      <SchemaForm fields={settings} draft={settingsDraft} onChange={setSettingsDraft} />
      <SchemaForm fields={secrets} draft={secretsDraft} onChange={setSecretsDraft} stored={connector?.secrets ?? []} />
      <TextArea
        label="Private addresses it may reach (optional)"
        value={allow}
        onChange={setAllow}
        mono
        placeholder={"10.1.2.0/24\n10.1.2.3:636"}
        hint="One a line: an address or a range, with a port where you can. Private, loopback and link-local addresses are refused unless they stand here; public ones need no entry."
      />
      {connector !== null && <Checkbox label="In use" checked={enabled} onChange={setEnabled} />}
    </FormDialog>
  );
}
