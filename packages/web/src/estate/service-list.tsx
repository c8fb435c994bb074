/** service-list: the services, what they need, what needs them, and what is open on them. */
import { estateRoutes, type Service } from "@holdfast/contracts/estate";
import { useMemo } from "react";
import { call } from "../app/client.ts";
import { Criticality } from "../app/service.tsx";
import { LogText } from "../ui/code.tsx";
import { count } from "../ui/number.ts";
import type { Column } from "../ui/table.tsx";
import { EstateList } from "./estate-list.tsx";

export function ServiceList({ q, open, onOpen }: { q: string; open: string; onOpen: (id: string) => void }) {
  const key = useMemo(() => [estateRoutes.listServices.path, q], [q]);
  return (
    <EstateList
      what="services"
      queryKey={key}
      read={(cursor, signal) =>
        call(
          estateRoutes.listServices,
          {
            query: { sort: "criticality", limit: 200, ...(q !== "" && { q }), ...(cursor !== undefined && { cursor }) },
          },
          signal,
        )
      }
      columns={COLUMNS}
      open={open}
      onOpen={onOpen}
      filtered={q !== ""}
      empty={<p>A service says what an alert hits and who owns it. Load an estate file to describe them.</p>}
    />
  );
}

const COLUMNS: readonly Column<Service>[] = [
  {
    key: "name",
    title: "Service",
    width: "minmax(140px, 1fr)",
    render: (service) => (
      <span className="strong">
        <LogText text={service.name} />
      </span>
    ),
  },
  {
    key: "criticality",
    title: "Criticality",
    width: "84px",
    render: (service) => <Criticality value={service.criticality} />,
  },
  { key: "exposure", title: "Exposure", width: "76px", render: (service) => service.exposure },
  {
    key: "owner",
    title: "Owner",
    width: "minmax(90px, 0.6fr)",
    render: (service) => service.owner ?? <span className="faint">nobody</span>,
  },
  {
    key: "needs",
    title: "Needs",
    width: "minmax(110px, 1fr)",
    above: 800,
    render: (service) => <LogText text={service.dependsOn.map((other) => other.name).join(", ")} />,
  },
  {
    key: "needed",
    title: "Needed by",
    width: "minmax(110px, 1fr)",
    above: 900,
    render: (service) => <LogText text={service.dependants.map((other) => other.name).join(", ")} />,
  },
  { key: "assets", title: "Assets", width: "60px", align: "end", render: (service) => count(service.assets.length) },
  {
    key: "alerts",
    title: "Open alerts",
    width: "84px",
    align: "end",
    render: (service) => (service.openAlerts === 0 ? <span className="faint">0</span> : count(service.openAlerts)),
  },
  {
    key: "incidents",
    title: "Incidents",
    width: "70px",
    align: "end",
    render: (service) =>
      service.openIncidents === 0 ? <span className="faint">0</span> : count(service.openIncidents),
  },
];
