/** oncall-wiring.test: triage, incidents and on-call put together as main does: an incident that is on disk is being paged for, also
 *  when the process dies right after the commit and nobody hears the notification. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import type { ConnectorView } from "@holdfast/contracts/connectors";
import { oncallRoutes } from "@holdfast/contracts/oncall";
import { type Incident, triageRoutes } from "@holdfast/contracts/triage";
import type { Signal } from "./detect/index.ts";
import { createIncidents } from "./incidents/index.ts";
import { incidentListeners, wireOncall } from "./oncall-wiring.ts";
import { createAuditLog } from "./platform/audit-log/index.ts";
import { fixedClock } from "./platform/clock/index.ts";
import type { OpenEvents } from "./platform/events/index.ts";
import { openTestEvents } from "./platform/events/testing.ts";
import type { CallContext } from "./platform/http-contract.ts";
import { silentLog } from "./platform/log/index.ts";
import { createSealer } from "./platform/secrets/index.ts";
import { openTestTables, type TestTables } from "./platform/tables/testing.ts";
import { openTestWorkflows } from "./platform/workflows/testing.ts";
import { createTriage } from "./triage/index.ts";

const START = Date.UTC(2026, 10, 22, 8);
const PEOPLE = [{ id: "u1", name: "nora", fullName: "Nora Field", team: "security" }] as const;
const NORA: CallContext = {
  actor: { kind: "user", id: "u1", name: "nora" },
  role: "admin",
  team: "security",
  permissions: new Set(),
  sessionId: null,
  session: null,
  ip: "127.0.0.1",
  signal: new AbortController().signal,
  setSessionCookie: () => {},
};

let store: TestTables;
let events: OpenEvents;
let directory: string;
before(async () => {
  [store, events] = await Promise.all([openTestTables(), openTestEvents()]);
  directory = await mkdtemp(join(tmpdir(), "hf-oncall-"));
});
/** Left open by a test that failed; the engine is one per process. */
const left = new Set<() => Promise<void>>();
afterEach(async () => {
  for (const close of [...left]) await close();
});
after(async () => {
  await Promise.all([store.close(), events.close()]);
  await rm(directory, { recursive: true, force: true });
});

test("an incident whose process died right after the commit is paged for by the next one, once", async () => {
  const first = await open();
  await policyFor(first);
  const { id } = await first.raise(1);
  // Nothing of on-call was launched or has listened: as if the process had died when the commit returned.
  await first.close();
  const second = await open();
  await second.begin();
  await until(() => second.sent.length > 0, "the page of the incident that was there before");
  assert.deepEqual(second.sent, ["ops@example.org"]);
  assert.deepEqual(
    (await second.oncall.clocks(id)).map(({ phase, state }) => [phase, state]),
    [
      ["acknowledge", "running"],
      ["contain", "running"],
      ["resolve", "running"],
    ],
  );
  await second.close();
});

test("an answer that nobody listened to is found at the next start: it pages no more", async () => {
  const first = await open();
  const { id } = await first.raise(2);
  await first.triage.routes.updateIncident(
    { params: { id }, query: {}, body: triageRoutes.updateIncident.body.parse({ assignee: "u1" }) },
    NORA,
  );
  await first.close();
  const second = await open();
  await second.begin();
  const clock = async () => (await second.oncall.clocks(id)).find(({ phase }) => phase === "acknowledge")?.state;
  await until(async () => (await clock()) === "met", "the acknowledgement");
  await second.close();
});

test("a fault of on-call is not the incident's: it opens, and is followed when on-call is well again", async () => {
  const broken = await open({ servicesFail: true });
  await broken.begin();
  const { id } = await broken.raise(3);
  assert.deepEqual(await broken.oncall.clocks(id), []);
  await broken.close();
  const well = await open();
  await well.begin();
  assert.equal((await well.triage.incident(store.tables.db, id))?.state, "open");
  await store.tables.notify(store.tables.db, "triage.incident.changed", { id });
  await until(async () => (await well.oncall.clocks(id)).length === 3, "clocks of the incident");
  await well.close();
});

/** The parts as one process has them; `begin` is what its start does. */
async function open({ servicesFail = false }: { servicesFail?: boolean } = {}) {
  const { tables } = store;
  const clock = fixedClock(START);
  const audit = createAuditLog({ tables, clock });
  const workflows = openTestWorkflows(store, clock);
  const people = async () => PEOPLE;
  const sent: string[] = [];
  const playbooks = { triggers: { touched: async () => {} } };
  const triage = createTriage({
    tables,
    events: events.store,
    clock,
    log: silentLog,
    audit,
    people,
    estate: {
      resolve: async (_tx, entities) => entities.map(() => ({ assetId: null, identityId: null })),
      servicesOf: async () => ({ hosts: new Map(), users: new Map() }),
    },
    describeRule: () => undefined,
    onIncident: incidentListeners(() => ({ incidents, oncall, playbooks })),
    onWaiting: (tx, waiting) => incidents.onWaiting(tx, waiting),
  });
  const incidents = await createIncidents({
    tables,
    clock,
    log: silentLog,
    audit,
    people,
    triage,
    directory,
    events: events.store,
    assetsOf: async (_executor, entities) => entities.map(() => ({ assetId: null })),
    changesOn: async () => [],
    collect: async () => ({ events: 0, each: async function* () {} }),
  });
  const oncall = wireOncall({
    tables,
    clock,
    log: silentLog,
    audit,
    workflows,
    sealer: createSealer({ get: () => "k".repeat(43) }),
    people,
    triage: servicesFail
      ? { incident: async () => Promise.reject(new Error("on-call has a fault")) }
      : { incident: (executor, asked) => triage.incident(executor, asked) },
    incidents,
    connectors: {
      list: async () => [MAIL],
      deliver: async ({ to }) => {
        sent.push(to);
        return { kind: "done", output: {}, evidence: "" };
      },
    },
    estate: { services: async () => [] },
    config: { http: { host: "127.0.0.1", port: 8420, tls: { port: 0 } } },
  });
  const close = async (): Promise<void> => {
    left.delete(close);
    await oncall.stop();
    await workflows.close();
  };
  left.add(close);
  return {
    triage,
    oncall,
    sent,
    close,
    begin: async () => {
      oncall.start();
      await workflows.launch();
    },
    raise: async (n: number): Promise<Incident> => {
      const { raised } = await tables.transaction((tx) => triage.applySignals(tx, [signalOf(n)]));
      const body = triageRoutes.createIncident.body.parse({ title: `Incident ${n}`, alertIds: raised });
      return triage.routes.createIncident({ params: {}, query: {}, body }, NORA);
    },
  };
}

/** Mails whoever answers for security, at once. */
async function policyFor({ oncall }: Awaited<ReturnType<typeof open>>): Promise<void> {
  const steps = [
    {
      notify: [{ kind: "channel" as const, connectorId: "mail", to: "ops@example.org" }],
      waitSeconds: 3600,
      when: null,
    },
  ];
  const opens = { severityAtLeast: "medium" as const, services: [], criticalityAtLeast: 0 };
  const body = oncallRoutes.createPolicy.body.parse({ name: "Everything", order: 1, opens, repeat: 0, steps });
  await oncall.routes.createPolicy({ params: {}, query: {}, body }, NORA);
}

const MAIL: ConnectorView = {
  ...{ id: "mail", name: "Mail", kind: "smtp", settings: {}, secrets: [], allow: [], enabled: true, state: "ok" },
  ...{ lastError: null, lastErrorAt: null, lastTestedAt: null, lastUsedAt: null, updatedBy: "nora" },
  createdAt: new Date(START).toISOString(),
  updatedAt: new Date(START).toISOString(),
};

function signalOf(n: number): Signal {
  const host = `web-${n}`;
  return {
    id: `s${String(n).padStart(8, "0")}`,
    eventId: String(n),
    timeMs: START - 600_000,
    ruleId: `rule-${n}`,
    ruleTitle: `Rule ${n}`,
    ruleHash: "",
    level: "high",
    outcome: "alert",
    hiddenBy: "",
    tactics: ["credential-access"],
    techniques: ["T1003"],
    entity: { kind: "host", value: host },
    entities: [{ kind: "host", value: host, role: "own" }],
    fields: [],
    host,
    user: "",
    message: `message ${n}`,
  };
}

async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail(`It never came to be: ${what}`);
}
