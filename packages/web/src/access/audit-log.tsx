/** audit-log: who did what, newest first, and the check that nobody changed the log. */
import { accessRoutes, type AuditEntry } from "@holdfast/contracts/access";
import { useMemo, useState } from "react";
import { call, explain } from "../app/client.ts";
import { ListEnd } from "../app/more.tsx";
import { Outcome } from "../app/outcome.tsx";
import { usePages } from "../app/query.ts";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { Code, LogText } from "../ui/code.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Facts } from "../ui/drawer.tsx";
import { count } from "../ui/number.ts";
import { SearchInput } from "../ui/search-input.tsx";
import { Empty } from "../ui/states.tsx";
import { Table, type Column } from "../ui/table.tsx";
import { toast } from "../ui/toast.tsx";

export function AuditLog(props: {
  actor: string;
  action: string;
  onFilter: (patch: { actor?: string; action?: string }) => void;
}) {
  const { actor, action, onFilter } = props;
  const key = useMemo(() => [accessRoutes.listAudit.path, actor, action], [actor, action]);
  const pages = usePages(key, (cursor, signal) =>
    call(
      accessRoutes.listAudit,
      {
        query: {
          limit: 200,
          ...(actor !== "" && { actor }),
          ...(action !== "" && { action }),
          ...(cursor !== undefined && { cursor }),
        },
      },
      signal,
    ),
  );
  const [cursor, setCursor] = useState(0);
  const [open, setOpen] = useState<AuditEntry | null>(null);
  return (
    <>
      <div className="row audit-bar">
        <SearchInput label="By whom" value={actor} onChange={(value) => onFilter({ actor: value })} />
        <SearchInput label="Action" value={action} onChange={(value) => onFilter({ action: value })} />
        <VerifyButton />
      </div>
      <Outcome query={pages.query} what="the audit log" rows={12}>
        {() =>
          pages.rows.length === 0 ? (
            <Empty title="No entry matches" />
          ) : (
            <Table
              label="Audit log"
              columns={COLUMNS}
              rows={pages.rows}
              rowKey={(entry) => String(entry.seq)}
              cursor={cursor}
              onCursor={setCursor}
              onOpen={setOpen}
              onEnd={pages.more}
              footer={<ListEnd pages={pages} />}
            />
          )
        }
      </Outcome>
      {open !== null && (
        <Dialog title={`Audit entry ${open.seq}`} open onClose={() => setOpen(null)} wide>
          <Facts
            items={[
              ["When", <Clock key="at" at={open.at} form="absolute" />],
              ["Who", <LogText key="actor" text={`${open.actor.kind} ${open.actor.name}`} />],
              ["Action", <LogText key="action" text={open.action} mono />],
              ["On", <LogText key="target" text={open.target} mono />],
              ["Hash", <LogText key="hash" text={open.hash} mono />],
            ]}
          />
          <Code text={JSON.stringify(open.details, null, 2)} label="Details" />
        </Dialog>
      )}
    </>
  );
}

function VerifyButton() {
  const [busy, setBusy] = useState(false);
  const verify = async (): Promise<void> => {
    setBusy(true);
    try {
      const found = await call(accessRoutes.verifyAudit, {});
      if (found.ok)
        toast({
          title: `The chain of ${count(found.entries)} entries is whole`,
          body: `Its head is ${found.head.slice(0, 16)}…`,
        });
      else
        toast({
          title: "The audit log was changed",
          body: `Entry ${found.firstBad ?? "?"} is the first that does not fit the chain. Keep a copy of the database before anything else.`,
          tone: "error",
        });
    } catch (error) {
      toast({ title: "The log could not be checked", body: explain(error), tone: "error" });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button busy={busy} onClick={() => void verify()}>
      Verify the chain
    </Button>
  );
}

const COLUMNS: readonly Column<AuditEntry>[] = [
  {
    key: "seq",
    title: "Entry",
    width: "64px",
    align: "end",
    render: (entry) => <span className="faint">{entry.seq}</span>,
  },
  { key: "at", title: "When", width: "76px", render: (entry) => <Clock at={entry.at} /> },
  { key: "actor", title: "Who", width: "minmax(110px, 0.5fr)", render: (entry) => <LogText text={entry.actor.name} /> },
  { key: "kind", title: "As", width: "64px", render: (entry) => <span className="faint">{entry.actor.kind}</span> },
  {
    key: "action",
    title: "Action",
    width: "minmax(170px, 0.8fr)",
    render: (entry) => <LogText text={entry.action} mono />,
  },
  {
    key: "target",
    title: "On",
    width: "minmax(140px, 0.8fr)",
    render: (entry) => <LogText text={entry.target} mono />,
  },
  {
    key: "details",
    title: "Details",
    width: "minmax(160px, 1.4fr)",
    above: 800,
    render: (entry) => <LogText text={JSON.stringify(entry.details)} mono />,
  },
];
