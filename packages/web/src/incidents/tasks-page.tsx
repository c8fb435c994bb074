/** tasks-page: what is to be done across all incidents: mine, my team's, overdue, everything; and where people named me. */
import { exerciseRoutes } from "@holdfast/contracts/exercises";
import { incidentRoutes, type Mention, type Task } from "@holdfast/contracts/incidents";
import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useState, type ReactNode } from "react";
import { call } from "../app/client.ts";
import { Link } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { useLive } from "../app/live.ts";
import { Outcome } from "../app/outcome.tsx";
import { useTeam } from "../app/preferences.ts";
import { useCall, usePages } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { useTitle } from "../app/title.ts";
import { oneOf, useUrlState } from "../app/url-state.ts";
import { NewBar } from "../ui/bars.tsx";
import { Button } from "../ui/button.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { useKeys } from "../ui/keyboard.ts";
import { count } from "../ui/number.ts";
import { Page, Panel } from "../ui/page.tsx";
import { Empty } from "../ui/states.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { Tag } from "../ui/tag.tsx";
import { GapTable } from "../exercises/gaps.tsx";
import { TaskTable } from "./task-table.tsx";
import { useAct } from "./work.ts";

const TABS = ["mine", "team", "overdue", "all", "finished", "mentions"] as const;
type Tab = (typeof TABS)[number];
const STATE = { tab: oneOf(TABS, "mine") };

export function TasksPage() {
  useTitle("Tasks");
  const [{ tab }, set] = useUrlState(STATE);
  const [team] = useTeam();
  const client = useQueryClient();
  const unread = useCall(incidentRoutes.listMentions, { query: { limit: 1 } }).data?.unread ?? 0;
  const [news, setNews] = useState(0);
  useLive("incidents.work.changed", () => setNews((before) => before + 1));
  const renew = (): void => {
    setNews(0);
    for (const { path } of [incidentRoutes.listTasks, incidentRoutes.listMentions, exerciseRoutes.listGaps])
      void client.invalidateQueries({ queryKey: [path] });
  };
  useKeys({
    r: { label: "Show what is new", run: renew },
    ...Object.fromEntries(
      TABS.map((name, at) => [String(at + 1), { label: titleOf(name, team), run: () => set({ tab: name }) }]),
    ),
  });
  return (
    <Page title="Tasks">
      <Tabs
        label="Whose tasks"
        fill
        value={tab}
        onChange={(next) => set({ tab: next }, { push: true })}
        tabs={TABS.map((value) => ({
          value,
          label: titleOf(value, team),
          ...(value === "mentions" && unread > 0 && { mark: <Tag tone="accent">{count(unread)} unread</Tag> }),
        }))}
      >
        <NewBar news={news} what={news === 1 ? "change" : "changes"} onShow={renew} />
        {tab === "mentions" ? <Mentions unread={unread} /> : <Tasks key={tab} tab={tab} team={team} />}
      </Tabs>
    </Page>
  );
}

function titleOf(tab: Tab, team: Task["team"]): string {
  const words = { mine: "Mine", overdue: "Overdue", all: "All", finished: "Finished", mentions: "Mentions" };
  return tab === "team" ? (team === "security" ? "Security" : "Operations") : words[tab];
}

function Tasks({ tab, team }: { tab: Exclude<Tab, "mentions">; team: Task["team"] }) {
  const refused = useRefusal()("incidents.work");
  const query = useMemo(() => ({ limit: 100, ...filterOf(tab, team) }), [tab, team]);
  const key = useMemo(() => [incidentRoutes.listTasks.path, query], [query]);
  const client = useQueryClient();
  const found = useCall(exerciseRoutes.listGaps, { query }).data;
  const gaps = found?.items ?? [];
  const pages = usePages(key, (after, signal) =>
    call(incidentRoutes.listTasks, { query: { ...query, ...(after !== undefined && { cursor: after }) } }, signal),
  );
  return (
    <Pane label="Tasks">
      <Outcome query={pages.query} what="the tasks" rows={10}>
        {() =>
          pages.rows.length === 0 ? (
            gaps.length === 0 && (
              <Empty title={EMPTY[tab]}>
                <p>
                  Tasks are made in an incident, by hand or from a template, as actions of its review, and of what an
                  exercise did not meet.
                </p>
              </Empty>
            )
          ) : (
            <Panel
              title="Tasks"
              note={`${count(pages.first?.total ?? pages.rows.length)}, the earliest due first`}
              flush
            >
              <TaskTable tasks={pages.rows} refused={refused} across />
              {pages.hasMore && <More onMore={pages.more} />}
            </Panel>
          )
        }
      </Outcome>
      {gaps.length > 0 && (
        <Panel
          title="Gaps that exercises showed"
          note={`${count(found?.total ?? gaps.length)}, the earliest due first`}
          flush
        >
          <GapTable
            gaps={gaps}
            exerciseOf={({ exercise }) => exercise}
            onDone={() => void client.invalidateQueries({ queryKey: [exerciseRoutes.listGaps.path] })}
          />
        </Panel>
      )}
    </Pane>
  );
}

const EMPTY: Readonly<Record<Exclude<Tab, "mentions">, string>> = {
  mine: "You have no open tasks",
  team: "Your team has no open tasks",
  overdue: "Nothing is overdue",
  all: "There are no open tasks",
  finished: "No task is finished yet",
};

function filterOf(tab: Exclude<Tab, "mentions">, team: Task["team"]) {
  switch (tab) {
    case "mine":
      return { owner: "me", state: "unfinished" as const };
    case "team":
      return { team, state: "unfinished" as const };
    case "overdue":
      return { state: "overdue" as const };
    case "all":
      return { state: "unfinished" as const };
    case "finished":
      return { state: "finished" as const };
  }
}

function Mentions({ unread }: { unread: number }) {
  const act = useAct();
  const key = useMemo(() => [incidentRoutes.listMentions.path, "pages"], []);
  const pages = usePages(key, (after, signal) =>
    call(incidentRoutes.listMentions, { query: { limit: 50, ...(after !== undefined && { cursor: after }) } }, signal),
  );
  const client = useQueryClient();
  const read = (noteIds: readonly number[]): void =>
    act(async () => {
      await call(incidentRoutes.readMentions, { body: { noteIds: [...noteIds] } });
      await client.invalidateQueries({ queryKey: [incidentRoutes.listMentions.path] });
    });
  const waiting = pages.rows.filter(({ readAt }) => readAt === null).map(({ noteId }) => noteId);
  const all = (): void => {
    if (waiting.length > 0) read(waiting);
  };
  useKeys({ e: { label: "Mark the shown mentions as read", run: all } });
  return (
    <Pane label="Mentions">
      <Outcome query={pages.query} what="the mentions" rows={8}>
        {() =>
          pages.rows.length === 0 ? (
            <Empty title="Nobody has named you">
              <p>A note on an incident that has @ and your user name in it stands here.</p>
            </Empty>
          ) : (
            <Panel
              title="Mentions"
              note={unread === 0 ? "all read" : `${count(unread)} unread`}
              tools={
                <Button
                  size="compact"
                  keys="e"
                  refused={waiting.length === 0 ? "All that is shown is read." : ""}
                  onClick={all}
                >
                  Mark as read
                </Button>
              }
              flush
            >
              <ul>
                {pages.rows.map((one) => (
                  <MentionRow key={one.noteId} mention={one} onRead={() => read([one.noteId])} />
                ))}
              </ul>
              {pages.hasMore && <More onMore={pages.more} />}
            </Panel>
          )
        }
      </Outcome>
    </Pane>
  );
}

function MentionRow({ mention, onRead }: { mention: Mention; onRead: () => void }) {
  const { incident, by, at, text, readAt } = mention;
  return (
    <li className="entry">
      <div className="stack tight">
        <div className="row wrap small">
          <span className={readAt === null ? "strong" : undefined}>{by}</span>
          <Link to={links.incident(incident.number)}>INC-{incident.number}</Link>
          <span className="faint truncate">
            <LogText text={incident.title} />
          </span>
          <span className="faint">
            <Clock at={at} suffix="ago" />
          </span>
          {readAt === null && <Tag tone="accent">unread</Tag>}
        </div>
        <p className="prose">
          <LogText text={text} />
        </p>
      </div>
      {readAt === null && (
        <Button size="compact" variant="ghost" onClick={onRead} label={`Read: mention by ${by}`}>
          Read
        </Button>
      )}
    </li>
  );
}

function Pane({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="pane" tabIndex={0} role="region" aria-label={label}>
      {children}
    </div>
  );
}

function More({ onMore }: { onMore: () => void }) {
  return (
    <div className="row">
      <Button variant="ghost" onClick={onMore}>
        Show more
      </Button>
    </div>
  );
}
