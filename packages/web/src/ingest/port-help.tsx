/** port-help: what listens on a port of its own: whether it is open, how to open it, the exact lines for who sends to it, and the first event
 *  that arrives. */
import { ingestRoutes, type PortKind } from "@holdfast/contracts/ingest";
import { PORT_KIND_GUIDES, portClients } from "@holdfast/contracts/port-kinds";
import { systemRoutes } from "@holdfast/contracts/system";
import { useState } from "react";
import { useCall } from "../app/query.ts";
import { Code } from "../ui/code.tsx";
import { Select } from "../ui/select.tsx";
import { FirstEvent } from "./first-event.tsx";

/** @param kind and client: given when it is known what will send; else the kind is asked for and all clients are shown */
export function PortHelp({ kind: known, client }: { kind?: PortKind; client?: string }) {
  const [kind, setKind] = useState<PortKind>(known ?? "syslog-tcp");
  const inputs = useCall(systemRoutes.system, {}).data?.inputs;
  const guide = PORT_KIND_GUIDES.find((one) => one.kind === kind);
  const open = inputs?.find(({ name }) => name === kind);
  const port = Number(/:(\d+)$/.exec(open?.address ?? "")?.[1] ?? guide?.port ?? 0);
  const clients = portClients(kind, { host: window.location.hostname, port });
  const shown = clients.filter(({ name }) => client === undefined || name === client);
  return (
    <div className="stack dialog-pad">
      {known === undefined && (
        <>
          <Select
            label="What it speaks"
            named
            value={kind}
            onChange={setKind}
            options={PORT_KIND_GUIDES.map((one) => ({ value: one.kind, label: one.title }))}
          />
          <p className="dim">{guide?.senders}</p>
        </>
      )}
      {inputs !== undefined && (
        <p>
          {open === undefined
            ? `The port for ${guide?.title ?? kind} is closed. Set ${guide?.setting ?? ""} to on and start Holdfast again.`
            : `${guide?.title ?? kind} is open on ${open.address}. It needs no key; its source takes all that send to it.`}
        </p>
      )}
      {open !== undefined && isOwnOnly(open.address) && (
        <p className="dim">
          Only this machine can reach it. For others set {kind.startsWith("syslog") ? "syslog.host" : "inputs.host"} to
          any.
        </p>
      )}
      {shown.map(({ name, where, lines }) => (
        <div className="stack" key={name}>
          <p className="dim">
            {name}: {where}
          </p>
          <Code text={lines} label={`${name} configuration`} />
        </div>
      ))}
      {open !== undefined && known !== undefined && <Arrival kind={kind} />}
    </div>
  );
}

/** A port has its source from the first start on. */
function Arrival({ kind }: { kind: PortKind }) {
  const source = useCall(ingestRoutes.getSource, { params: { id: kind } }).data;
  return source === undefined ? null : <FirstEvent key={kind} id={kind} />;
}

const isOwnOnly = (address: string): boolean => /^(?:127\.|\[?::1\]?:|localhost)/.test(address);
