/** events-page: search. One query, one range; the histogram narrows the range, facets and fields narrow the query, and a live
 *  tail follows. Whatever is cut or missing is said above the rows. */
import { searchRoutes, type SearchAnswer } from "@holdfast/contracts/search";
import { ListFilter, Pause, Play } from "lucide-react";
import { useCallback, useMemo, useRef, useState } from "react";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { useTitle } from "../app/title.ts";
import { list, oneOf, text, useUrlState } from "../app/url-state.ts";
import { NewBar } from "../ui/bars.tsx";
import { Button } from "../ui/button.tsx";
import { Histogram, HistogramLegend } from "../ui/histogram.tsx";
import { useKeys } from "../ui/keyboard.ts";
import { count } from "../ui/number.ts";
import { Page } from "../ui/page.tsx";
import { Empty, Partial } from "../ui/states.tsx";
import { Table } from "../ui/table.tsx";
import { span, timeOf } from "../ui/time.ts";
import { AnswerView } from "./answer-view.tsx";
import { ColumnMenu } from "./column-menu.tsx";
import { eventColumns } from "./event-columns.tsx";
import { EVENT_TABS, EventDrawer } from "./event-detail.tsx";
import "./events-page.css";
import { FacetsPanel } from "./facets-panel.tsx";
import { useLiveTail } from "./live-tail.ts";
import { QueryBar } from "./query-bar.tsx";
import { addTerm, isMetric, splitPipes } from "./query-text.ts";
import { RangeControl } from "./range-control.tsx";
import { useSearch, type SearchRow } from "./use-search.ts";

const STATE = {
  q: text(),
  from: text("now-24h"),
  to: text("now"),
  cols: list,
  event: text(),
  tab: oneOf(EVENT_TABS, "fields"),
  live: oneOf(["off", "on"], "off"),
  facets: oneOf(["on", "off"], "on"),
};

export function EventsPage() {
  useTitle("Events");
  const [state, set] = useUrlState(STATE);
  const [run, setRun] = useState(0);
  const live = state.live === "on";
  const search = useSearch({ query: state.q, from: state.from, to: state.to, columns: state.cols, run }, !live);
  const [at, setAt] = useState(0);
  const [tail, showTail] = useLiveTail(state.q, live, state.event !== "" || at > 0);
  const input = useRef<HTMLInputElement>(null);
  const first = search.first;
  const runQuery = (q: string): void => {
    setAt(0);
    if (q === state.q) setRun(run + 1);
    set({ q, event: "" }, { push: true });
  };
  const brush = useCallback(
    (from: number, to: number) =>
      set({ from: new Date(from).toISOString(), to: new Date(to).toISOString(), live: "off" }, { push: true }),
    [set],
  );
  const onTerm = (term: { field: string; value: string; exclude?: boolean }): void => runQuery(addTerm(state.q, term));
  useKeys({
    "/": { label: "Write a search", run: () => input.current?.focus() },
    l: { label: "Live tail on and off", run: () => set({ live: live ? "off" : "on" }) },
    r: { label: "Run the search again", run: () => setRun(run + 1) },
    f: { label: "Frequent values on and off", run: () => set({ facets: state.facets === "on" ? "off" : "on" }) },
    Escape: { label: "Close the event", run: () => set({ event: "" }) },
  });
  const columns = live ? tail.columns : (first?.columns ?? []);
  const rows = live ? tail.rows : search.rows;
  const idAt = columns.findIndex((column) => column.name === "id");
  const measured = isMetric(state.q);
  const piped = !live && first !== undefined && first.stats.shape !== "events";
  return (
    <Page
      title="Events"
      bar={
        <>
          <QueryBar
            query={state.q}
            running={search.pages.isFetching && !search.pages.isFetchingNextPage}
            onRun={runQuery}
            onCancel={search.cancel}
            inputRef={input}
          />
          <RangeControl from={state.from} to={state.to} onChange={(from, to) => set({ from, to }, { push: true })} />
          <Button
            icon={live ? <Pause size={14} /> : <Play size={14} />}
            keys="l"
            pressed={live}
            onClick={() => set({ live: live ? "off" : "on", event: "" })}
          >
            Live tail
          </Button>
        </>
      }
      drawer={
        state.event !== "" && (
          <EventDrawer
            id={state.event}
            tab={state.tab}
            onTab={(tab) => set({ tab })}
            onTerm={onTerm}
            onClose={() => set({ event: "" })}
          />
        )
      }
    >
      {!live && !piped && !measured && (
        <EventsChart query={state.q} from={state.from} to={state.to} run={run} onBrush={brush} />
      )}
      <div className="events-status">
        {!measured && (
          <Button
            size="compact"
            variant="ghost"
            icon={<ListFilter size={14} />}
            pressed={state.facets === "on"}
            onClick={() => set({ facets: state.facets === "on" ? "off" : "on" })}
          >
            Values
          </Button>
        )}
        {!piped && !measured && <ColumnMenu chosen={state.cols} onChange={(cols) => set({ cols })} />}
        <span className="grow truncate">
          {live ? tailStatus(tail.rows.length, tail.state) : first !== undefined && status(first)}
        </span>
        {!live && !piped && !measured && <HistogramLegend />}
      </div>
      <div className="events-split">
        {state.facets === "on" && state.event === "" && !live && !measured && (
          <FacetsPanel query={state.q} from={state.from} to={state.to} run={run} onTerm={onTerm} />
        )}
        <div className="events-main">
          {live && (
            <NewBar
              news={tail.waiting.length}
              what={tail.waiting.length === 1 ? "event" : "events"}
              onShow={showTail}
            />
          )}
          {live && tail.dropped > 0 && (
            <Partial>
              {count(tail.dropped)} events were left out: they come faster than a page can show. They are stored and can
              be searched.
            </Partial>
          )}
          {!live && <Notices answer={first} />}
          <Outcome
            query={
              live
                ? { data: true, error: null, refetch: search.pages.refetch }
                : {
                    data: first === undefined ? undefined : true,
                    error: search.pages.error,
                    refetch: search.pages.refetch,
                  }
            }
            what="events"
            rows={16}
          >
            {() =>
              piped && first !== undefined ? (
                <AnswerView answer={first} lines={measured} onBrush={brush} />
              ) : rows.length === 0 ? (
                <NoEvents
                  live={live}
                  query={state.q}
                  onWider={() => set({ from: "now-7d", to: "now" }, { push: true })}
                />
              ) : (
                <EventTable
                  rows={rows}
                  columns={columns}
                  chosen={state.cols}
                  idAt={idAt}
                  cursor={[at, setAt]}
                  open={state.event}
                  onOpen={(event) => set({ event }, { push: true })}
                  onEnd={live ? undefined : search.more}
                  hasMore={search.hasMore && !live}
                />
              )
            }
          </Outcome>
        </div>
      </div>
    </Page>
  );
}

function EventTable(props: {
  rows: readonly SearchRow[];
  columns: SearchAnswer["columns"] | readonly SearchAnswer["columns"][number][];
  chosen: readonly string[];
  idAt: number;
  cursor: readonly [number, (at: number) => void];
  open: string;
  onOpen: (id: string) => void;
  onEnd: (() => void) | undefined;
  hasMore: boolean;
}) {
  const columns = useMemo(() => eventColumns(props.columns, props.chosen), [props.columns, props.chosen]);
  const idOf = (row: SearchRow): string => String(row[props.idAt] ?? "");
  return (
    <Table
      label="Events"
      compact
      columns={columns}
      rows={props.rows}
      rowKey={idOf}
      cursor={props.cursor[0]}
      onCursor={props.cursor[1]}
      onOpen={(row) => props.onOpen(idOf(row))}
      openKey={props.open}
      onEnd={props.onEnd}
      footer={props.hasMore ? "Reading more" : `All ${count(props.rows.length)} are shown`}
    />
  );
}

function EventsChart(props: {
  query: string;
  from: string;
  to: string;
  run: number;
  onBrush: (from: number, to: number) => void;
}) {
  const histogram = useCall(
    searchRoutes.histogram,
    { body: { query: splitPipes(props.query)[0], from: props.from, to: props.to, buckets: 96 } },
    { keep: true, run: props.run },
  );
  const bars = useMemo(
    () =>
      (histogram.data?.buckets ?? []).map((bucket) => ({
        at: timeOf(bucket.time),
        total: bucket.total,
        high: bucket.severities["4"] ?? 0,
        critical: (bucket.severities["5"] ?? 0) + (bucket.severities["6"] ?? 0),
      })),
    [histogram.data],
  );
  if (histogram.data === undefined) return <div className="events-chart" style={{ height: 104 }} />;
  return (
    <div className="events-chart">
      <Histogram
        label={`Events, one bar for ${span(histogram.data.bucketSeconds)}`}
        unit="events"
        bars={bars}
        bucketSeconds={histogram.data.bucketSeconds}
        onBrush={props.onBrush}
      />
    </div>
  );
}

function Notices({ answer }: { answer: SearchAnswer | undefined }) {
  if (answer === undefined || !answer.stats.truncated || answer.stats.shape === "events") return null;
  if (answer.stats.shape === "series")
    return (
      <Partial>
        There are more groups than the {count(answer.columns.length - 1)} largest, which are shown. limit=50 behind the
        metric shows more of them.
      </Partial>
    );
  return (
    <Partial>
      The result was cut at {count(answer.stats.rows)} rows. Narrow the query or the range, or sort and limit it with a
      pipe.
    </Partial>
  );
}

function status(answer: SearchAnswer): string {
  return `in ${count(Math.max(1, Math.round(answer.stats.tookMs)))} ms`;
}

function tailStatus(rows: number, state: string): string {
  if (state === "lost") return "The tail is cut; it is tried again by itself.";
  return rows === 0 ? "Waiting for new events that match" : `${count(rows)} new events since the tail began`;
}

function NoEvents({ live, query, onWider }: { live: boolean; query: string; onWider: () => void }) {
  if (live)
    return (
      <Empty title="Nothing new yet">
        <p>Events that match appear here as soon as they are stored.</p>
      </Empty>
    );
  return (
    <Empty title="No event matches in this range" action={<Button onClick={onWider}>Look at the last 7 days</Button>}>
      <p>
        {query === ""
          ? "Nothing arrived in this time. Sources shows what is silent."
          : "A field name or a value may be spelt otherwise: completion shows what is there."}
      </p>
    </Empty>
  );
}
