/** identity-list: users and service accounts, as declared and as seen in events. */
import { estateRoutes, type Identity } from "@holdfast/contracts/estate";
import { useMemo } from "react";
import { call } from "../app/client.ts";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { count } from "../ui/number.ts";
import type { Column } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { EstateList } from "./estate-list.tsx";

export function IdentityList({ q, open, onOpen }: { q: string; open: string; onOpen: (id: string) => void }) {
  const key = useMemo(() => [estateRoutes.listIdentities.path, q], [q]);
  return (
    <EstateList
      what="identities"
      queryKey={key}
      read={(cursor, signal) =>
        call(
          estateRoutes.listIdentities,
          { query: { sort: "alerts", limit: 200, ...(q !== "" && { q }), ...(cursor !== undefined && { cursor }) } },
          signal,
        )
      }
      columns={COLUMNS}
      open={open}
      onOpen={onOpen}
      filtered={q !== ""}
      empty={<p>Identities appear by themselves as events name users.</p>}
    />
  );
}

const COLUMNS: readonly Column<Identity>[] = [
  {
    key: "name",
    title: "Identity",
    width: "minmax(140px, 1fr)",
    render: (identity) => (
      <span className="strong">
        <LogText text={identity.name} />
      </span>
    ),
  },
  {
    key: "full",
    title: "Full name",
    width: "minmax(120px, 1fr)",
    render: (identity) => <LogText text={identity.fullName} />,
  },
  { key: "kind", title: "Kind", width: "80px", render: (identity) => identity.kind },
  {
    key: "privileged",
    title: "Rights",
    width: "90px",
    render: (identity) => identity.privileged && <Tag tone="medium">privileged</Tag>,
  },
  {
    key: "hosts",
    title: "Seen on",
    width: "minmax(120px, 1fr)",
    above: 800,
    render: (identity) => (
      <LogText
        text={identity.hosts
          .slice(0, 4)
          .map((host) => host.asset)
          .join(", ")}
      />
    ),
  },
  {
    key: "alerts",
    title: "Open alerts",
    width: "84px",
    align: "end",
    render: (identity) => (identity.openAlerts === 0 ? <span className="faint">0</span> : count(identity.openAlerts)),
  },
  {
    key: "seen",
    title: "Last seen",
    width: "76px",
    align: "end",
    render: (identity) => <Clock at={identity.lastSeen} />,
  },
];
