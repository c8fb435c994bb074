/** estate-list: the list under each tab of the estate: reads page by page, and says why when there is nothing. */
import { useState, type ReactNode } from "react";
import { useLive } from "../app/live.ts";
import { ListEnd } from "../app/more.tsx";
import { Outcome } from "../app/outcome.tsx";
import { usePages, type Page } from "../app/query.ts";
import { NewBar } from "../ui/bars.tsx";
import { Empty } from "../ui/states.tsx";
import { Table, type Column } from "../ui/table.tsx";

export function EstateList<Item extends { readonly id: string }>(props: {
  /** "assets", for labels and words. */
  what: string;
  queryKey: readonly unknown[];
  read: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<Item>>;
  columns: readonly Column<Item>[];
  open: string;
  onOpen: (id: string) => void;
  filtered: boolean;
  empty: ReactNode;
}) {
  const pages = usePages(props.queryKey, props.read);
  const [cursor, setCursor] = useState(0);
  const [news, setNews] = useState(0);
  useLive("estate.changed", () => setNews((before) => before + 1));
  return (
    <>
      <NewBar
        news={news}
        what={news === 1 ? "change to the estate" : "changes to the estate"}
        onShow={() => {
          setNews(0);
          void pages.query.refetch();
        }}
      />
      <Outcome query={pages.query} what={props.what} rows={12}>
        {() =>
          pages.rows.length === 0 ? (
            <Empty title={props.filtered ? `No ${props.what} match` : `No ${props.what} yet`}>
              {!props.filtered && props.empty}
            </Empty>
          ) : (
            <Table
              label={props.what}
              columns={props.columns}
              rows={pages.rows}
              rowKey={(row) => row.id}
              cursor={cursor}
              onCursor={setCursor}
              onOpen={(row) => props.onOpen(row.id)}
              openKey={props.open}
              onEnd={pages.more}
              footer={<ListEnd pages={pages} />}
            />
          )
        }
      </Outcome>
    </>
  );
}
