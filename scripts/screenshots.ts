/** screenshots: `npm run screenshots`: renews docs/screens: every page in light and dark at 1440 and 1024 on the demo, then with
 *  nothing, with one thing of each kind of the response loop, and with 10,000 rows. `-- --only <text>` renews those whose file
 *  name contains it. Exits 1 when a page had an error. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { type Api, apiOf, buildWeb, goTo, launch, logIn, noBrowser, open, until } from "../test/e2e/browser.ts";
import { fillResponse } from "../test/e2e/response-data.ts";
import { type RunningServer, startHoldfast } from "../test/e2e/server.ts";
import { startSilent } from "./collection-screens.ts";
import { crowd, trouble } from "./response-screens.ts";
import { scanScreens } from "./scan-screens.ts";

interface Shot {
  readonly name: string;
  readonly path: string;
}

const LISTS: readonly Shot[] = [
  { name: "floor", path: "/" },
  { name: "events", path: "/events" },
  { name: "alerts", path: "/alerts" },
  { name: "incidents", path: "/incidents" },
  { name: "estate", path: "/estate" },
  { name: "graph", path: "/estate?tab=graph" },
  { name: "changes", path: "/changes" },
  { name: "risk", path: "/risk" },
  { name: "approvals", path: "/approvals" },
  { name: "tasks", path: "/tasks" },
  { name: "playbooks", path: "/playbooks" },
  { name: "exercises", path: "/exercises" },
  { name: "rules", path: "/rules" },
  { name: "sources", path: "/sources" },
  { name: "quarantine", path: "/sources?tab=quarantine" },
  { name: "settings", path: "/settings" },
  { name: "oncall", path: "/settings?tab=oncall" },
  { name: "tickets", path: "/settings?tab=tickets" },
  { name: "connectors", path: "/settings?tab=connectors" },
];

const target = join(import.meta.dirname, "..", "docs", "screens");
const only = process.argv.includes("--only") ? (process.argv[process.argv.indexOf("--only") + 1] ?? "") : "";
const THEMES = ["light", "dark"] as const;
const ROWS = 10_000;
const problems: string[] = [];

if (noBrowser !== false) {
  console.error(`No screenshots: ${noBrowser}.`);
  process.exit(1);
}
buildWeb();
mkdirSync(target, { recursive: true });
const browser = await launch();
try {
  if (!/^(?:response|collect)-/.test(only)) await plainPages();
  await responseLoop();
  await collecting();
  await manyRows();
  await scanScreens(browser, target, (file) => file.includes(only));
} finally {
  await browser.close();
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;

/** On the demo, and with nothing. */
async function plainPages(): Promise<void> {
  await withServer({ demo: true }, async (server, api) => {
    const shots = await demoShots(api);
    for (const theme of THEMES)
      for (const width of [1440, 1024])
        await take(browser, server, { shots, theme, width, suffix: `${theme}-${width}` });
  });
  await withServer({}, async (server) => {
    for (const theme of THEMES)
      await take(browser, server, { shots: LISTS, theme, width: 1440, suffix: `empty-${theme}` });
  });
}

/** The lists, and one thing of each kind opened. */
async function demoShots(api: Api): Promise<readonly Shot[]> {
  const first = async (path: string): Promise<string> =>
    (await api.get<{ items: { id: string }[] }>(path)).items[0]?.id ?? "";
  const alert = await first("/api/alerts?limit=1");
  const event = (await api.get<{ samples: { eventId: string }[] }>(`/api/alerts/${alert}`)).samples[0]?.eventId ?? "";
  const rule = await first("/api/rules?sort=matches&limit=1");
  return [
    ...LISTS,
    { name: "event", path: `/events?event=${event}` },
    { name: "search", path: `/events?q=${encodeURIComponent("* | timechart count by class")}` },
    { name: "alert", path: `/alerts?alert=${alert}` },
    { name: "incident", path: "/incidents/1" },
    { name: "members", path: "/incidents/1?tab=members" },
    { name: "asset", path: `/estate?asset=${await first("/api/assets?sort=alerts&limit=1")}` },
    { name: "rule", path: `/rules?rule=${rule}` },
    { name: "rule-page", path: `/rules/${rule}` },
    { name: "rule-editor", path: `/rules/${rule}?tab=edit` },
    { name: "audit", path: "/settings?tab=audit" },
    { name: "system", path: "/settings?tab=system" },
  ];
}

/** One thing of each kind of the response loop, and the pages that the demo has nothing on. */
async function responseLoop(): Promise<void> {
  if (only !== "" && !"response-".includes(only) && !only.startsWith("response-")) return;
  await withServer({}, async (server, api) => {
    const { incident, incidentId, playbookRun, exerciseRun, risk } = await fillResponse(api, server);
    const start = async (playbook: string, variables: Readonly<Record<string, string>> = {}): Promise<string> =>
      (await api.send<{ id: string }>("POST", `/api/playbooks/${playbook}/run`, { incidentId, variables })).id;
    const [broken, doubted, branching] = [
      await start("privileged-misuse"),
      await start("ransomware", { host: "fin-ws-01" }),
      await start("denial-of-service"),
    ];
    await until(
      "an action of a playbook waits for approval",
      () => api.get<{ steps: { effectId: string | null }[] }>(`/api/playbook-runs/${doubted}`),
      ({ steps }) => steps.some(({ effectId }) => effectId !== null),
      60_000,
    );
    await trouble(server, { broken, doubted });
    const shots = [
      { name: "response-run-broken", path: `/playbooks/runs/${broken}` },
      { name: "response-run-doubted", path: `/playbooks/runs/${doubted}` },
      { name: "response-run-switch", path: `/playbooks/runs/${branching}` },
      { name: "response-playbook-switch", path: "/playbooks/denial-of-service" },
      { name: "response-playbook-new", path: "/playbooks/new" },
      { name: "response-approvals-settled", path: "/approvals?show=settled" },
      { name: "response-exercises", path: "/exercises?tab=runs" },
      { name: "response-playbooks", path: "/playbooks" },
      { name: "response-playbook", path: "/playbooks/ransomware" },
      { name: "response-run", path: `/playbooks/runs/${playbookRun}` },
      { name: "response-approvals", path: "/approvals" },
      { name: "response-risk", path: `/risk?entity=${encodeURIComponent(risk)}` },
      { name: "response-suppressions", path: "/risk?tab=suppressions" },
      { name: "response-maintenance", path: "/risk?tab=maintenance" },
      { name: "response-triage", path: "/risk?tab=settings" },
      { name: "response-tasks", path: "/tasks?tab=all" },
      { name: "response-mentions", path: "/tasks?tab=mentions" },
      { name: "response-exercise", path: `/exercises/runs/${exerciseRun}` },
      { name: "response-oncall", path: "/settings?tab=oncall" },
      { name: "response-tickets", path: "/settings?tab=tickets" },
      { name: "response-connectors", path: "/settings?tab=connectors" },
      ...["tasks", "runs", "actions", "evidence", "review", "tickets"].map((tab) => ({
        name: `response-incident-${tab}`,
        path: `/incidents/${incident}?tab=${tab}`,
      })),
    ];
    for (const theme of THEMES)
      for (const width of [1440, 1024])
        await take(browser, server, { shots, theme, width, suffix: `${theme}-${width}` });
    await crowd(server, ROWS);
    const crowded = [
      { name: "response-approvals", path: "/approvals" },
      { name: "response-tasks", path: "/tasks?tab=all" },
      { name: "response-runs", path: "/playbooks?tab=runs" },
      { name: "response-incident-runs", path: `/incidents/${incident}?tab=runs` },
      { name: "response-incident-actions", path: `/incidents/${incident}?tab=actions` },
      { name: "response-incident-tasks", path: `/incidents/${incident}?tab=tasks` },
    ];
    for (const theme of THEMES)
      await take(browser, server, { shots: crowded, theme, width: 1440, suffix: `10000-${theme}` });
  });
}

/** How sources are added, how one explains itself, and one that fell silent. */
async function collecting(): Promise<void> {
  if (only !== "" && !"collect-".includes(only) && !only.startsWith("collect-")) return;
  const { server, source, alert, silence, silentSource } = await startSilent();
  try {
    const shots = [
      { name: "collect-add", path: "/sources?tab=add" },
      { name: "collect-source", path: `/sources?source=${source}` },
      { name: "collect-silence", path: `/alerts?alert=${silence}` },
      { name: "collect-silent-source", path: `/sources?source=${silentSource}` },
      { name: "collect-reported", path: `/alerts?alert=${alert}` },
      { name: "collect-metrics", path: "/rules?tab=metrics" },
    ];
    for (const theme of THEMES)
      for (const width of [1440, 1024])
        await take(browser, server, { shots, theme, width, suffix: `${theme}-${width}` });
  } finally {
    await server.stop();
    rmSync(server.home, { recursive: true, force: true });
  }
}

/** Ten thousand alerts, one a host, through the real inputs. */
async function manyRows(): Promise<void> {
  const shots = LISTS.filter((shot) => ["events", "alerts", "estate"].includes(shot.name));
  if (!THEMES.some((theme) => shots.some((shot) => `${shot.name}-10000-${theme}.png`.includes(only)))) return;
  const rules = mkdtempSync(join(tmpdir(), "holdfast-screens-rules-"));
  writeFileSync(
    join(rules, "many.yml"),
    "title: Service installed from a user's folder\nid: 5b0e6a8e-2f3c-4f1c-9a4e-7f1f6f4d2c11\nstatus: test\nlogsource: { product: windows, category: process_creation }\ndetection: { marked: { CommandLine|contains: many-rows }, condition: marked }\nlevel: medium\n",
  );
  try {
    await withServer({ rules: [rules] }, async (server, api) => {
      const { key } = await api.send<{ key: string }>("POST", "/api/sources", { name: "many" });
      for (let from = 0; from < ROWS; from += 1000)
        await api.ingest(
          key,
          Array.from({ length: 1000 }, (_, at) => manyEvent(from + at)),
        );
      await until(
        "all alerts are raised",
        () => api.get<{ total: number }>("/api/alerts?limit=1"),
        ({ total }) => total >= ROWS,
        900_000,
      );
      for (const theme of THEMES) await take(browser, server, { shots, theme, width: 1440, suffix: `10000-${theme}` });
    });
  } finally {
    rmSync(rules, { recursive: true, force: true });
  }
}

function manyEvent(at: number): Record<string, unknown> {
  return {
    SourceName: "Microsoft-Windows-Sysmon",
    Channel: "Microsoft-Windows-Sysmon/Operational",
    EventID: 1,
    TimeCreated: new Date(Date.now() - at * 4000).toISOString(),
    Hostname: `host-${String(at).padStart(5, "0")}`,
    User: `CORP\\user${at % 400}`,
    Image: "C:\\Windows\\System32\\sc.exe",
    CommandLine: `sc create many-rows-${at} binPath= C:\\Users\\user${at % 400}\\run.exe`,
    ParentImage: "C:\\Windows\\explorer.exe",
  };
}

async function withServer(
  options: Parameters<typeof startHoldfast>[0],
  work: (server: RunningServer, api: Api) => Promise<void>,
): Promise<void> {
  const server = await startHoldfast(options);
  try {
    await work(server, await apiOf(server));
  } finally {
    await server.stop();
  }
}

async function take(
  from: Browser,
  server: RunningServer,
  plan: { shots: readonly Shot[]; theme: "light" | "dark"; width: number; suffix: string },
): Promise<void> {
  const wanted = plan.shots
    .map((shot) => ({ ...shot, file: `${shot.name}-${plan.suffix}.png` }))
    .filter(({ file }) => file.includes(only));
  if (wanted.length === 0) return;
  const watched = await open(from, server, {
    theme: plan.theme,
    width: plan.width,
    height: plan.width === 1440 ? 900 : 768,
  });
  await logIn(watched, server);
  for (const { path, file } of wanted) {
    await goTo(watched.page, path);
    await watched.page.evaluate(() => document.fonts.ready);
    await watched.page.waitForTimeout(400);
    await watched.page.screenshot({ path: join(target, file) });
    problems.push(...watched.problems().map((problem) => `${file}: ${problem}`));
    console.log(file);
  }
  await watched.close();
}
