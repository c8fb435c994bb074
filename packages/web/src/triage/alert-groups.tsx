/** alert-groups: the queue collapsed by rule, entity, service or severity; a group opens as the queue filtered to it. */
import { triageRoutes } from "@holdfast/contracts/triage";
import { useState } from "react";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { count } from "../ui/number.ts";
import { SeverityMark } from "../ui/severity.tsx";
import { Empty } from "../ui/states.tsx";
import { Table } from "../ui/table.tsx";

export type Grouping = "rule" | "entity" | "service" | "severity";

export function AlertGroups(props: {
  by: Grouping;
  query: Readonly<Record<string, string>>;
  onOpen: (patch: { rule?: string; entity?: string; service?: string; severity?: readonly string[] }) => void;
}) {
  const { by } = props;
  const groups = useCall(triageRoutes.groupAlerts, { query: { ...props.query, by } }, { keep: true });
  const [cursor, setCursor] = useState(0);
  return (
    <Outcome query={groups} what="groups of alerts">
      {({ items }) =>
        items.length === 0 ? (
          <Empty title="No alert matches these filters" />
        ) : (
          <Table
            label={`Alerts by ${by}`}
            rows={items}
            rowKey={(group) => group.key}
            cursor={cursor}
            onCursor={setCursor}
            onOpen={(group) => props.onOpen(by === "severity" ? { severity: [group.key] } : { [by]: group.key })}
            footer={`${count(items.length)} groups`}
            columns={[
              {
                key: "severity",
                title: "Worst",
                width: "84px",
                render: (group) => <SeverityMark severity={group.severity} />,
              },
              {
                key: "title",
                title: by,
                width: "minmax(240px, 1fr)",
                render: (group) => <LogText text={group.title} />,
              },
              { key: "alerts", title: "Alerts", width: "80px", align: "end", render: (group) => count(group.alerts) },
              {
                key: "signals",
                title: "Signals",
                width: "80px",
                align: "end",
                render: (group) => count(group.signals),
              },
              {
                key: "seen",
                title: "Last seen",
                width: "80px",
                align: "end",
                render: (group) => <Clock at={group.lastSeen} />,
              },
            ]}
          />
        )
      }
    </Outcome>
  );
}
