/** add-source: what do you run? Creates a source of that kind, shows the exact lines for it with its key, once, and waits for the first
 *  event; or says how what has a port of its own and files get in. */
import { ingestRoutes, type KeyedKind, keyedKind, type Source } from "@holdfast/contracts/ingest";
import { SOURCE_KIND_GUIDES, sourceClients } from "@holdfast/contracts/source-kinds";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { useCall } from "../app/query.ts";
import { Button } from "../ui/button.tsx";
import { Code } from "../ui/code.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { TextField } from "../ui/field.tsx";
import { Select } from "../ui/select.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { toast } from "../ui/toast.tsx";
import { PortHelp } from "./port-help.tsx";
import { PullForm } from "./pull-form.tsx";

/** @param onAdded a source that is fetched was added: it has no key to show, but a state to look at */
export function AddSource({ onClose, onAdded }: { onClose: () => void; onAdded: (id: string) => void }) {
  const [way, setWay] = useState<"http" | "port" | "fetch" | "file">("http");
  const [created, setCreated] = useState<{ source: Source; key: string } | null>(null);
  const client = useQueryClient();
  if (created !== null) return <KeyShown source={created.source} secret={created.key} onClose={onClose} />;
  return (
    <Dialog title="Add a source" open onClose={onClose} wide>
      <Tabs
        label="Ways in"
        value={way}
        onChange={setWay}
        tabs={[
          { value: "http", label: "By a key" },
          { value: "port", label: "By a port" },
          { value: "fetch", label: "Fetched" },
          { value: "file", label: "Files" },
        ]}
      >
        {way === "http" && (
          <KindForm
            onCreated={(source, key) => {
              void client.invalidateQueries({ queryKey: [ingestRoutes.listSources.path] });
              setCreated({ source, key });
            }}
          />
        )}
        {way === "port" && <PortHelp />}
        {way === "fetch" && (
          <PullForm
            pull={null}
            onCancel={onClose}
            onDone={(pull) => {
              void client.invalidateQueries({ queryKey: [ingestRoutes.listSources.path] });
              toast({ title: `${pull.name} is added and fetched now` });
              onAdded(pull.id);
            }}
          />
        )}
        {way === "file" && (
          <div className="stack dialog-pad">
            <p>Files go in from the command line. The same file twice adds nothing.</p>
            <Code text={"holdfast import /var/log/auth.log /srv/evtx/*.evtx export.ndjson.gz"} label="Import command" />
          </div>
        )}
      </Tabs>
    </Dialog>
  );
}

/** The key of a source, shown this one time, in the lines of each client that sends by its kind. */
export function KeyShown({ source, secret, onClose }: { source: Source; secret: string; onClose: () => void }) {
  const parsed = keyedKind.safeParse(source.kind);
  const clients = sourceClients(parsed.success ? parsed.data : "http", { url: window.location.origin, key: secret });
  const [name, setName] = useState(clients[0]?.name ?? "");
  const shown = clients.find((client) => client.name === name);
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
        tabs={clients.map((client) => ({ value: client.name, label: client.name }))}
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

/** Says when the first event has come, and how it was read. */
function FirstEvent({ id, before }: { id: string; before: number }) {
  const now = useCall(ingestRoutes.getSource, { params: { id } }, { everyMs: 2_000 }).data;
  const arrived = now === undefined ? 0 : now.stored + now.quarantined - before;
  return (
    <p role="status">
      {now === undefined || arrived <= 0
        ? "Waiting for the first event…"
        : `${arrived === 1 ? "The first event has" : `${arrived} events have`} arrived; ${
            now.unclassified === 0
              ? "a parser knows them."
              : `${now.unclassified} of ${now.stored} are not known to any parser yet.`
          }`}
    </p>
  );
}

function KindForm({ onCreated }: { onCreated: (source: Source, key: string) => void }) {
  const [name, setName] = useState("");
  const [kind, setKind] = useState<KeyedKind>("http");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const guide = SOURCE_KIND_GUIDES.find((one) => one.kind === kind);
  const submit = async (): Promise<void> => {
    setBusy(true);
    try {
      const answer = await call(ingestRoutes.createSource, { body: { name: name.trim(), kind } });
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
        hint="What sends: a forwarder, a cluster, a firewall. Its key comes next."
        autoFocus
        required
      />
      <div className="stack">
        <Select
          label="What it speaks"
          named
          value={kind}
          onChange={setKind}
          options={SOURCE_KIND_GUIDES.map((one) => ({ value: one.kind, label: one.title }))}
        />
        <p className="dim">{guide?.senders}</p>
      </div>
      <div className="row dialog-actions">
        <Button type="submit" variant="primary" busy={busy} refused={name.trim() === "" ? "Write a name first." : ""}>
          Create the source
        </Button>
      </div>
    </form>
  );
}
