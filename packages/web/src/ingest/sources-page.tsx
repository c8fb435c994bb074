/** sources-page: where events come from, whether they still do, and what could not be taken. */
import { ingestRoutes, type Source } from "@holdfast/contracts/ingest";
import { useMemo, useRef, useState } from "react";
import { call } from "../app/client.ts";
import { ListEnd } from "../app/more.tsx";
import { Outcome } from "../app/outcome.tsx";
import { useCall, usePages } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { useTitle } from "../app/title.ts";
import { oneOf, text, useUrlState } from "../app/url-state.ts";
import { Button } from "../ui/button.tsx";
import { useKeys } from "../ui/keyboard.ts";
import { Page } from "../ui/page.tsx";
import { SearchInput } from "../ui/search-input.tsx";
import { Empty } from "../ui/states.tsx";
import { Table } from "../ui/table.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { AddSource } from "./add-source.tsx";
import { DryRun } from "./dry-run.tsx";
import { ParserNotice } from "./parser-notice.tsx";
import { PipelineNotice, PipelineLine } from "./pipeline-notice.tsx";
import { QuarantineList } from "./quarantine-list.tsx";
import { SOURCE_COLUMNS } from "./source-columns.tsx";
import { SourceDrawer } from "./source-drawer.tsx";

const STATE = {
  tab: oneOf(["sources", "quarantine", "try", "add"], "sources"),
  source: text(),
  q: text(),
  from: text(),
  record: text(),
};

export function SourcesPage() {
  useTitle("Sources");
  const [state, set] = useUrlState(STATE);
  const refused = useRefusal()("sources.write");
  const adding = state.tab === "add";
  const search = useRef<HTMLInputElement>(null);
  const pipeline = useCall(ingestRoutes.pipeline, {}, { everyMs: 10_000 });
  useKeys({
    "/": { label: "Search sources", run: () => search.current?.focus() },
    n: { label: "Add a source", run: () => refused === "" && set({ tab: "add" }) },
    Escape: { label: "Close the drawer", run: () => set({ source: "", record: "" }) },
  });
  const tab = state.tab === "add" ? "sources" : state.tab;
  return (
    <Page
      title="Sources"
      note={pipeline.data !== undefined && <PipelineLine health={pipeline.data} />}
      tools={
        <Button variant="primary" keys="n" refused={refused} onClick={() => set({ tab: "add" })}>
          Add a source
        </Button>
      }
      bar={
        tab === "sources" && (
          <SearchInput label="Search sources" value={state.q} inputRef={search} onChange={(q) => set({ q })} />
        )
      }
      drawer={
        tab === "sources" &&
        state.source !== "" && <SourceDrawer key={state.source} id={state.source} onClose={() => set({ source: "" })} />
      }
    >
      {pipeline.data !== undefined && <PipelineNotice health={pipeline.data} />}
      <ParserNotice />
      <Tabs
        label="Parts of ingest"
        fill
        value={tab}
        onChange={(next) => set({ tab: next, source: "", record: "" }, { push: true })}
        tabs={[
          { value: "sources", label: "Sources" },
          { value: "quarantine", label: "Quarantine" },
          { value: "try", label: "Dry run" },
        ]}
      >
        {tab === "try" ? (
          <DryRun />
        ) : tab === "sources" ? (
          <SourceList
            q={state.q}
            open={state.source}
            onOpen={(source) => set({ source }, { push: true })}
            onAdd={() => set({ tab: "add" })}
          />
        ) : (
          <QuarantineList
            source={state.from}
            open={state.record}
            onOpen={(record) => set({ record })}
            onSource={(from) => set({ from })}
          />
        )}
      </Tabs>
      {adding && (
        <AddSource onClose={() => set({ tab: "sources" })} onAdded={(source) => set({ tab: "sources", source })} />
      )}
    </Page>
  );
}

interface SourceListProps {
  readonly q: string;
  readonly open: string;
  readonly onOpen: (id: string) => void;
  readonly onAdd: () => void;
}

function SourceList({ q, open, onOpen, onAdd }: SourceListProps) {
  const key = useMemo(() => [ingestRoutes.listSources.path, q], [q]);
  const pages = usePages(
    key,
    (cursor, signal) =>
      call(
        ingestRoutes.listSources,
        { query: { limit: 500, ...(q !== "" && { q }), ...(cursor !== undefined && { cursor }) } },
        signal,
      ),
    { everyMs: 15_000 },
  );
  const [cursor, setCursor] = useState(0);
  return (
    <Outcome query={pages.query} what="sources" rows={8}>
      {() =>
        pages.rows.length === 0 && q !== "" ? (
          <Empty title={`No source with "${q}"`}>
            <p>It is looked for in names, ids and kinds.</p>
          </Empty>
        ) : pages.rows.length === 0 ? (
          <Empty title="No source yet" action={<Button onClick={onAdd}>Add a source</Button>}>
            <p>Point rsyslog at Holdfast, send events over HTTP, or import a file with `holdfast import`.</p>
          </Empty>
        ) : (
          <Table
            label="Sources"
            columns={SOURCE_COLUMNS}
            rows={pages.rows}
            rowKey={(source: Source) => source.id}
            cursor={cursor}
            onCursor={setCursor}
            onOpen={(source) => onOpen(source.id)}
            openKey={open}
            onEnd={pages.more}
            footer={<ListEnd pages={pages} />}
          />
        )
      }
    </Outcome>
  );
}
