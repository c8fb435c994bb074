/** add-source: creates an HTTP source, or says how syslog and files get in. The key is shown once, inside lines to copy. */
import { INGEST_EVENTS_PATH, ingestRoutes } from "@holdfast/contracts/ingest";
import { systemRoutes } from "@holdfast/contracts/system";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, explain } from "../app/client.ts";
import { useCall } from "../app/query.ts";
import { Button } from "../ui/button.tsx";
import { Code } from "../ui/code.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { TextField } from "../ui/field.tsx";
import { Tabs } from "../ui/tabs.tsx";

export function AddSource({ onClose }: { onClose: () => void }) {
  const [way, setWay] = useState<"http" | "syslog" | "file">("http");
  const [created, setCreated] = useState<{ name: string; key: string } | null>(null);
  const client = useQueryClient();
  if (created !== null) return <KeyShown name={created.name} secret={created.key} onClose={onClose} />;
  return (
    <Dialog title="Add a source" open onClose={onClose} wide>
      <Tabs
        label="Ways in"
        value={way}
        onChange={setWay}
        tabs={[
          { value: "http", label: "HTTP" },
          { value: "syslog", label: "Syslog" },
          { value: "file", label: "Files" },
        ]}
      >
        {way === "http" && (
          <HttpForm
            onCreated={(name, key) => {
              void client.invalidateQueries({ queryKey: [ingestRoutes.listSources.path] });
              setCreated({ name, key });
            }}
          />
        )}
        {way === "syslog" && <SyslogHelp />}
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

/** The key of a source, shown this one time. */
export function KeyShown({ name, secret, onClose }: { name: string; secret: string; onClose: () => void }) {
  const address = `${window.location.origin}${INGEST_EVENTS_PATH}`;
  return (
    <Dialog
      title={`The key of ${name}`}
      note="It is shown this once and stored only as a hash. Copy it now."
      open
      onClose={onClose}
      wide
    >
      <Code text={secret} label="Key" />
      <h3>Try it</h3>
      <Code text={curlLine(address, secret)} label="curl command" />
      <h3>rsyslog</h3>
      <Code text={rsyslogHttp(address, secret)} label="rsyslog configuration" />
      <div className="row dialog-actions">
        <Button variant="primary" onClick={onClose}>
          I have copied it
        </Button>
      </div>
    </Dialog>
  );
}

function HttpForm({ onCreated }: { onCreated: (name: string, key: string) => void }) {
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const submit = async (): Promise<void> => {
    setBusy(true);
    try {
      const answer = await call(ingestRoutes.createSource, { body: { name: name.trim() } });
      onCreated(answer.source.name, answer.key);
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
      <div className="row dialog-actions">
        <Button type="submit" variant="primary" busy={busy} refused={name.trim() === "" ? "Write a name first." : ""}>
          Create the source
        </Button>
      </div>
    </form>
  );
}

function SyslogHelp() {
  const syslog = useCall(systemRoutes.system, {}).data?.syslog;
  const port = /:(\d+)$/.exec(syslog?.tcp ?? "")?.[1] ?? "5514";
  const host = window.location.hostname;
  return (
    <div className="stack dialog-pad">
      <p>
        Syslog needs no key; a source appears with its first message. Holdfast listens on{" "}
        {syslog?.tcp ?? "no TCP address"} and {syslog?.udp ?? "no UDP address"}.
      </p>
      <Code
        text={`# /etc/rsyslog.d/60-holdfast.conf\n*.* action(type="omfwd" target="${host}" port="${port}" protocol="tcp"\n  template="RSYSLOG_SyslogProtocol23Format" TCP_Framing="octet-counted"\n  queue.type="LinkedList" queue.filename="holdfast" queue.saveOnShutdown="on"\n  action.resumeRetryCount="-1")`}
        label="rsyslog configuration"
      />
      <Code text={`logger --tcp --server ${host} --port ${port} --rfc5424 "a first message"`} label="Test command" />
    </div>
  );
}

function curlLine(address: string, key: string): string {
  return `curl -sS ${address} \\\n  -H 'Authorization: Bearer ${key}' \\\n  -H 'Content-Type: application/x-ndjson' \\\n  --data-binary '{"message":"a first event","host":"'"$(hostname)"'"}'`;
}

function rsyslogHttp(address: string, key: string): string {
  const at = new URL(address);
  const port = at.port === "" ? (at.protocol === "https:" ? "443" : "80") : at.port;
  return `# needs the package rsyslog-omhttp\nmodule(load="omhttp")\ntemplate(name="holdfast" type="list" option.jsonf="on") {\n  property(outname="timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")\n  property(outname="host" name="hostname" format="jsonf")\n  property(outname="program" name="programname" format="jsonf")\n  property(outname="message" name="msg" format="jsonf")\n}\n*.* action(type="omhttp" server="${at.hostname}" serverport="${port}" restpath="${at.pathname.slice(1)}"\n  useHttps="${at.protocol === "https:" ? "on" : "off"}" template="holdfast" httpheaderkey="Authorization" httpheadervalue="Bearer ${key}"\n  batch="on" batch.format="newline")`;
}
