/** incidents-page: all incidents, what they hit and whom they wait for. */
import { triageRoutes, type Incident } from "@holdfast/contracts/triage";
import { useMemo, useRef, useState } from "react";
import { call } from "../app/client.ts";
import { useGo } from "../app/link.tsx";
import { links } from "../app/links.ts";
import { useNewCount } from "../app/live.ts";
import { ListEnd } from "../app/more.tsx";
import { Outcome } from "../app/outcome.tsx";
import { useTeam } from "../app/preferences.ts";
import { usePages } from "../app/query.ts";
import { useTitle } from "../app/title.ts";
import { oneOf, text, useUrlState } from "../app/url-state.ts";
import { NewBar } from "../ui/bars.tsx";
import { Clock } from "../ui/clock.tsx";
import { LogText } from "../ui/code.tsx";
import { useKeys } from "../ui/keyboard.ts";
import { count } from "../ui/number.ts";
import { Page } from "../ui/page.tsx";
import { SearchInput } from "../ui/search-input.tsx";
import { Select } from "../ui/select.tsx";
import { SeverityMark } from "../ui/severity.tsx";
import { Empty } from "../ui/states.tsx";
import { Table, type Column } from "../ui/table.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { IncidentStateTag } from "./incident-state.tsx";

const QUEUES = ["open", "waiting", "resolved", "closed", "all"] as const;
const STATE = { queue: oneOf(QUEUES, "open"), q: text(), sort: oneOf(["", "priority", "newest", "oldest"], "") };
const STATES: Readonly<Record<(typeof QUEUES)[number], string>> = {
  open: "open,contained",
  waiting: "open,contained",
  resolved: "resolved",
  closed: "closed",
  all: "",
};

export function IncidentsPage() {
  useTitle("Incidents");
  const [state, set] = useUrlState(STATE);
  const [team] = useTeam();
  const go = useGo();
  const search = useRef<HTMLInputElement>(null);
  const [cursor, setCursor] = useState(0);
  const sort = state.sort === "" ? (team === "operations" ? "newest" : "priority") : state.sort;
  const query = useMemo(
    () => ({
      sort,
      limit: 200,
      ...(STATES[state.queue] !== "" && { state: STATES[state.queue] }),
      ...(state.queue === "waiting" && { team }),
      ...(state.q !== "" && { q: state.q }),
    }),
    [state, sort, team],
  );
  const key = useMemo(() => [triageRoutes.listIncidents.path, query], [query]);
  const pages = usePages(key, (cursorText, signal) =>
    call(
      triageRoutes.listIncidents,
      { query: { ...query, ...(cursorText !== undefined && { cursor: cursorText }) } },
      signal,
    ),
  );
  const [news, clearNews] = useNewCount("triage.incident.opened", () => 1);
  const renew = (): void => {
    clearNews();
    void pages.renew();
  };
  useKeys({
    "/": { label: "Search incidents", run: () => search.current?.focus() },
    r: { label: "Show what is new", run: renew },
  });
  return (
    <Page
      title="Incidents"
      bar={
        <>
          <SearchInput label="Search incidents" value={state.q} inputRef={search} onChange={(q) => set({ q })} />
          <Select
            label="Sort"
            named
            value={sort}
            options={[
              { value: "priority", label: "priority" },
              { value: "newest", label: "newest first" },
              { value: "oldest", label: "oldest first" },
            ]}
            onChange={(next) => set({ sort: next })}
          />
        </>
      }
    >
      <Tabs
        label="Queues"
        fill
        tabs={QUEUES.map((queue) => ({
          value: queue,
          label: queue === "waiting" ? `Of ${team}` : `${queue.charAt(0).toUpperCase()}${queue.slice(1)}`,
          ...(queue === state.queue && pages.first?.total !== undefined && { mark: count(pages.first.total) }),
        }))}
        value={state.queue}
        onChange={(queue) => set({ queue }, { push: true })}
      >
        <NewBar news={news} what={news === 1 ? "incident" : "incidents"} onShow={renew} />
        <Outcome query={pages.query} what="incidents" rows={12}>
          {() =>
            pages.rows.length === 0 ? (
              <Empty title={state.q === "" ? "No incidents here" : "No incident matches"}>
                <p>
                  Alerts that share entities within a short time become an incident by themselves; under Alerts, i opens
                  one by hand.
                </p>
              </Empty>
            ) : (
              <Table
                label="Incidents"
                columns={COLUMNS}
                rows={pages.rows}
                rowKey={(incident) => incident.id}
                cursor={cursor}
                onCursor={setCursor}
                onOpen={(incident) => go(links.incident(incident.number))}
                onEnd={pages.more}
                footer={<ListEnd pages={pages} />}
              />
            )
          }
        </Outcome>
      </Tabs>
    </Page>
  );
}

/** "jo (operations)" where a person is known, else the team. */
function whomText({ whom, person }: NonNullable<Incident["waitingFor"]>): string {
  return person === null ? whom : `${person.name} (${whom})`;
}

const COLUMNS: readonly Column<Incident>[] = [
  {
    key: "number",
    title: "Number",
    width: "68px",
    render: (incident) => <span className="faint">INC-{incident.number}</span>,
  },
  {
    key: "severity",
    title: "Severity",
    width: "84px",
    render: (incident) => <SeverityMark severity={incident.severity} />,
  },
  {
    key: "title",
    title: "Incident",
    width: "minmax(260px, 2fr)",
    render: (incident) => (
      <span className="strong">
        <LogText text={incident.title} />
      </span>
    ),
  },
  {
    key: "service",
    title: "Service",
    width: "minmax(100px, 0.6fr)",
    render: (incident) =>
      incident.services[0] === undefined ? (
        <span className="faint">–</span>
      ) : (
        <LogText text={incident.services.map((service) => service.name).join(", ")} />
      ),
  },
  { key: "state", title: "State", width: "92px", render: (incident) => <IncidentStateTag state={incident.state} /> },
  {
    key: "waiting",
    title: "Waits for",
    width: "minmax(120px, 0.6fr)",
    render: (incident) =>
      incident.waitingFor === null ? (
        <span className="faint">{incident.assignee?.name ?? incident.team ?? "–"}</span>
      ) : (
        <span className="truncate" data-tip={whomText(incident.waitingFor)}>
          {whomText(incident.waitingFor)} <Clock at={incident.waitingFor.since} />
        </span>
      ),
  },
  {
    key: "alerts",
    title: "Alerts",
    width: "56px",
    align: "end",
    above: 980,
    render: (incident) => count(incident.alerts),
  },
  {
    key: "hosts",
    title: "Hosts",
    width: "minmax(110px, 0.6fr)",
    above: 1000,
    render: (incident) => <LogText text={incident.hosts.join(", ")} />,
  },
  {
    key: "seen",
    title: "Last seen",
    width: "64px",
    align: "end",
    render: (incident) => <Clock at={incident.lastSeen} />,
  },
];
