/** rule-page: one rule, or a new one: what it finds and whether its data comes, its text to work on, its exceptions and its
 *  history. */
import { detectRoutes, type RuleDetail } from "@holdfast/contracts/detect";
import { editingRoutes } from "@holdfast/contracts/editing";
import { ruleDraftRoutes } from "@holdfast/contracts/rule-drafts";
import { useQueryClient } from "@tanstack/react-query";
import { useParams, useRouter } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { links } from "../app/links.ts";
import { useLive } from "../app/live.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { useTitle } from "../app/title.ts";
import { oneOf, text, useUrlState } from "../app/url-state.ts";
import { LogText } from "../ui/code.tsx";
import { useKeys } from "../ui/keyboard.ts";
import { Page } from "../ui/page.tsx";
import { SeverityMark } from "../ui/severity.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { EditTab, type OpenDraft } from "./edit-tab.tsx";
import { DraftsOfRule } from "./rule-drafts.tsx";
import { RuleOverview } from "./rule-overview.tsx";
import { RuleHistory } from "./rule-history.tsx";
import { StateButton } from "./rule-state.tsx";
import "./rule-page.css";

const STATE = { tab: oneOf(["overview", "edit", "history"], "overview"), draft: text() };

export function RulePage() {
  const { id = "" } = useParams({ strict: false });
  const rule = useCall(detectRoutes.getRule, { params: { id } }, { enabled: id !== "new" });
  const client = useQueryClient();
  // Whoever works on the text learns at once that somebody else has saved it.
  useLive("detect.rules.loaded", () => {
    for (const { path } of [detectRoutes.getRule, editingRoutes.listRuleVersions])
      void client.invalidateQueries({ queryKey: [path] });
  });
  useTitle(id === "new" ? "New rule" : (rule.data?.title.slice(0, 80) ?? "Rule"));
  if (id === "new") return <NewRule />;
  return rule.data === undefined ? (
    <Page title="Rule">
      <Outcome query={rule} what="this rule" rows={14}>
        {() => null}
      </Outcome>
    </Page>
  ) : (
    <RuleView rule={rule.data} />
  );
}

function RuleView({ rule }: { rule: RuleDetail }) {
  const [state, set] = useUrlState(STATE);
  useKeys({
    "1": { label: "Overview", run: () => set({ tab: "overview" }) },
    "2": { label: "Text", run: () => set({ tab: "edit" }) },
    "3": { label: "History", run: () => set({ tab: "history" }) },
    e: { label: "Edit the text", run: () => set({ tab: "edit" }, { push: true }) },
  });
  return (
    <Page
      title="Rule"
      note={
        <span className="row rule-title">
          <SeverityMark severity={rule.level} />
          <h2 className="truncate">
            <LogText text={rule.title} />
          </h2>
        </span>
      }
      tools={<StateButton rule={rule} />}
    >
      <Tabs
        label="Parts of the rule"
        fill
        tabs={[
          { value: "overview", label: "Overview" },
          { value: "edit", label: "Text" },
          { value: "history", label: "History", mark: rule.version === 0 ? undefined : rule.version },
        ]}
        value={state.tab}
        onChange={(tab) => set({ tab }, { push: true })}
      >
        {state.tab === "overview" && <RuleOverview rule={rule} />}
        {state.tab === "edit" && (
          <WithDraft id={state.draft}>
            {(draft) => (
              <>
                {draft === undefined && <DraftsOfRule ruleId={rule.id} />}
                <EditTab key={rule.id + state.draft} rule={rule} draft={draft} onDraftUsed={() => set({ draft: "" })} />
              </>
            )}
          </WithDraft>
        )}
        {state.tab === "history" && <RuleHistory rule={rule} />}
      </Tabs>
    </Page>
  );
}

/** The draft that the link names; none is named: none. */
function WithDraft({ id, children }: { id: string; children: (draft: OpenDraft | undefined) => ReactNode }) {
  const draft = useCall(ruleDraftRoutes.getRuleDraft, { params: { id } }, { enabled: id !== "" });
  if (id === "") return children(undefined);
  return (
    <Outcome query={draft} what="the draft" rows={14}>
      {(found) => children(found)}
    </Outcome>
  );
}

function NewRule() {
  const router = useRouter();
  const [state] = useUrlState(STATE);
  return (
    <Page title="New rule">
      <WithDraft id={state.draft}>
        {(draft) => (
          <EditTab
            key={state.draft}
            draft={draft}
            onCreated={(made) => router.history.replace(`${links.rulePage(made.id)}?tab=edit`)}
            createRoute={editingRoutes.createRule}
          />
        )}
      </WithDraft>
    </Page>
  );
}
