/** router: which page an address opens. Each page is a bundle of its own, loaded when it is opened. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { Empty, Skeleton } from "../ui/states.tsx";
import { Page } from "../ui/page.tsx";
import { ErrorView } from "./outcome.tsx";
import { Shell } from "./shell.tsx";
import { Link } from "./link.tsx";

const root = createRootRoute({ component: Shell });

const page = (path: string, component: ReturnType<typeof lazyRouteComponent>) =>
  createRoute({ getParentRoute: () => root, path, component });

const tree = root.addChildren([
  page(
    "/",
    lazyRouteComponent(() => import("../measure/floor-page.tsx"), "FloorPage"),
  ),
  page(
    "/events",
    lazyRouteComponent(() => import("../search/events-page.tsx"), "EventsPage"),
  ),
  page(
    "/events/$id",
    lazyRouteComponent(() => import("../search/event-page.tsx"), "EventPage"),
  ),
  page(
    "/alerts",
    lazyRouteComponent(() => import("../triage/alerts-page.tsx"), "AlertsPage"),
  ),
  page(
    "/incidents",
    lazyRouteComponent(() => import("../triage/incidents-page.tsx"), "IncidentsPage"),
  ),
  page(
    "/incidents/$id",
    lazyRouteComponent(() => import("../triage/incident-page.tsx"), "IncidentPage"),
  ),
  page(
    "/risk",
    lazyRouteComponent(() => import("../triage/risk-page.tsx"), "RiskPage"),
  ),
  page(
    "/approvals",
    lazyRouteComponent(() => import("../respond/approvals-page.tsx"), "ApprovalsPage"),
  ),
  page(
    "/tasks",
    lazyRouteComponent(() => import("../incidents/tasks-page.tsx"), "TasksPage"),
  ),
  page(
    "/changes",
    lazyRouteComponent(() => import("../changes/changes-page.tsx"), "ChangesPage"),
  ),
  page(
    "/playbooks",
    lazyRouteComponent(() => import("../playbooks/playbooks-page.tsx"), "PlaybooksPage"),
  ),
  page(
    "/playbooks/runs/$id",
    lazyRouteComponent(() => import("../playbooks/run-page.tsx"), "RunPage"),
  ),
  page(
    "/playbooks/$id",
    lazyRouteComponent(() => import("../playbooks/playbook-page.tsx"), "PlaybookPage"),
  ),
  page(
    "/exercises",
    lazyRouteComponent(() => import("../exercises/exercises-page.tsx"), "ExercisesPage"),
  ),
  page(
    "/exercises/runs/$id",
    lazyRouteComponent(() => import("../exercises/run-page.tsx"), "ExerciseRunPage"),
  ),
  page(
    "/estate",
    lazyRouteComponent(() => import("../estate/estate-page.tsx"), "EstatePage"),
  ),
  page(
    "/rules",
    lazyRouteComponent(() => import("../detect/rules-page.tsx"), "RulesPage"),
  ),
  page(
    "/rules/$id",
    lazyRouteComponent(() => import("../detect/rule-page.tsx"), "RulePage"),
  ),
  page(
    "/sources",
    lazyRouteComponent(() => import("../ingest/sources-page.tsx"), "SourcesPage"),
  ),
  page(
    "/settings",
    lazyRouteComponent(() => import("../access/settings-page.tsx"), "SettingsPage"),
  ),
]);

export const createAppRouter = () =>
  createRouter({
    routeTree: tree,
    // The address is read and written as plain text: pages give it meaning (url-state).
    parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
    stringifySearch: (search) => {
      const query = new URLSearchParams(
        Object.entries(search).map(([name, value]) => [name, String(value)]),
      ).toString();
      return query === "" ? "" : `?${query}`;
    },
    defaultPendingMs: 200,
    defaultPendingComponent: () => <Skeleton rows={12} />,
    defaultErrorComponent: ({ error }) => (
      <Page title="This page failed">
        <ErrorView error={error} what="this page" onRetry={() => window.location.reload()} />
      </Page>
    ),
    defaultNotFoundComponent: () => (
      <Page title="No such page">
        <Empty title="There is no page at this address" action={<Link to="/">Go to the floor</Link>}>
          <p>The link may come from another version of Holdfast.</p>
        </Empty>
      </Page>
    ),
  });
