/** incident-page: one incident that explains itself: what happened in lanes, the evidence of the chosen moment, who and what is
 *  in it, and whom it waits for. */
import { triageRoutes, type IncidentDetail } from "@holdfast/contracts/triage";
import { useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useLive } from "../app/live.ts";
import { Outcome } from "../app/outcome.tsx";
import { useCall } from "../app/query.ts";
import { useRefusal } from "../app/session.tsx";
import { useTitle } from "../app/title.ts";
import { oneOf, text, useUrlState } from "../app/url-state.ts";
import { EvidenceTab } from "../incidents/evidence-tab.tsx";
import { ReviewTab } from "../incidents/review-tab.tsx";
import { TasksTab } from "../incidents/tasks-tab.tsx";
import { WorkHead } from "../incidents/work-head.tsx";
import { NewBar } from "../ui/bars.tsx";
import { LogText } from "../ui/code.tsx";
import { useKeys } from "../ui/keyboard.ts";
import { Page } from "../ui/page.tsx";
import { SeverityMark } from "../ui/severity.tsx";
import { Skeleton } from "../ui/states.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { Tag } from "../ui/tag.tsx";
import { IncidentActions } from "./incident-actions.tsx";
import { IncidentDialog, type IncidentDialogKind } from "./incident-dialogs.tsx";
import { IncidentEntities } from "./incident-entities.tsx";
import { IncidentFacts } from "./incident-facts.tsx";
import { IncidentMembers } from "./incident-members.tsx";
import "./incident-page.css";
import { IncidentStory } from "./incident-story.tsx";
import { IncidentStateTag } from "./incident-state.tsx";

const EntitiesTab = lazy(async () => ({ default: (await import("../incidents/entities-tab.tsx")).EntitiesTab }));
const EffectsTab = lazy(async () => ({ default: (await import("../respond/effects-tab.tsx")).EffectsTab }));
const IncidentClocks = lazy(async () => ({ default: (await import("../oncall/incident-clocks.tsx")).IncidentClocks }));
const TicketsTab = lazy(async () => ({ default: (await import("../tickets/tickets-tab.tsx")).TicketsTab }));
const SuggestionBar = lazy(async () => ({ default: (await import("../playbooks/suggestion.tsx")).SuggestionBar }));
const RunsTab = lazy(async () => ({ default: (await import("../playbooks/runs-tab.tsx")).RunsTab }));
const STATE = {
  tab: oneOf(["story", "members", "entities", "actions", "evidence", "tasks", "review", "tickets", "runs"], "story"),
  view: oneOf(["graph", "list"], "graph"),
  moment: text(),
};

export function IncidentPage() {
  const { id = "" } = useParams({ strict: false });
  const detail = useCall(triageRoutes.getIncident, { params: { id } });
  const incident = detail.data;
  const client = useQueryClient();
  const [news, setNews] = useState(0);
  useTitle(incident === undefined ? `Incident ${id}` : `INC-${incident.number} ${incident.title.slice(0, 80)}`);
  useLive("triage.incident.changed", (payload) => {
    if (payload.id === incident?.id) setNews((before) => before + 1);
  });
  useLive("incidents.work.changed", (payload) => {
    if (payload.incidentId === incident?.id) setNews((before) => before + 1);
  });
  const renew = async (): Promise<void> => {
    setNews(0);
    await client.invalidateQueries({ queryKey: [triageRoutes.getIncident.path] });
    void client.invalidateQueries({ queryKey: [triageRoutes.listIncidents.path] });
  };
  return incident === undefined ? (
    <Page title="Incident">
      <Outcome query={detail} what="this incident" rows={14}>
        {() => null}
      </Outcome>
    </Page>
  ) : (
    <IncidentView incident={incident} news={news} onRenew={() => void renew()} />
  );
}

function IncidentView({ incident, news, onRenew }: { incident: IncidentDetail; news: number; onRenew: () => void }) {
  const [state, set] = useUrlState(STATE);
  const [dialog, setDialog] = useState<IncidentDialogKind | null>(null);
  const blocked = useRefusal()("incidents.work");
  const ask = (kind: IncidentDialogKind): void => {
    if (blocked === "") setDialog(kind);
  };
  useKeys({
    a: { label: "Assign", run: () => ask("assign") },
    s: { label: "Change the state", run: () => ask("state") },
    v: { label: "Change severity", run: () => ask("severity") },
    m: { label: "Merge another incident into this one", run: () => ask("merge") },
    "shift+x": { label: "Split alerts off", run: () => ask("split") },
    "shift+l": { label: "Link to another incident", run: () => ask("link") },
    "shift+d": { label: "Record a decision", run: () => ask("decision") },
    "1": { label: "Story", run: () => set({ tab: "story" }) },
    "2": { label: "Members", run: () => set({ tab: "members" }) },
    "3": { label: "Entities", run: () => set({ tab: "entities" }) },
    "4": { label: "Actions", run: () => set({ tab: "actions" }) },
    "5": { label: "Evidence", run: () => set({ tab: "evidence" }) },
    "6": { label: "Tasks", run: () => set({ tab: "tasks" }) },
    "7": { label: "Review", run: () => set({ tab: "review" }) },
    "8": { label: "Tickets", run: () => set({ tab: "tickets" }) },
    p: { label: "Run a playbook", run: () => set({ tab: "runs" }) },
    r: { label: "Show what is new", run: onRenew },
  });
  return (
    <Page
      title={`INC-${incident.number}`}
      note={
        <span className="row incident-title">
          <span data-tip={incident.severityReason}>
            <SeverityMark severity={incident.severity} />
          </span>
          <IncidentStateTag state={incident.state} />
          {incident.exerciseId !== null && <Tag tone="exercise">Exercise</Tag>}
          <h2 className="truncate">
            <LogText text={incident.title} />
          </h2>
        </span>
      }
      tools={<IncidentActions incident={incident} blocked={blocked} onAsk={ask} onDone={onRenew} />}
      bar={
        <>
          <IncidentFacts incident={incident} />
          <WorkHead incidentId={incident.id} />
          <Suspense>
            <SuggestionBar incidentId={incident.id} onAll={() => set({ tab: "runs" }, { push: true })} />
            <IncidentClocks
              incidentId={incident.id}
              open={incident.state === "open" || incident.state === "contained"}
            />
          </Suspense>
        </>
      }
    >
      <Tabs
        label="Parts of the incident"
        fill
        tabs={[
          { value: "story", label: "Story", mark: incident.timeline.length },
          { value: "members", label: "Members", mark: incident.members.length },
          { value: "entities", label: "Entities", mark: incident.entities.length },
          { value: "actions", label: "Actions" },
          { value: "runs", label: "Runs" },
          { value: "evidence", label: "Evidence" },
          { value: "tasks", label: "Tasks" },
          { value: "review", label: "Review" },
          { value: "tickets", label: "Tickets" },
        ]}
        value={state.tab}
        onChange={(tab) => set({ tab }, { push: true })}
      >
        <NewBar news={news} what={news === 1 ? "change" : "changes"} onShow={onRenew} />
        {state.tab === "story" && (
          <IncidentStory
            incident={incident}
            moment={state.moment}
            onMoment={(moment) => set({ moment })}
            onDone={onRenew}
          />
        )}
        {state.tab === "members" && <IncidentMembers incident={incident} blocked={blocked} onDone={onRenew} />}
        {state.tab === "actions" && (
          <Suspense fallback={<Skeleton rows={6} />}>
            <EffectsTab incidentId={incident.id} />
          </Suspense>
        )}
        {state.tab === "runs" && (
          <Suspense fallback={<Skeleton rows={6} />}>
            <RunsTab incidentId={incident.id} />
          </Suspense>
        )}
        {state.tab === "entities" && (
          <Suspense fallback={<Skeleton rows={8} />}>
            <EntitiesTab
              incidentId={incident.id}
              exerciseId={incident.exerciseId}
              view={state.view}
              onView={(view) => set({ view })}
              list={<IncidentEntities incident={incident} />}
            />
          </Suspense>
        )}
        {state.tab === "evidence" && (
          <EvidenceTab
            incidentId={incident.id}
            exerciseId={incident.exerciseId}
            from={incident.firstSeen}
            to={incident.lastSeen}
          />
        )}
        {state.tab === "tasks" && <TasksTab incidentId={incident.id} />}
        {state.tab === "review" && <ReviewTab incidentId={incident.id} />}
        {state.tab === "tickets" && (
          <Suspense fallback={<Skeleton rows={6} />}>
            <TicketsTab incidentId={incident.id} />
          </Suspense>
        )}
      </Tabs>
      {dialog !== null && (
        <IncidentDialog kind={dialog} incident={incident} onDone={onRenew} onClose={() => setDialog(null)} />
      )}
    </Page>
  );
}
