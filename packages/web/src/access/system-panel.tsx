/** system-panel: version, engines, listeners, and each configuration value with where it comes from. */
import { systemRoutes, type SystemInfo } from "@holdfast/contracts/system";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { Facts } from "../ui/drawer.tsx";
import { bytes, count } from "../ui/number.ts";
import { Panel } from "../ui/page.tsx";

export function SystemPanel() {
  const system = useCall(systemRoutes.system, {});
  return (
    <Outcome query={system} what="the system">
      {(found) => (
        <>
          <Panel title="System">
            <Facts
              items={[
                ["Version", found.version],
                ["Started", <Clock key="started" at={found.startedAt} form="absolute" />],
                ["State", `PostgreSQL ${found.state.version}, ${found.state.engine}, ${bytes(found.state.bytes)}`],
                [
                  "Events",
                  `${found.events.version}, ${found.events.engine}, ${count(found.events.rows)} events in ${bytes(found.events.bytes)}`,
                ],
                ["Retention", `${count(found.retentionDays)} days`],
              ]}
            />
          </Panel>
          <Listeners inputs={found.inputs} />
          <Configuration config={found.config} />
        </>
      )}
    </Outcome>
  );
}

function Listeners({ inputs }: { inputs: SystemInfo["inputs"] }) {
  if (inputs.length === 0)
    return (
      <Panel title="Ports">
        <p className="dim">Nothing listens on a port of its own. Settings that end in .port open them.</p>
      </Panel>
    );
  return (
    <Panel title="Ports" note="beside that of this page; settings that end in .port open and close them" flush>
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">Speaks</th>
            <th scope="col">Address</th>
          </tr>
        </thead>
        <tbody>
          {inputs.map(({ name, address }) => (
            <tr key={name}>
              <td>{name}</td>
              <td className="mono strong">{address}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function Configuration({ config }: { config: SystemInfo["config"] }) {
  return (
    <Panel title="Configuration" note="flags win over the environment, that over the file, that over the default" flush>
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">Key</th>
            <th scope="col">Value</th>
            <th scope="col">From</th>
          </tr>
        </thead>
        <tbody>
          {config.map((entry) => (
            <tr key={entry.key}>
              <td className="mono">{entry.key}</td>
              <td className="mono strong">
                {entry.value === "" ? <span className="faint">not set</span> : <LogText text={entry.value} />}
              </td>
              <td>{entry.origin === "default" ? <span className="faint">default</span> : entry.origin}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
