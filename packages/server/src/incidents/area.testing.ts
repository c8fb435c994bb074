/** area.testing: triage and incidents on real stores, with people of both teams and one incident to work on. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EVENT_DEFAULTS, type EventColumns } from "@holdfast/sdk";
import { type Incident, triageRoutes } from "@holdfast/contracts/triage";
import type { Signal } from "../detect/index.ts";
import { createAuditLog } from "../platform/audit-log/index.ts";
import { fixedClock } from "../platform/clock/index.ts";
import { encodeEvents, type EventRow, type OpenEvents } from "../platform/events/index.ts";
import { openTestEvents } from "../platform/events/testing.ts";
import type { CallContext } from "../platform/http-contract.ts";
import { silentLog } from "../platform/log/index.ts";
import { loadMigrations } from "../platform/tables/index.ts";
import { openTestTables, type TestTables } from "../platform/tables/testing.ts";
import { type Changes, createChanges } from "../changes/index.ts";
import { createEstate, type Estate } from "../estate/index.ts";
import { createSearch } from "../search/index.ts";
import { createTriage, type Triage } from "../triage/index.ts";
import { createIncidents, type Incidents } from "./create.ts";

const PEOPLE = [
  { id: "u1", name: "nora", fullName: "Nora Field", team: "security" },
  { id: "u2", name: "jo", fullName: "Jo Blade", team: "operations" },
] as const;

const DRILLS: ReadonlyMap<string, string> = new Map([["drill", "ex-1"]]);
const OWN_TABLES = loadMigrations().filter(({ id }) =>
  /^(?:0001|0020|0050|006\d|007[0-4]|0105|0106|0145|015\d|016\d|0175)-/.test(id),
);

export const MINUTE = 60_000;
export const START = Date.UTC(2026, 10, 22, 8);

export type EventSketch = Partial<EventColumns> & {
  readonly minute: number;
  readonly raw?: string;
  readonly class?: string;
  readonly source?: string;
};

export interface TestArea {
  readonly store: TestTables;
  readonly events: OpenEvents;
  readonly clock: ReturnType<typeof fixedClock>;
  readonly triage: Triage;
  readonly incidents: Incidents;
  readonly estate: Estate;
  readonly changes: Changes;
  readonly directory: string;
  readonly nora: CallContext;
  readonly jo: CallContext;
  readonly messages: [string, unknown][];
  /** Who is on call for a side. */
  readonly duty: Map<string, { readonly id: string; readonly name: string }>;
  /** Puts events into the event store, as ingest would. */
  storeEvents(events: readonly EventSketch[]): Promise<void>;
  /** An incident of its own, opened by a person; what the source "drill" sends is of the exercise ex-1. */
  openIncident(title?: string, source?: string): Promise<Incident>;
  close(): Promise<void>;
}

export async function openTestArea(): Promise<TestArea> {
  const [store, events] = await Promise.all([openTestTables(OWN_TABLES), openTestEvents()]);
  const directory = await mkdtemp(join(tmpdir(), "hf-evidence-"));
  const clock = fixedClock(START);
  const audit = createAuditLog({ tables: store.tables, clock });
  const people = async () => PEOPLE;
  const triage = createTriage({
    tables: store.tables,
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
    exerciseOf: (source) => DRILLS.get(source) ?? null,
    workOf: (executor, ids) => incidents.timelineOf(executor, ids),
    changesOn: (hit, range) => changes.onAll(hit, range),
    onIncident: [(tx, change) => incidents.onIncident(tx, change)],
    onWaiting: (tx, waiting) => incidents.onWaiting(tx, waiting),
  });
  const none = { assets: new Map(), identities: new Map(), services: new Map() };
  const estate = createEstate({ tables: store.tables, clock, audit, log: silentLog, openCounts: async () => none });
  const changes = createChanges({ tables: store.tables, clock, audit, estate });
  const duty: TestArea["duty"] = new Map();
  const search = createSearch({
    namesOf: { asset: async () => [], service: async () => [] },
    events: events.store,
    tables: store.tables,
    clock,
    log: silentLog,
    limits: { seconds: 30, memoryBytes: 1 << 30, rows: 10_000 },
    alertsOf: async () => new Map(),
  });
  const incidents = await createIncidents({
    tables: store.tables,
    clock,
    log: silentLog,
    audit,
    people,
    triage,
    onCall: async (_db, team) => duty.get(team) ?? null,
    directory,
    events: events.store,
    assetsOf: async (_executor, entities) => entities.map(() => ({ assetId: null })),
    changesOn: changes.onHost,
    rehearsing: () => DRILLS,
    collect: (asked) => search.collect(asked),
    maxEvidenceBytes: 1 << 20,
  });
  const messages: [string, unknown][] = [];
  store.tables.subscribe((topic, payload) => messages.push([topic, payload]));
  let raised = 0;
  let stored = 0;
  return {
    store,
    events,
    clock,
    triage,
    incidents,
    estate,
    changes,
    directory,
    duty,
    nora: callOf(0),
    jo: callOf(1),
    messages,
    storeEvents: async (sketches) => {
      const rows = sketches.map(
        ({ minute, ...columns }): EventRow => ({
          ...EVENT_DEFAULTS,
          time_ms: START + Math.round(minute * MINUTE),
          id: String(1000 + stored++),
          received_ms: START,
          source: "test",
          parser: "test",
          class: "",
          peer: "",
          raw: "",
          notes: [],
          ...columns,
        }),
      );
      await events.store.insert({
        table: "events",
        encoded: encodeEvents(rows),
        rows: rows.length,
        token: `t${stored}`,
      });
    },
    openIncident: async (title = "Dump on web-1", source) => {
      const alertId = await raise({ triage, store, n: ++raised, source });
      return triage.routes.createIncident(
        {
          params: {},
          query: {},
          body: triageRoutes.createIncident.body.parse({ title, alertIds: [alertId] }),
        },
        callOf(0),
      );
    },
    close: async () => {
      await Promise.all([store.close(), events.close()]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function callOf(index: 0 | 1): CallContext {
  const { id, name, team } = PEOPLE[index];
  return {
    actor: { kind: "user", id, name },
    role: index === 0 ? "analyst" : "operations",
    team,
    permissions: new Set(),
    sessionId: null,
    session: null,
    ip: "127.0.0.1",
    signal: new AbortController().signal,
    setSessionCookie: () => {},
  };
}

/** One alert on a host of its own. */
async function raise(given: {
  readonly triage: Triage;
  readonly store: TestTables;
  readonly n: number;
  readonly source: string | undefined;
}): Promise<string> {
  const { triage, store, n, source } = given;
  const host = `web-${n}`;
  const signal: Signal = {
    id: `s${String(n).padStart(8, "0")}`,
    eventId: String(n),
    timeMs: START - 10 * MINUTE,
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
    ...(source !== undefined && { source }),
  };
  const { raised } = await store.tables.transaction((tx) => triage.applySignals(tx, [signal]));
  const [id] = raised;
  if (id === undefined) throw new Error("the signal raised no alert");
  return id;
}
