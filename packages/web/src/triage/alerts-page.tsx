/** alerts-page: the queue. Everything works by keyboard, on the row under the cursor or on the selected rows; new alerts wait
 *  behind a bar, and the opened one stays where it is. */
import { accessRoutes } from "@holdfast/contracts/access";
import { triageRoutes, type Alert } from "@holdfast/contracts/triage";
import { useCallback, useMemo, useRef, useState } from "react";
import { call } from "../app/client.ts";
import { useNewCount } from "../app/live.ts";
import { ListEnd } from "../app/more.tsx";
import { Outcome } from "../app/outcome.tsx";
import { useTeam } from "../app/preferences.ts";
import { useCall, usePages } from "../app/query.ts";
import { useRefusal, useSession } from "../app/session.tsx";
import { useTitle } from "../app/title.ts";
import { useUrlState } from "../app/url-state.ts";
import { NewBar } from "../ui/bars.tsx";
import { useKeys } from "../ui/keyboard.ts";
import { count } from "../ui/number.ts";
import { Page } from "../ui/page.tsx";
import { useSelection } from "../ui/selection.ts";
import { Empty } from "../ui/states.tsx";
import { Table } from "../ui/table.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { useAlertActions } from "./alert-actions.ts";
import { ALERT_COLUMNS } from "./alert-columns.tsx";
import { AlertDialog, type AlertDialogKind } from "./alert-dialogs.tsx";
import { AlertDrawer } from "./alert-drawer.tsx";
import { ALERT_STATE, AlertFilters, QUEUES, alertQuery } from "./alert-filters.tsx";
import { AlertGroups } from "./alert-groups.tsx";
import { AlertSelectionBar } from "./alert-selection-bar.tsx";
import { useAlertsInPlace } from "./alerts-in-place.ts";

export function AlertsPage() {
  useTitle("Alerts");
  const [state, set] = useUrlState(ALERT_STATE);
  const [team] = useTeam();
  const { user } = useSession();
  const refusal = useRefusal();
  const sort = state.sort === "" ? (team === "operations" ? "newest" : "priority") : state.sort;
  const by = state.by === "" ? "none" : state.by;
  const query = useMemo(() => alertQuery(state, { team, userId: user.id }), [state, team, user.id]);
  const key = useMemo(() => [triageRoutes.listAlerts.path, query, sort], [query, sort]);
  const pages = usePages(
    key,
    (cursor, signal) =>
      call(
        triageRoutes.listAlerts,
        { query: { ...query, sort, limit: 200, ...(cursor !== undefined && { cursor }) } },
        signal,
      ),
    { enabled: by === "none" },
  );
  const people = useCall(accessRoutes.listPeople, {}).data?.items ?? [];
  const act = useAlertActions(pages.patch, people);
  const [news, clearNews] = useNewCount("triage.alert.raised", (payload) => payload.count);
  useAlertsInPlace(pages.rows, pages.patch);

  const [cursor, setCursor] = useCursor(pages.rows, state.alert);
  const order = useMemo(() => pages.rows.map((alert) => alert.id), [pages.rows]);
  const selection = useSelection(
    order,
    state.sel,
    useCallback((sel: readonly string[]) => set({ sel }), [set]),
  );
  const [dialog, setDialog] = useState<AlertDialogKind | null>(null);
  const search = useRef<HTMLInputElement>(null);
  const target =
    by !== "none"
      ? []
      : selection.keys.length > 0
        ? selection.keys
        : pages.rows[cursor] !== undefined
          ? [pages.rows[cursor].id]
          : [];
  const blocked = refusal("alerts.work");
  const ask = (kind: AlertDialogKind): void => {
    if (blocked === "" && target.length > 0) setDialog(kind);
  };
  const acknowledge = (): void => {
    if (blocked === "") void act(target, { kind: "acknowledge" }).then(selection.clear);
  };
  useKeys({
    "/": { label: "Search alerts", run: () => search.current?.focus() },
    e: { label: "Acknowledge", run: acknowledge },
    a: { label: "Assign", run: () => ask("assign") },
    s: { label: "Close with a verdict", run: () => ask("close") },
    v: { label: "Change severity", run: () => ask("severity") },
    i: { label: "Put into an incident", run: () => ask("incident") },
    r: { label: "Show what is new", run: () => renew() },
    Escape: {
      label: "Close the drawer, then clear the selection",
      run: () => (state.alert !== "" ? set({ alert: "" }) : selection.clear()),
    },
  });
  const renew = (): void => {
    clearNews();
    void pages.renew();
  };
  const open = useCallback((alert: Alert) => set({ alert: alert.id }, { push: true }), [set]);
  const total = pages.first?.total;
  const tabs = QUEUES.map((queue) => ({
    value: queue,
    label: QUEUE_WORDS[queue](team),
    ...(queue === state.queue && total !== undefined && by === "none" && { mark: count(total) }),
  }));
  return (
    <Page
      title="Alerts"
      drawer={
        state.alert !== "" && (
          <AlertDrawer
            key={state.alert}
            id={state.alert}
            onAct={(action) => void act([state.alert], action)}
            onDialog={(kind) => {
              selection.clear();
              setCursor(order.indexOf(state.alert));
              setDialog(kind);
            }}
            onClose={() => set({ alert: "" })}
          />
        )
      }
      bar={<AlertFilters state={state} sort={sort} by={by} searchRef={search} onChange={set} />}
    >
      <Tabs
        label="Queues"
        fill
        tabs={tabs}
        value={state.queue}
        onChange={(queue) => set({ queue, alert: "", sel: [] }, { push: true })}
      >
        <NewBar news={news} what={news === 1 ? "alert" : "alerts"} onShow={renew} />
        {by !== "none" ? (
          <AlertGroups by={by} query={query} onOpen={(patch) => set({ by: "", ...patch }, { push: true })} />
        ) : (
          <Outcome query={pages.query} what="alerts" rows={14}>
            {() =>
              pages.rows.length === 0 ? (
                <NoAlerts
                  filtered={
                    state.q !== "" ||
                    state.severity.length > 0 ||
                    state.rule !== "" ||
                    state.service !== "" ||
                    state.entity !== ""
                  }
                  queue={state.queue}
                />
              ) : (
                <Table
                  label="Alerts"
                  columns={ALERT_COLUMNS}
                  rows={pages.rows}
                  rowKey={(alert) => alert.id}
                  rowName={(alert) => alert.title}
                  cursor={cursor}
                  onCursor={setCursor}
                  onOpen={open}
                  openKey={state.alert}
                  selection={selection}
                  onEnd={pages.more}
                  footer={<ListEnd pages={pages} />}
                />
              )
            }
          </Outcome>
        )}
        {selection.keys.length > 0 && (
          <AlertSelectionBar
            selected={selection.keys.length}
            loaded={order.length}
            blocked={blocked}
            onAll={selection.all}
            onAcknowledge={acknowledge}
            onDialog={ask}
            onClear={selection.clear}
          />
        )}
      </Tabs>
      {dialog !== null && (
        <AlertDialog
          kind={dialog}
          ids={target.length > 0 ? target : [state.alert]}
          title={pages.rows.find((alert) => alert.id === target[0])?.title ?? ""}
          people={people}
          onAct={(action) => void act(target.length > 0 ? target : [state.alert], action).then(selection.clear)}
          onIncident={(incidentId) => {
            const touched = new Set(target);
            pages.patch((alert) => (touched.has(alert.id) ? { ...alert, incidentId } : alert));
            selection.clear();
          }}
          onClose={() => setDialog(null)}
        />
      )}
    </Page>
  );
}

const QUEUE_WORDS: Readonly<Record<(typeof QUEUES)[number], (team: string) => string>> = {
  open: () => "Open",
  waiting: (team) => `Waiting for ${team}`,
  mine: () => "Mine",
  new: () => "New",
  acknowledged: () => "Acknowledged",
  closed: () => "Closed",
  all: () => "All",
};

function NoAlerts({ filtered, queue }: { filtered: boolean; queue: string }) {
  if (filtered)
    return (
      <Empty title="No alert matches these filters">
        <p>Take a filter away, or look under All.</p>
      </Empty>
    );
  if (queue === "open" || queue === "new")
    return (
      <Empty title="Nothing is open">
        <p>
          Rules raise alerts as events arrive. If you expected some, look under Rules for those without a source, and
          under Sources for silence.
        </p>
      </Empty>
    );
  return <Empty title="No alerts here" />;
}

/** The cursor stays on its alert when rows come in above it. */
function useCursor(rows: readonly Alert[], openId: string): readonly [number, (index: number) => void] {
  const [at, setAt] = useState<string | null>(openId === "" ? null : openId);
  const index = useMemo(
    () =>
      at === null
        ? 0
        : Math.max(
            rows.findIndex((alert) => alert.id === at),
            0,
          ),
    [rows, at],
  );
  return [index, (next) => setAt(rows[next]?.id ?? null)];
}
