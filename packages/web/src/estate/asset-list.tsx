/** asset-list: hosts, databases, gateways …: declared by people or observed in events. */
import { estateRoutes, type Asset } from "@holdfast/contracts/estate";
import { useMemo, useState } from "react";
import { call } from "../app/client.ts";
import { Criticality } from "../app/service.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { count } from "../ui/number.ts";
import type { Column } from "../ui/table.tsx";
import { EstateList } from "./estate-list.tsx";

type Sort = "name" | "criticality" | "alerts" | "seen";

export function AssetList({ q, open, onOpen }: { q: string; open: string; onOpen: (id: string) => void }) {
  const [sort, setSort] = useState<Sort>("alerts");
  const key = useMemo(() => [estateRoutes.listAssets.path, q, sort], [q, sort]);
  return (
    <EstateList
      what="assets"
      queryKey={key}
      read={(cursor, signal) =>
        call(
          estateRoutes.listAssets,
          { query: { sort, limit: 200, ...(q !== "" && { q }), ...(cursor !== undefined && { cursor }) } },
          signal,
        )
      }
      columns={columns(sort, setSort)}
      open={open}
      onOpen={onOpen}
      filtered={q !== ""}
      empty={<p>Assets appear by themselves as events name them, or all at once from an estate file.</p>}
    />
  );
}

function columns(sort: Sort, setSort: (sort: Sort) => void): readonly Column<Asset>[] {
  const by = (name: Sort, direction: "up" | "down") => ({
    direction: sort === name ? direction : null,
    run: () => setSort(name),
  });
  return [
    {
      key: "name",
      title: "Asset",
      width: "minmax(140px, 1.2fr)",
      sort: by("name", "up"),
      render: (asset) => (
        <span className="strong">
          <LogText text={asset.name} />
        </span>
      ),
    },
    { key: "kind", title: "Kind", width: "120px", render: (asset) => asset.kind },
    {
      key: "criticality",
      title: "Criticality",
      width: "84px",
      sort: by("criticality", "down"),
      render: (asset) => <Criticality value={asset.criticality} />,
    },
    {
      key: "exposure",
      title: "Exposure",
      width: "76px",
      above: 900,
      render: (asset) => asset.exposure ?? <span className="faint">–</span>,
    },
    {
      key: "services",
      title: "Services",
      width: "minmax(110px, 1fr)",
      render: (asset) => <LogText text={asset.services.map((service) => service.name).join(", ")} />,
    },
    {
      key: "owner",
      title: "Owner",
      width: "minmax(90px, 0.7fr)",
      above: 800,
      render: (asset) => asset.owner ?? <span className="faint">nobody</span>,
    },
    {
      key: "address",
      title: "Address",
      width: "minmax(110px, 0.8fr)",
      above: 1000,
      render: (asset) => <LogText text={asset.addresses[0]?.ip ?? "–"} mono />,
    },
    {
      key: "alerts",
      title: "Open alerts",
      width: "84px",
      align: "end",
      sort: by("alerts", "down"),
      render: (asset) => (asset.openAlerts === 0 ? <span className="faint">0</span> : count(asset.openAlerts)),
    },
    {
      key: "seen",
      title: "Last seen",
      width: "76px",
      align: "end",
      sort: by("seen", "down"),
      render: (asset) => <Clock at={asset.lastSeen} />,
    },
  ];
}
