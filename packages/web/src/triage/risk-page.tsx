/** risk-page: whose alerts add up to something, what keeps alerts out of the queue, and the settings behind both. */
import { triageSettingsRoutes, type RiskEntity } from "@holdfast/contracts/triage-settings";
import { useMemo, useRef, useState } from "react";
import { call } from "../app/client.ts";
import { EntityText } from "../app/entity.tsx";
import { ListEnd } from "../app/more.tsx";
import { Outcome } from "../app/outcome.tsx";
import { usePages } from "../app/query.ts";
import { useTitle } from "../app/title.ts";
import { oneOf, text, useUrlState } from "../app/url-state.ts";
import { Clock } from "../ui/clock.tsx";
import { useKeys } from "../ui/keyboard.ts";
import { Page } from "../ui/page.tsx";
import { SearchInput } from "../ui/search-input.tsx";
import { Sparkline } from "../ui/sparkline.tsx";
import { Empty } from "../ui/states.tsx";
import { Table, type Column } from "../ui/table.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { Tag } from "../ui/tag.tsx";
import { MaintenanceList } from "./maintenance-list.tsx";
import { RiskDrawer } from "./risk-drawer.tsx";
import { SuppressionList } from "./suppression-list.tsx";
import { TriageSettings } from "./triage-settings.tsx";

const TABS = ["entities", "suppressions", "maintenance", "settings"] as const;
const STATE = { tab: oneOf(TABS, "entities"), q: text(), entity: text() };
const WORDS = { entities: "Entities", suppressions: "Suppressions", maintenance: "Maintenance", settings: "Settings" };

export function RiskPage() {
  useTitle("Risk");
  const [state, set] = useUrlState(STATE);
  const search = useRef<HTMLInputElement>(null);
  useKeys({
    "/": { label: "Search entities", run: () => search.current?.focus() },
    Escape: { label: "Close the drawer", run: () => set({ entity: "" }) },
  });
  return (
    <Page
      title="Risk"
      bar={
        state.tab === "entities" && (
          <SearchInput label="Search entities" value={state.q} inputRef={search} onChange={(q) => set({ q })} />
        )
      }
      drawer={
        state.entity !== "" && <RiskDrawer key={state.entity} id={state.entity} onClose={() => set({ entity: "" })} />
      }
    >
      <Tabs
        label="Parts of risk"
        fill
        tabs={TABS.map((value) => ({ value, label: WORDS[value] }))}
        value={state.tab}
        onChange={(tab) => set({ tab, entity: "" }, { push: true })}
      >
        {state.tab === "entities" && (
          <Entities q={state.q} openKey={state.entity} onOpen={(entity) => set({ entity }, { push: true })} />
        )}
        {state.tab === "suppressions" && <SuppressionList />}
        {state.tab === "maintenance" && <MaintenanceList />}
        {state.tab === "settings" && <TriageSettings />}
      </Tabs>
    </Page>
  );
}

function Entities(props: { q: string; openKey: string; onOpen: (key: string) => void }) {
  const [cursor, setCursor] = useState(0);
  const query = useMemo(() => ({ limit: 100, ...(props.q !== "" && { q: props.q }) }), [props.q]);
  const key = useMemo(() => [triageSettingsRoutes.listRisk.path, query], [query]);
  const pages = usePages(key, (after, signal) =>
    call(triageSettingsRoutes.listRisk, { query: { ...query, ...(after !== undefined && { cursor: after }) } }, signal),
  );
  return (
    <Outcome query={pages.query} what="risk" rows={12}>
      {() =>
        pages.rows.length === 0 ? (
          <Empty title={props.q === "" ? "Nobody's alerts add up to anything" : "No entity matches"}>
            <p>Every alert counts for the host, the account and the address it is about, and decays with time.</p>
          </Empty>
        ) : (
          <Table
            label="Entities by risk"
            columns={COLUMNS}
            rows={pages.rows}
            rowKey={(entity) => entity.key}
            cursor={cursor}
            onCursor={setCursor}
            onOpen={(entity) => props.onOpen(entity.key)}
            openKey={props.openKey}
            onEnd={pages.more}
            footer={<ListEnd pages={pages} />}
          />
        )
      }
    </Outcome>
  );
}

const COLUMNS: readonly Column<RiskEntity>[] = [
  {
    key: "score",
    title: "Risk",
    width: "72px",
    align: "end",
    render: ({ score, threshold }) => (
      <span className={score >= threshold ? "strong" : undefined} data-tip={`The threshold is ${threshold}`}>
        {score.toFixed(1)}
      </span>
    ),
  },
  {
    key: "state",
    title: "",
    width: "70px",
    render: ({ score, threshold }) => (score >= threshold ? <Tag tone="accent">over</Tag> : null),
  },
  { key: "entity", title: "Entity", width: "minmax(180px, 2fr)", render: (entity) => <EntityText entity={entity} /> },
  {
    key: "history",
    title: "Last 48 hours",
    above: 700,
    width: "112px",
    render: ({ history }) => (
      <Sparkline values={history.map((score) => Math.round(score * 10) / 10)} label="Risk" unit="points an hour" />
    ),
  },
  { key: "rules", title: "Rules", width: "52px", align: "end", render: ({ rules }) => rules },
  {
    key: "tactics",
    title: "Tactics",
    above: 900,
    width: "minmax(140px, 1.6fr)",
    render: ({ tactics }) => <span className="faint truncate">{tactics.join(", ")}</span>,
  },
  {
    key: "worth",
    title: "Criticality",
    above: 800,
    width: "104px",
    render: ({ criticality, exposure }) => (
      <span className="faint">
        {criticality === 0 ? "–" : criticality} {exposure}
      </span>
    ),
  },
  { key: "seen", title: "Last seen", width: "72px", align: "end", render: ({ lastSeen }) => <Clock at={lastSeen} /> },
];
