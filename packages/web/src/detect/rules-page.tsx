/** rules-page: what Holdfast looks for: filters, how often each rule matches, which have no source, which files are broken. */
import { detectRoutes } from "@holdfast/contracts/detect";
import { ruleDraftRoutes } from "@holdfast/contracts/rule-drafts";
import { SEVERITIES } from "@holdfast/contracts/model";
import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useMemo, useRef, useState } from "react";
import { call, explain } from "../app/client.ts";
import { links } from "../app/links.ts";
import { useNewCount } from "../app/live.ts";
import { ListEnd } from "../app/more.tsx";
import { Outcome } from "../app/outcome.tsx";
import { useCall, usePages } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { useTitle } from "../app/title.ts";
import { oneOf, text, useUrlState } from "../app/url-state.ts";
import { NewBar } from "../ui/bars.tsx";
import { Button } from "../ui/button.tsx";
import { useKeys } from "../ui/keyboard.ts";
import { count, plural } from "../ui/number.ts";
import { Page } from "../ui/page.tsx";
import { SearchInput } from "../ui/search-input.tsx";
import { Select } from "../ui/select.tsx";
import { SeverityMark, WORDS } from "../ui/severity.tsx";
import { Empty } from "../ui/states.tsx";
import { Table } from "../ui/table.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { Chip } from "../ui/tag.tsx";
import { toast } from "../ui/toast.tsx";
import { ruleColumns } from "./rule-columns.tsx";
import { ExceptionsTab } from "./exceptions.tsx";
import { METRIC_STANDS, MetricRulesTab } from "./metric-rules.tsx";
import { RuleDrafts } from "./rule-drafts.tsx";
import { RuleDrawer } from "./rule-drawer.tsx";
import { RuleProblems } from "./rule-problems.tsx";
import { STATES } from "./rule-state.tsx";

const STATE = {
  tab: oneOf(["rules", "metrics", "exceptions", "unfinished", "problems"], "rules"),
  q: text(),
  level: oneOf(["", ...SEVERITIES], ""),
  product: text(),
  state: oneOf(["", ...STATES], ""),
  fed: oneOf(["", "no"], ""),
  edited: oneOf(["", "yes"], ""),
  sort: oneOf(["title", "level", "matches", "last", "test"], "matches"),
  rule: text(),
  /** Of alerts on metrics: how they stand. */
  now: oneOf(["", ...METRIC_STANDS], ""),
};

export function RulesPage() {
  useTitle("Rules");
  const [state, set] = useUrlState(STATE);
  const search = useRef<HTMLInputElement>(null);
  const [cursor, setCursor] = useState(0);
  const onMetrics = state.tab === "metrics";
  const query = useMemo(
    () => ({
      sort: state.sort,
      limit: 500,
      ...(state.q !== "" && !onMetrics && { q: state.q }),
      ...(state.level !== "" && { level: state.level }),
      ...(state.product !== "" && { product: state.product }),
      ...(state.state !== "" && { state: state.state }),
      ...(state.fed === "no" && { fed: "false" as const }),
      ...(state.edited === "yes" && { edited: "true" as const }),
    }),
    [state.sort, state.q, onMetrics, state.level, state.product, state.state, state.fed, state.edited],
  );
  const key = useMemo(() => [detectRoutes.listRules.path, query], [query]);
  const pages = usePages(key, (at, signal) =>
    call(detectRoutes.listRules, { query: { ...query, ...(at !== undefined && { cursor: at }) } }, signal),
  );
  const [news, clearNews] = useNewCount("detect.rules.loaded", () => 1);
  const { rows } = pages;
  const router = useRouter();
  const refused = useRefusal()("rules.write");
  const [addingMetric, setAddingMetric] = useState(false);
  const create = (): void => (onMetrics ? setAddingMetric(true) : router.history.push(links.rulePage("new")));
  useKeys({
    n: { label: onMetrics ? "Write an alert on a metric" : "Write a new rule", run: () => refused === "" && create() },
    e: {
      label: "Open the rule's page",
      run: () => {
        const id = state.rule === "" ? rows[cursor]?.id : state.rule;
        if (id !== undefined && state.tab === "rules") router.history.push(links.rulePage(id));
      },
    },
    "/": { label: "Search rules", run: () => search.current?.focus() },
    Escape: { label: "Close the rule", run: () => set({ rule: "" }) },
  });
  const problems = pages.first?.problems ?? 0;
  const unfinished = useCall(ruleDraftRoutes.listRuleDrafts, {}).data?.items.length ?? 0;
  const states = pages.first?.states;
  const stateLabel = (value: (typeof STATES)[number]): string =>
    states === undefined ? value : `${value} (${count(states[value] ?? 0)})`;
  return (
    <Page
      title="Rules"
      tools={
        <>
          {!onMetrics && <ReloadButton />}
          <Button variant="primary" keys="n" refused={refused} onClick={create}>
            {onMetrics ? "New alert on a metric" : "New rule"}
          </Button>
        </>
      }
      bar={
        onMetrics ? (
          <>
            <SearchInput
              label="Search alerts on metrics"
              value={state.q}
              inputRef={search}
              onChange={(q) => set({ q })}
            />
            <Select
              label="Now"
              named
              value={state.now}
              options={[
                { value: "", label: "any" },
                { value: "alert", label: "alert" },
                { value: "crossed", label: "crossed" },
                { value: "problem", label: "cannot be evaluated" },
                { value: "well", label: "well" },
              ]}
              onChange={(now) => set({ now })}
            />
          </>
        ) : (
          state.tab === "rules" && (
            <>
              <SearchInput label="Search rules" value={state.q} inputRef={search} onChange={(q) => set({ q })} />
              <Select
                label="Level"
                named
                value={state.level}
                options={[
                  { value: "", label: "any" },
                  ...SEVERITIES.toReversed().map((level) => ({
                    value: level,
                    label: WORDS[level],
                    mark: <SeverityMark severity={level} word={false} />,
                  })),
                ]}
                onChange={(level) => set({ level })}
              />
              <Select
                label="State"
                named
                value={state.state}
                options={[{ value: "", label: "any" }, ...STATES.map((value) => ({ value, label: stateLabel(value) }))]}
                onChange={(chosen) => set({ state: chosen })}
              />
              <Select
                label="Source"
                named
                value={state.fed}
                options={[
                  { value: "", label: "any" },
                  { value: "no", label: "without one" },
                ]}
                onChange={(fed) => set({ fed })}
              />
              <Select
                label="Text"
                named
                value={state.edited}
                options={[
                  { value: "", label: "any" },
                  { value: "yes", label: "written here" },
                ]}
                onChange={(edited) => set({ edited })}
              />
              {state.product !== "" && (
                <Chip name="product" onRemove={() => set({ product: "" })}>
                  {state.product}
                </Chip>
              )}
            </>
          )
        )
      }
      drawer={
        state.rule !== "" && (
          <RuleDrawer
            key={state.rule}
            id={state.rule}
            onProduct={(product) => set({ product })}
            onClose={() => set({ rule: "" })}
          />
        )
      }
    >
      <Tabs
        label="Parts of the rules"
        fill
        value={state.tab}
        onChange={(tab) => set({ tab, rule: "", q: "" }, { push: true })}
        tabs={[
          {
            value: "rules",
            label: "Rules",
            ...(pages.first?.total !== undefined && { mark: count(pages.first.total) }),
          },
          { value: "metrics", label: "Metrics" },
          { value: "exceptions", label: "Exceptions" },
          { value: "unfinished", label: "Unfinished", mark: unfinished === 0 ? undefined : count(unfinished) },
          { value: "problems", label: "Problems", mark: problems === 0 ? undefined : count(problems) },
        ]}
      >
        <NewBar
          news={news}
          what={news === 1 ? "load of rules" : "loads of rules"}
          onShow={() => {
            clearNews();
            void pages.renew();
          }}
        />
        {state.tab === "unfinished" && <RuleDrafts />}
        {state.tab === "problems" && <RuleProblems />}
        {state.tab === "exceptions" && <ExceptionsTab />}
        {onMetrics && (
          <MetricRulesTab q={state.q} now={state.now} adding={addingMetric} onAdded={() => setAddingMetric(false)} />
        )}
        {state.tab === "rules" && (
          <Outcome query={pages.query} what="rules" rows={14}>
            {() =>
              rows.length === 0 ? (
                <Empty title="No rule matches these filters" />
              ) : (
                <Table
                  label="Rules"
                  columns={ruleColumns(state.sort, (sort) => set({ sort }))}
                  rows={rows}
                  rowKey={(rule) => rule.id}
                  cursor={cursor}
                  onCursor={setCursor}
                  onOpen={(rule) => set({ rule: rule.id }, { push: true })}
                  openKey={state.rule}
                  onEnd={pages.more}
                  footer={<ListEnd pages={pages} />}
                />
              )
            }
          </Outcome>
        )}
      </Tabs>
    </Page>
  );
}

function ReloadButton() {
  const refused = useRefusal()("rules.write");
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const reload = async (): Promise<void> => {
    setBusy(true);
    try {
      const answer = await call(detectRoutes.reloadRules, {});
      void client.invalidateQueries({ queryKey: [detectRoutes.listRules.path] });
      void client.invalidateQueries({ queryKey: [detectRoutes.listRuleProblems.path] });
      toast({
        title: `${plural(answer.loaded, "rule")} loaded`,
        body:
          answer.problems === 0 ? undefined : `${plural(answer.problems, "file")} could not be loaded; see Problems.`,
      });
    } catch (error) {
      toast({ title: "The rules were not read again", body: explain(error), tone: "error" });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button refused={refused} busy={busy} onClick={() => void reload()}>
      Read the folders again
    </Button>
  );
}
