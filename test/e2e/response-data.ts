/** response-data: fills a Holdfast with one thing of each kind of the response loop, through the API as people and programs do: two
 *  incidents, work on them, on-call, tickets, connectors, approvals, a playbook's run, an exercise. Addresses lead nowhere. */
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Api, until } from "./browser.ts";
import type { RunningServer } from "./server.ts";

export interface Filled {
  readonly incident: number;
  readonly incidentId: string;
  /** The number of another one. */
  readonly other: number;
  readonly playbookRun: string;
  readonly exerciseRun: string;
  /** Key of an entity with risk. */
  readonly risk: string;
  /** Of the users viewer and olga. */
  readonly password: string;
}

const PASSWORD = "a-password-for-people";
const LOCAL = ["127.0.0.0/8"];
const HOUR_MS = 3_600_000;

export async function fillResponse(api: Api, server: RunningServer): Promise<Filled> {
  const post = <T>(path: string, body: unknown = {}): Promise<T> => api.send<T>("POST", path, body);
  const yaml = readFileSync(new URL("../../packages/content/estate/demo.yaml", import.meta.url), "utf8");
  await post("/api/estate/import", { yaml });
  const people = await addPeople(api);
  const incidents = await addIncidents(api);
  const [first, second] = incidents;
  if (first === undefined || second === undefined) throw new Error("Two incidents were made, but they are not there.");
  const { id: incidentId, number: incident } = first;
  await addConnectors(post);
  await addOnCall(api, people);
  await addWork(api, { incidentId, operator: people.operator });
  await uploadNotes(server, incidentId);
  await post("/api/suppressions", {
    expression: 'alert.hosts.exists(h, h.startsWith("scan-gw"))',
    owner: "Network team",
    reason: "the scanner runs its weekly scan from there",
    expiresAt: at(100),
    includeOpen: false,
  });
  await post("/api/maintenance", {
    title: "Firewall firmware",
    scope: { by: "asset", host: "fw-edge-01" },
    owner: "Network team",
    reason: "CHG-2050",
    begin: at(0),
    end: at(2),
  });
  await api.send("PUT", "/api/changes/external/CHG-2051", {
    title: "Memory firmware of the finance desks",
    state: "running",
    owner: "it-ops",
    plannedStart: at(-1),
    plannedEnd: at(1),
    assets: ["fin-ws-01", "fin-ws-02"],
    backOut: "The former firmware from the rescue stick.",
  });
  await post("/api/effects", {
    key: "response-data-isolate",
    incidentId,
    action: "isolate-host",
    connectorId: "edge",
    input: { host: "fin-ws-01" },
    reason: "stops it from spreading",
  });
  const run = await post<{ id: string }>("/api/playbooks/ransomware/run", { incidentId, variables: {} });
  const exercise = await post<{ id: string }>("/api/exercises/ransom-call/runs", { auto: false, speed: 600 });
  await post(`/api/exercise-runs/${exercise.id}/stop`);
  const [risk] = (await api.get<{ items: { key: string }[] }>("/api/risk?limit=1")).items;
  return {
    incident,
    incidentId,
    other: second.number,
    playbookRun: run.id,
    exerciseRun: exercise.id,
    risk: risk?.key ?? "",
    password: PASSWORD,
  };
}

interface People {
  readonly viewer: string;
  readonly operator: string;
}

async function addPeople(api: Api): Promise<People> {
  const add = async (name: string, role: string, team: string): Promise<string> => {
    const body = { name, fullName: "", role, team, password: PASSWORD };
    return (await api.send<{ id: string }>("POST", "/api/users", body)).id;
  };
  return {
    viewer: await add("viewer", "viewer", "operations"),
    operator: await add("olga", "operations", "operations"),
  };
}

/** Two logs cleared on hosts that share nothing, each made an incident by hand; the first one also has a second alert. */
async function addIncidents(api: Api): Promise<readonly { id: string; number: number }[]> {
  const { key } = await api.send<{ key: string }>("POST", "/api/sources", { name: "windows" });
  const hosts = ["fin-ws-01", "fin-ws-02", "wh-ws-01"];
  await api.ingest(
    key,
    hosts.map((host, n) => ({
      SourceName: "Microsoft-Windows-Eventlog",
      Channel: "Security",
      Hostname: `${host}.corp.fernhill.example`,
      TimeCreated: new Date(Date.now() - (n + 1) * 60_000).toISOString(),
      EventID: 1102,
      SubjectUserName: `user${n}`,
    })),
  );
  const { items } = await until(
    "the alerts are raised",
    () =>
      api.get<{ items: { id: string; entity: { value: string } | null; incidentId: string | null }[] }>(
        "/api/alerts?limit=50",
      ),
    (found) => found.items.length >= hosts.length,
  );
  const free = items.filter(({ incidentId }) => incidentId === null).map(({ id }) => id);
  const made: { id: string; number: number }[] = [];
  for (const [title, alertIds] of [
    ["Log cleared on two desks of finance", free.slice(0, 2)],
    ["Log cleared in the warehouse", free.slice(2)],
  ] as const)
    made.push(await api.send("POST", "/api/incidents", { title, alertIds }));
  return made;
}

async function addConnectors(post: <T>(path: string, body?: unknown) => Promise<T>): Promise<void> {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
    publicKeyEncoding: { type: "pkcs1", format: "pem" },
  });
  await post("/api/connectors", {
    id: "edge",
    name: "Edge",
    kind: "nftables-ssh",
    settings: { hosts: [`fin-ws-01 127.0.0.1:1 SHA256:${"A".repeat(43)}`], management: ["10.0.0.5"] },
    secrets: { privateKey },
    allow: LOCAL,
  });
  await post("/api/ticket-systems", {
    name: "Platform issues",
    kind: "github",
    url: "http://127.0.0.1:1",
    place: "fernhill/platform",
    allow: LOCAL,
    directions: { title: "out", severity: "out", state: "both", comments: "both" },
    secret: "a-token",
  });
}

async function addOnCall(api: Api, { operator }: People): Promise<void> {
  const schedule = await api.send<{ id: string }>("POST", "/api/oncall/schedules", {
    name: "Operations on call",
    team: "operations",
    timeZone: "Europe/Berlin",
    layers: [
      {
        name: "Primary",
        people: [operator],
        start: "2026-01-05",
        handOver: "09:00",
        rotation: { unit: "week", every: 1 },
      },
    ],
  });
  await api.send("POST", "/api/oncall/policies", {
    name: "Everything high",
    opens: { severityAtLeast: "high" },
    steps: [{ notify: [{ kind: "schedule", id: schedule.id }], waitSeconds: 300 }],
    repeat: 1,
  });
}

async function addWork(api: Api, { incidentId, operator }: { incidentId: string; operator: string }): Promise<void> {
  const path = `/api/incidents/${incidentId}`;
  await api.send("POST", `${path}/tasks`, {
    title: "Call the payroll lead",
    team: "operations",
    owner: operator,
    dueAt: at(-1),
    blocking: true,
  });
  await api.send("POST", `${path}/notes`, { text: "@admin the first logon is older than we thought" });
  const [system] = (await api.get<{ items: { id: string }[] }>("/api/ticket-systems")).items;
  await api.send("POST", `${path}/tickets`, { systemId: system?.id });
}

async function uploadNotes(server: RunningServer, incidentId: string): Promise<void> {
  const answer = await fetch(`${server.url}/api/incidents/${incidentId}/evidence-files?name=notes.txt`, {
    method: "POST",
    headers: { authorization: `Bearer ${server.token}`, "content-type": "application/octet-stream" },
    body: "what was seen on the desk",
  });
  if (!answer.ok) throw new Error(`The notes were not kept: ${answer.status} ${await answer.text()}`);
}

function at(hours: number): string {
  return new Date(Date.now() + hours * HOUR_MS).toISOString();
}
