/** playbooks-page: what the teams do when something happens: all playbooks, and the runs that are under way. */
import { type PlaybookView, playbookRoutes, type Run } from "@holdfast/contracts/playbooks";
import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useRef, useState } from "react";
import { call } from "../app/client.ts";
import { useGo } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { useLive } from "../app/live.ts";
import { ListEnd } from "../app/more.tsx";
import { Outcome } from "../app/outcome.tsx";
import { useCall, usePages } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { useTitle } from "../app/title.ts";
import { oneOf, text, useUrlState } from "../app/url-state.ts";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { useKeys } from "../ui/keyboard.ts";
import { count } from "../ui/number.ts";
import { Page } from "../ui/page.tsx";
import { SearchInput } from "../ui/search-input.tsx";
import { Empty } from "../ui/states.tsx";
import { type Column, Table } from "../ui/table.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { Tag } from "../ui/tag.tsx";
import { ImportDialog } from "./import-dialog.tsx";
import { OffTag } from "./playbook-switch.tsx";
import { RunTag } from "./run-words.tsx";

const STATE = { tab: oneOf(["playbooks", "runs"], "playbooks"), q: text() };

export function PlaybooksPage() {
  useTitle("Playbooks");
  const [state, set] = useUrlState(STATE);
  const go = useGo();
  const client = useQueryClient();
  const search = useRef<HTMLInputElement>(null);
  const [cursor, setCursor] = useState(0);
  const [importing, setImporting] = useState(false);
  const refused = useRefusal()("playbooks.write");
  const playbooks = useCall(playbookRoutes.listPlaybooks, { query: { q: state.q } }, { keep: true });
  const key = useMemo(() => [playbookRoutes.listRuns.path, "pages"], []);
  const runs = usePages(
    key,
    (after, signal) =>
      call(playbookRoutes.listRuns, { query: { limit: 100, ...(after !== undefined && { cursor: after }) } }, signal),
    { enabled: state.tab === "runs" },
  );
  useLive("playbooks.run.changed", () => void client.invalidateQueries({ queryKey: [playbookRoutes.listRuns.path] }));
  const create = (): void => go(links.playbook("new"));
  useKeys({
    "/": { label: "Search playbooks", run: () => search.current?.focus() },
    n: { label: "Write a new playbook", run: () => refused === "" && create() },
  });
  return (
    <Page
      title="Playbooks"
      tools={
        <>
          <Button refused={refused} onClick={() => setImporting(true)}>
            Import CACAO
          </Button>
          <Button variant="primary" keys="n" refused={refused} onClick={create}>
            New playbook
          </Button>
        </>
      }
      bar={<SearchInput label="Search playbooks" value={state.q} inputRef={search} onChange={(q) => set({ q })} />}
    >
      <Tabs
        label="Playbooks and runs"
        fill
        value={state.tab}
        onChange={(tab) => set({ tab }, { push: true })}
        tabs={[
          { value: "playbooks", label: "Playbooks", mark: playbooks.data?.items.length },
          { value: "runs", label: "Runs" },
        ]}
      >
        {state.tab === "playbooks" ? (
          <Outcome query={playbooks} what="playbooks" rows={12}>
            {({ items }) =>
              items.length === 0 ? (
                <Empty title="No playbook matches" />
              ) : (
                <Table
                  label="Playbooks"
                  columns={PLAYBOOKS}
                  rows={items}
                  rowKey={({ id }) => id}
                  cursor={cursor}
                  onCursor={setCursor}
                  onOpen={({ id }) => go(links.playbook(id))}
                />
              )
            }
          </Outcome>
        ) : (
          <Outcome query={runs.query} what="runs" rows={12}>
            {() =>
              runs.rows.length === 0 ? (
                <Empty title="No playbook has run yet">
                  <p>Start one from its page, or from an incident.</p>
                </Empty>
              ) : (
                <Table
                  label="Runs"
                  columns={RUNS}
                  rows={runs.rows}
                  rowKey={({ id }) => id}
                  cursor={cursor}
                  onCursor={setCursor}
                  onOpen={({ id }) => go(links.run(id))}
                  onEnd={runs.more}
                  footer={<ListEnd pages={runs} />}
                />
              )
            }
          </Outcome>
        )}
      </Tabs>
      {importing && <ImportDialog onClose={() => setImporting(false)} onDone={(id) => go(links.playbook(id))} />}
    </Page>
  );
}

const PLAYBOOKS: readonly Column<PlaybookView>[] = [
  { key: "name", title: "Name", width: "minmax(180px, 1fr)", render: ({ name }) => <LogText text={name} /> },
  {
    key: "description",
    title: "What it is for",
    width: "minmax(200px, 2fr)",
    above: 900,
    render: ({ description }) => <span className="faint truncate">{description}</span>,
  },
  { key: "actions", title: "Actions", width: "80px", align: "end", render: ({ actions }) => count(actions.length) },
  {
    key: "version",
    title: "Version",
    width: "140px",
    render: (playbook) => (
      <span className="row">
        {playbook.version === null ? "none" : `v${playbook.version}`}
        {playbook.draft && <Tag tone="accent">draft</Tag>}
        <OffTag playbook={playbook} />
      </span>
    ),
  },
  {
    key: "running",
    title: "Running",
    width: "80px",
    align: "end",
    render: ({ running }) => (running === 0 ? "" : count(running)),
  },
  { key: "runs", title: "Runs", width: "70px", align: "end", render: ({ runs }) => count(runs) },
  {
    key: "last",
    title: "Last run",
    width: "110px",
    above: 700,
    render: ({ lastRunAt }) => (lastRunAt === null ? <span className="faint">never</span> : <Clock at={lastRunAt} />),
  },
];

const RUNS: readonly Column<Run>[] = [
  { key: "state", title: "State", width: "110px", render: (run) => <RunTag run={run} /> },
  {
    key: "name",
    title: "Playbook",
    width: "minmax(160px, 1fr)",
    render: ({ playbookName }) => <LogText text={playbookName} />,
  },
  {
    key: "at",
    title: "Is at",
    width: "minmax(160px, 1fr)",
    render: ({ at, reason }) => <LogText text={at.join(", ") || reason} />,
  },
  { key: "by", title: "Started by", width: "140px", above: 800, render: ({ startedBy }) => startedBy.name },
  { key: "started", title: "Started", width: "110px", render: ({ startedAt }) => <Clock at={startedAt} /> },
];
