/** add-source: what do you run? The program is chosen by its name; then its source is made, its exact lines shown with the key, once, and the
 *  first event waited for. What is none of the programs is chosen by its protocol. */
import { ingestRoutes, type KeyedKind, keyedKind, type Source } from "@holdfast/contracts/ingest";
import { SOURCE_KIND_GUIDES, sourceClients } from "@holdfast/contracts/source-kinds";
import type { SourceProgram } from "@holdfast/contracts/source-programs";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { Button } from "../ui/button.tsx";
import { Code } from "../ui/code.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { TextField } from "../ui/field.tsx";
import { Select } from "../ui/select.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { toast } from "../ui/toast.tsx";
import { FirstEvent } from "./first-event.tsx";
import { PortHelp } from "./port-help.tsx";
import { ProgramList } from "./program-list.tsx";
import { PullForm } from "./pull-form.tsx";

type Way = "run" | "http" | "port" | "fetch" | "file";

/** @param onAdded a source that is fetched was added: it has no key to show, but a state to look at */
export function AddSource({ onClose, onAdded }: { onClose: () => void; onAdded: (id: string) => void }) {
  const [way, setWay] = useState<Way>("run");
  const [program, setProgram] = useState<SourceProgram | null>(null);
  const [created, setCreated] = useState<{ source: Source; key: string } | null>(null);
  const client = useQueryClient();
  if (created !== null) {
    const sender = program?.by.way === "key" ? program.by.client : "";
    return <KeyShown source={created.source} secret={created.key} client={sender} onClose={onClose} />;
  }
  const onCreated = (source: Source, key: string): void => {
    void client.invalidateQueries({ queryKey: [ingestRoutes.listSources.path] });
    setCreated({ source, key });
  };
  const pullForm = (kind?: string) => (
    <PullForm
      pull={null}
      {...(kind !== undefined && { kind })}
      onCancel={onClose}
      onDone={(pull) => {
        void client.invalidateQueries({ queryKey: [ingestRoutes.listSources.path] });
        toast({ title: `${pull.name} is added and fetched now` });
        onAdded(pull.id);
      }}
    />
  );
  if (program !== null) {
    const { by, name, about, note } = program;
    return (
      <Dialog title={name} note={note === "" ? about : note} open onClose={onClose} wide>
        <div>
          <Button size="compact" variant="ghost" onClick={() => setProgram(null)}>
            ← Another program
          </Button>
        </div>
        {by.way === "key" && <KindForm kind={by.kind} proposed={name} onCreated={onCreated} />}
        {by.way === "port" && <PortHelp kind={by.kind} client={by.client} />}
        {by.way === "fetch" && pullForm(by.kind)}
        {by.way === "file" && <FileHelp />}
      </Dialog>
    );
  }
  return (
    <Dialog title="Add a source" open onClose={onClose} wide>
      <Tabs
        label="Ways in"
        value={way}
        onChange={setWay}
        tabs={[
          { value: "run", label: "What you run" },
          { value: "http", label: "By a key" },
          { value: "port", label: "By a port" },
          { value: "fetch", label: "Fetched" },
          { value: "file", label: "Files" },
        ]}
      >
        {way === "run" && <ProgramList onChoose={setProgram} onOther={() => setWay("http")} />}
        {way === "http" && <KindForm onCreated={onCreated} />}
        {way === "port" && <PortHelp />}
        {way === "fetch" && pullForm()}
        {way === "file" && <FileHelp />}
      </Tabs>
    </Dialog>
  );
}

function FileHelp() {
  return (
    <div className="stack dialog-pad">
      <p>Files go in from the command line. The same file twice adds nothing.</p>
      <Code text={"holdfast import /var/log/auth.log /srv/evtx/*.evtx export.ndjson.gz"} label="Import command" />
    </div>
  );
}

/** The key of a source, shown this one time, in the lines of each client that sends by its kind.
 *  @param client what was chosen: its lines are shown first */
export function KeyShown({
  source,
  secret,
  client = "",
  onClose,
}: {
  source: Source;
  secret: string;
  client?: string;
  onClose: () => void;
}) {
  const parsed = keyedKind.safeParse(source.kind);
  const clients = sourceClients(parsed.success ? parsed.data : "http", { url: window.location.origin, key: secret });
  const [name, setName] = useState((clients.find((one) => one.name.startsWith(client)) ?? clients[0])?.name ?? "");
  const shown = clients.find((one) => one.name === name);
  return (
    <Dialog
      title={`The key of ${source.name}`}
      note="It is shown this once and stored only as a hash. Copy it now."
      open
      onClose={onClose}
      wide
    >
      <Code text={secret} label="Key" />
      <Tabs
        label="What sends"
        value={name}
        onChange={setName}
        tabs={clients.map((one) => ({ value: one.name, label: one.name }))}
      >
        {shown !== undefined && (
          <div className="stack">
            <p className="dim">{shown.where}</p>
            <Code text={shown.lines} label={shown.name === "curl" ? "curl command" : `${shown.name} configuration`} />
          </div>
        )}
      </Tabs>
      <FirstEvent id={source.id} before={source.stored + source.quarantined} />
      <div className="row dialog-actions">
        <Button variant="primary" onClick={onClose}>
          I have copied it
        </Button>
      </div>
    </Dialog>
  );
}

/** @param kind given when it is known what will send; else it is asked for */
function KindForm({
  kind: known,
  proposed = "",
  onCreated,
}: {
  kind?: KeyedKind;
  proposed?: string;
  onCreated: (source: Source, key: string) => void;
}) {
  const [name, setName] = useState(proposed);
  const [chosen, setChosen] = useState<KeyedKind>(known ?? "http");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const guide = SOURCE_KIND_GUIDES.find((one) => one.kind === chosen);
  const submit = async (): Promise<void> => {
    setBusy(true);
    try {
      const answer = await call(ingestRoutes.createSource, { body: { name: name.trim(), kind: chosen } });
      onCreated(answer.source, answer.key);
    } catch (reason) {
      setError(explain(reason));
      setBusy(false);
    }
  };
  return (
    <form
      className="stack dialog-pad"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() !== "") void submit();
      }}
    >
      <TextField
        label="Name"
        value={name}
        onChange={setName}
        error={error}
        hint="What sends: a forwarder, a cluster, a firewall. Its key and the lines for it come next."
        autoFocus
        required
      />
      {known === undefined && (
        <div className="stack">
          <Select
            label="What it speaks"
            named
            value={chosen}
            onChange={setChosen}
            options={SOURCE_KIND_GUIDES.map((one) => ({ value: one.kind, label: one.title }))}
          />
          <p className="dim">{guide?.senders}</p>
        </div>
      )}
      <div className="row dialog-actions">
        <Button type="submit" variant="primary" busy={busy} refused={name.trim() === "" ? "Write a name first." : ""}>
          Create the source
        </Button>
      </div>
    </form>
  );
}
