/** port-help: what listens on a port of its own: whether it is open, how to open it, and the exact lines for who sends to it. */
import type { PortKind } from "@holdfast/contracts/ingest";
import { PORT_KIND_GUIDES, portClients } from "@holdfast/contracts/port-kinds";
import { systemRoutes } from "@holdfast/contracts/system";
import { useState } from "react";
import { useCall } from "../app/query.ts";
import { Code } from "../ui/code.tsx";
import { Select } from "../ui/select.tsx";

export function PortHelp() {
  const [kind, setKind] = useState<PortKind>("syslog-tcp");
  const inputs = useCall(systemRoutes.system, {}).data?.inputs;
  const guide = PORT_KIND_GUIDES.find((one) => one.kind === kind);
  const open = inputs?.find(({ name }) => name === kind);
  const port = Number(/:(\d+)$/.exec(open?.address ?? "")?.[1] ?? guide?.port ?? 0);
  return (
    <div className="stack dialog-pad">
      <Select
        label="What it speaks"
        named
        value={kind}
        onChange={setKind}
        options={PORT_KIND_GUIDES.map((one) => ({ value: one.kind, label: one.title }))}
      />
      <p className="dim">{guide?.senders}</p>
      {inputs !== undefined && (
        <p role="status">
          {open === undefined
            ? `The port is closed. Set ${guide?.setting ?? ""} to on and start Holdfast again.`
            : `The port is open on ${open.address}. It needs no key; its source takes all that send to it.`}
        </p>
      )}
      {portClients(kind, { host: window.location.hostname, port }).map(({ name, where, lines }) => (
        <div className="stack" key={name}>
          <p className="dim">
            {name}: {where}
          </p>
          <Code text={lines} label={`${name} configuration`} />
        </div>
      ))}
    </div>
  );
}
