/** changes-page: what is planned and under way on the estate: the week ahead, the list by state, and one change beside it. */
import { type Change, changeRoutes, type ChangeState } from "@holdfast/contracts/changes";
import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useRef, useState } from "react";
import { call } from "../app/client.ts";
import { useLive } from "../app/live.ts";
import { ListEnd } from "../app/more.tsx";
import { Outcome } from "../app/outcome.tsx";
import { usePages } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { ChangeStateTag } from "../app/standing-tag.tsx";
import { useTitle } from "../app/title.ts";
import { oneOf, text, useUrlState } from "../app/url-state.ts";
import { NewBar } from "../ui/bars.tsx";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { useKeys } from "../ui/keyboard.ts";
import { Page } from "../ui/page.tsx";
import { SearchInput } from "../ui/search-input.tsx";
import { Empty } from "../ui/states.tsx";
import { type Column, Table } from "../ui/table.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { ChangeDrawer } from "./change-drawer.tsx";
import { ChangeForm } from "./change-form.tsx";
import "./changes.css";
import { WeekStrip } from "./week-strip.tsx";

const TABS = ["open", "running", "planned", "done", "cancelled"] as const;
type Tab = (typeof TABS)[number];
const WORDS: Readonly<Record<Tab, string>> = {
  open: "Open",
  running: "Running",
  planned: "Planned",
  done: "Done",
  cancelled: "Cancelled",
};
const STATE = { tab: oneOf(TABS, "open"), q: text(), change: text() };

export function ChangesPage() {
  useTitle("Changes");
  const [state, set] = useUrlState(STATE);
  const [making, setMaking] = useState(false);
  const [news, setNews] = useState(0);
  const refused = useRefusal()("changes.write");
  const search = useRef<HTMLInputElement>(null);
  const client = useQueryClient();
  useLive("changes.changed", () => setNews((before) => before + 1));
  const renew = (): void => {
    setNews(0);
    void client.invalidateQueries({ predicate: ({ queryKey }) => String(queryKey[0]).startsWith("/api/changes") });
  };
  const close = (): void => set({ change: "" });
  useKeys({
    "/": { label: "Search changes", run: () => search.current?.focus() },
    n: { label: "Plan a change", run: () => refused === "" && setMaking(true) },
    r: { label: "Show what is new", run: renew },
    Escape: { label: "Close the drawer", run: close },
    ...Object.fromEntries(
      TABS.map((tab, at) => [String(at + 1), { label: WORDS[tab], run: () => set({ tab, change: "" }) }]),
    ),
  });
  const open = (change: string): void => set({ change }, { push: true });
  return (
    <Page
      title="Changes"
      tools={
        <Button variant="primary" keys="n" refused={refused} onClick={() => setMaking(true)}>
          Plan a change
        </Button>
      }
      bar={<SearchInput label="Search by title or id" value={state.q} inputRef={search} onChange={(q) => set({ q })} />}
      drawer={state.change !== "" && <ChangeDrawer key={state.change} id={state.change} onClose={close} />}
    >
      <WeekStrip open={state.change} onOpen={open} />
      <Tabs
        label="Changes by state"
        fill
        value={state.tab}
        onChange={(tab) => set({ tab, change: "" }, { push: true })}
        tabs={TABS.map((value) => ({ value, label: WORDS[value] }))}
      >
        <NewBar news={news} what={news === 1 ? "step of a change" : "steps of changes"} onShow={renew} />
        <ChangeList key={`${state.tab} ${state.q}`} tab={state.tab} q={state.q} open={state.change} onOpen={open} />
      </Tabs>
      {making && (
        <ChangeForm
          change={null}
          onClose={() => setMaking(false)}
          onSaved={({ id }) => {
            setMaking(false);
            renew();
            open(id);
          }}
        />
      )}
    </Page>
  );
}

function ChangeList({ tab, q, open, onOpen }: { tab: Tab; q: string; open: string; onOpen: (id: string) => void }) {
  const [cursor, setCursor] = useState(0);
  const query = useMemo(() => ({ state: STATES[tab].join(","), limit: 100, ...(q !== "" && { q }) }), [tab, q]);
  const key = useMemo(() => [changeRoutes.listChanges.path, query], [query]);
  const pages = usePages(key, (after, signal) =>
    call(changeRoutes.listChanges, { query: { ...query, ...(after !== undefined && { cursor: after }) } }, signal),
  );
  return (
    <Outcome query={pages.query} what="changes" rows={10}>
      {() =>
        pages.rows.length === 0 ? (
          <Empty title={q === "" ? EMPTY[tab] : "No change matches"}>
            {q === "" && (
              <p>
                Plan one here, load a file with <code>holdfast changes import</code>, or let your pipeline and ticket
                system feed them.
              </p>
            )}
          </Empty>
        ) : (
          <Table
            label="Changes"
            columns={COLUMNS}
            rows={pages.rows}
            rowKey={({ id }) => id}
            cursor={cursor}
            onCursor={setCursor}
            onOpen={({ id }) => onOpen(id)}
            openKey={open}
            onEnd={pages.more}
            footer={<ListEnd pages={pages} />}
          />
        )
      }
    </Outcome>
  );
}

const STATES: Readonly<Record<Tab, readonly ChangeState[]>> = {
  open: ["planned", "running"],
  running: ["running"],
  planned: ["planned"],
  done: ["done"],
  cancelled: ["cancelled"],
};

const EMPTY: Readonly<Record<Tab, string>> = {
  open: "No change is planned or under way",
  running: "No change is under way",
  planned: "No change is planned",
  done: "No change is done yet",
  cancelled: "No change was cancelled",
};

const COLUMNS: readonly Column<Change>[] = [
  { key: "state", title: "State", width: "96px", render: (change) => <ChangeStateTag change={change} /> },
  {
    key: "title",
    title: "Change",
    width: "minmax(180px, 2fr)",
    render: ({ title }) => (
      <span className="strong">
        <LogText text={title} />
      </span>
    ),
  },
  { key: "kind", title: "Kind", width: "90px", above: 1_080, render: ({ kind }) => kind },
  {
    key: "targets",
    title: "On",
    width: "minmax(120px, 1.4fr)",
    render: ({ targets }) => <LogText text={targets.map(({ name, value }) => name ?? value).join(", ")} />,
  },
  {
    key: "owner",
    title: "Owner",
    width: "minmax(100px, 0.8fr)",
    above: 820,
    render: ({ owner }) => (owner === null ? <span className="faint">nobody</span> : <LogText text={owner.name} />),
  },
  {
    key: "start",
    title: "Begins",
    width: "160px",
    render: ({ actualStart, plannedStart }) => <Clock at={actualStart ?? plannedStart} form="absolute" />,
  },
  {
    key: "end",
    title: "Ends",
    width: "160px",
    above: 700,
    render: ({ actualEnd, plannedEnd }) =>
      actualEnd === null && plannedEnd === null ? (
        <span className="faint">open</span>
      ) : (
        <Clock at={actualEnd ?? plannedEnd} form="absolute" />
      ),
  },
];
