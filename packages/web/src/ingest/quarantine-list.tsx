/** quarantine-list: records that could not be processed, each with its reason and its place; they can be sent through again. */
import { ingestRoutes, type Quarantined } from "@holdfast/contracts/ingest";
import { useCallback, useMemo, useState } from "react";
import { call, explain } from "../app/client.ts";
import { ListEnd } from "../app/more.tsx";
import { Outcome } from "../app/outcome.tsx";
import { usePages } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { SelectionBar } from "../ui/bars.tsx";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { Code, LogText } from "../ui/code.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Facts } from "../ui/drawer.tsx";
import { bytes, count, plural } from "../ui/number.ts";
import { useSelection } from "../ui/selection.ts";
import { Empty } from "../ui/states.tsx";
import { Table, type Column } from "../ui/table.tsx";
import { Chip, Tag } from "../ui/tag.tsx";
import { toast } from "../ui/toast.tsx";

export function QuarantineList(props: {
  source: string;
  open: string;
  onOpen: (id: string) => void;
  onSource: (source: string) => void;
}) {
  const { source } = props;
  const refused = useRefusal()("sources.write");
  const key = useMemo(() => [ingestRoutes.listQuarantine.path, source], [source]);
  const pages = usePages(key, (cursor, signal) =>
    call(
      ingestRoutes.listQuarantine,
      { query: { limit: 200, ...(source !== "" && { source }), ...(cursor !== undefined && { cursor }) } },
      signal,
    ),
  );
  const [cursor, setCursor] = useState(0);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const order = useMemo(() => pages.rows.map((record) => record.id), [pages.rows]);
  const selection = useSelection(
    order,
    chosen,
    useCallback((keys: readonly string[]) => setChosen(keys), []),
  );
  const replay = async (ids: readonly string[]): Promise<void> => {
    try {
      const answer = await call(ingestRoutes.replayQuarantine, { body: { ids: ids.slice(0, 1000) } });
      toast({ title: `${plural(answer.replayed, "record")} sent through again` });
      setChosen([]);
      void pages.renew();
    } catch (error) {
      toast({ title: "Nothing was replayed", body: explain(error), tone: "error" });
    }
  };
  const record = pages.rows.find((candidate) => candidate.id === props.open);
  return (
    <>
      {source !== "" && (
        <div className="graph-bar">
          <Chip name="source" onRemove={() => props.onSource("")}>
            {source}
          </Chip>
        </div>
      )}
      <Outcome query={pages.query} what="the quarantine" rows={10}>
        {() =>
          pages.rows.length === 0 ? (
            <Empty title="Nothing is in quarantine">
              <p>A record that no step could take, or that took too long, is kept here with its reason.</p>
            </Empty>
          ) : (
            <Table
              label="Quarantined records"
              columns={COLUMNS}
              rows={pages.rows}
              rowKey={(row) => row.id}
              rowName={(row) => `record ${row.position.segment}:${row.position.ordinal}`}
              cursor={cursor}
              onCursor={setCursor}
              onOpen={(row) => props.onOpen(row.id)}
              openKey={props.open}
              selection={selection}
              onEnd={pages.more}
              footer={<ListEnd pages={pages} />}
            />
          )
        }
      </Outcome>
      {chosen.length > 0 && (
        <SelectionBar text={`${count(chosen.length)} selected`}>
          <Button size="compact" refused={refused} onClick={() => void replay(chosen)}>
            Replay
          </Button>
          <Button size="compact" variant="ghost" onClick={() => setChosen([])}>
            Clear
          </Button>
        </SelectionBar>
      )}
      {record !== undefined && (
        <RecordDialog
          record={record}
          refused={refused}
          onReplay={() => void replay([record.id])}
          onClose={() => props.onOpen("")}
        />
      )}
    </>
  );
}

function RecordDialog({
  record,
  refused,
  onReplay,
  onClose,
}: {
  record: Quarantined;
  refused: string;
  onReplay: () => void;
  onClose: () => void;
}) {
  return (
    <Dialog title="Quarantined record" open onClose={onClose} wide>
      <Facts
        items={[
          ["Reason", <LogText key="reason" text={record.reason} />],
          [
            "Code",
            <span key="code" className="mono">
              {record.code}
            </span>,
          ],
          ["Source", <LogText key="source" text={record.source} />],
          ["Sender", <LogText key="peer" text={record.peer} mono />],
          ["Received", <Clock key="received" at={record.receivedAt} form="absolute" />],
          ["Place", `spool segment ${record.position.segment}, record ${record.position.ordinal}`],
          ["Size", bytes(record.bytes)],
        ]}
      />
      <Code text={record.preview} label="Record" />
      <div className="row dialog-actions">
        <Button refused={refused} onClick={onReplay}>
          Replay
        </Button>
        <Button variant="primary" onClick={onClose}>
          Close
        </Button>
      </div>
    </Dialog>
  );
}

const COLUMNS: readonly Column<Quarantined>[] = [
  { key: "at", title: "Quarantined", width: "84px", render: (record) => <Clock at={record.quarantinedAt} /> },
  {
    key: "source",
    title: "Source",
    width: "minmax(100px, 0.4fr)",
    render: (record) => <LogText text={record.source} />,
  },
  { key: "reason", title: "Reason", width: "minmax(220px, 1fr)", render: (record) => <LogText text={record.reason} /> },
  {
    key: "preview",
    title: "Record",
    width: "minmax(220px, 1.4fr)",
    render: (record) => <LogText text={record.preview} mono />,
  },
  { key: "size", title: "Size", width: "64px", align: "end", render: (record) => bytes(record.bytes) },
  {
    key: "replayed",
    title: "Replayed",
    width: "84px",
    render: (record) =>
      record.replayedAt === null ? <span className="faint">no</span> : <Tag tone="ok">replayed</Tag>,
  },
];
