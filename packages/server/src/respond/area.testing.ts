/** area.testing: the area on a real PostgreSQL with real workflows and a small estate, for tests. */
import { createAuditLog } from "../platform/audit-log/index.ts";
import { type Clock, systemClock } from "../platform/clock/index.ts";
import type { CallContext } from "../platform/http-contract.ts";
import { silentLog } from "../platform/log/index.ts";
import { loadMigrations, type Migration } from "../platform/tables/index.ts";
import { openTestTables, type TestTables } from "../platform/tables/testing.ts";
import { openTestWorkflows } from "../platform/workflows/testing.ts";
import { type Changes, createChanges } from "../changes/index.ts";
import { createEstate } from "../estate/index.ts";
import { createRespond, type Respond, type RespondOptions } from "./create.ts";
import type { Floor } from "./port.ts";
import { createFakeOutside, type FakeOutside, TEST_ESTATE } from "./outside.testing.ts";

export interface TestArea {
  readonly opened: TestTables;
  readonly respond: Respond;
  readonly changes: Changes;
  readonly outside: FakeOutside;
  /** What was written on timelines, waits and alarms. */
  readonly said: string[];
  /** A code that the second factor takes. */
  readonly code: string;
  as(name: string, team: "security" | "operations", session?: boolean): CallContext;
  close(): Promise<void>;
}

const PERMISSIONS = new Set(["effects.propose", "approvals.decide", "incidents.read"] as const);

export async function openTestArea({
  clock = systemClock,
  outside = createFakeOutside(),
  opened,
}: {
  clock?: Clock;
  outside?: FakeOutside;
  opened?: TestTables;
} = {}): Promise<TestArea> {
  const tables = opened ?? (await openTestTables(migrationsOfRespond()));
  const said: string[] = [];
  const audit = createAuditLog({ tables: tables.tables, clock });
  const workflows = openTestWorkflows(tables, clock);
  const none = { assets: new Map(), identities: new Map(), services: new Map() };
  const estate = createEstate({ tables: tables.tables, clock, audit, log: silentLog, openCounts: async () => none });
  const as = (name: string, team: "security" | "operations", session = true): CallContext => ({
    actor: { kind: "user", id: name, name },
    role: "admin",
    team,
    permissions: PERMISSIONS,
    sessionId: session ? `s-${name}` : null,
    session: session ? { id: `s-${name}`, csrf: "", expiresAt: clock.now() + 3_600_000 } : null,
    ip: "",
    signal: new AbortController().signal,
    setSessionCookie: () => {},
  });
  const changes = createChanges({ tables: tables.tables, clock, audit, estate });
  const { problems } = await estate.routes.importEstate(
    { params: {}, query: {}, body: { yaml: TEST_ESTATE, dryRun: false } },
    as("admin", "operations"),
  );
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  const floor: Partial<Floor> = {
    note: async (_tx, { title }) => void said.push(`note: ${title}`),
    wait: async (_tx, { team, reason }) => void said.push(`wait: ${team} ${reason}`),
    waited: async () => void said.push("waited"),
    alarm: async (_tx, { reason }) => void said.push(`alarm: ${reason}`),
  };
  const code = "123456";
  const options: RespondOptions = {
    tables: tables.tables,
    clock,
    log: silentLog,
    audit,
    workflows,
    connectors: outside,
    estate,
    ourselves: { names: ["holdfast-1"], addresses: [] },
    personOf: async ({ id, name }) => ({ id, name }),
    approvers: async () => ["dan", "eve", "ann"].map((name) => ({ id: name, name, team: "operations" as const })),
    factor: async (_person, given) => (given === code ? { ok: true } : { ok: false, reason: "The code is not right." }),
    enrolled: async () => true,
    floor,
    exerciseOf: async (incidentId) => (incidentId.startsWith("drill") ? incidentId : null),
    changesOn: async (hit) => {
      const windows = hit.services.some(({ name }) => name === "Shop")
        ? [{ id: "w1", title: "Patching", until: null }]
        : [];
      const recorded = await changes.onHit(hit);
      return { ...recorded, items: [...recorded.items, ...windows] };
    },
  };
  const respond = createRespond(options);
  await workflows.launch();
  await respond.start();
  return {
    opened: tables,
    respond,
    changes,
    outside,
    said,
    code,
    as,
    async close() {
      await respond.stop();
      await workflows.close();
      if (opened === undefined) await tables.close();
    },
  };
}

/** What respond stands on, and nothing that other areas are working on. */
export function migrationsOfRespond(): Migration[] {
  return loadMigrations().filter(
    ({ id }) => /^(?:0001|0010|0020|0080|0085|0106|0135|0145|0160)/.test(id) || id.includes("workflows"),
  );
}

/** Polls until it holds; a test that waits in vain says for what. */
export async function until<T>(what: string, read: () => Promise<T | undefined | false>, forMs = 15_000): Promise<T> {
  const deadline = Date.now() + forMs;
  for (;;) {
    const value = await read();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`It never came to this: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Statements that make a policy under which more hosts can be touched than a real hour should see. */
export const MANY_HOSTS = `INSERT INTO respond_policy (version, at, by_id, by_name, note, policy) VALUES (1, 0, 'test', 'test', 'test', '{
  "rules": [{ "name": "operations", "when": {}, "approve": "operations", "quorum": 1, "expiresMinutes": 1440, "onExpiry": "refuse", "secondFactor": false }],
  "ownerless": "operations", "propose": { "teams": ["security", "operations"] },
  "breakGlass": { "allowed": false, "teams": [], "secondFactor": false },
  "never": { "hosts": [], "users": [], "addresses": [], "assetKinds": [], "tags": [], "ourselves": true },
  "limits": { "hostsPerHour": 100000, "usersPerHour": 100000 }, "undoAfterMinutes": null, "driftCheckMinutes": 60 }'::jsonb)`;
