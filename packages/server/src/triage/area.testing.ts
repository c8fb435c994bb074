/** area.testing: triage on real stores for a test, with two people, a clock and a short way to each route. */
import { sql } from "drizzle-orm";
import { triageRoutes } from "@holdfast/contracts/triage";
import type { Signal } from "../detect/index.ts";
import { createAuditLog } from "../platform/audit-log/index.ts";
import { fixedClock } from "../platform/clock/index.ts";
import { openTestEvents } from "../platform/events/testing.ts";
import type { CallContext } from "../platform/http-contract.ts";
import { silentLog } from "../platform/log/index.ts";
import { createTriage, type TriageOptions } from "./create.ts";
import { lookupOf, testEstate } from "./estate.testing.ts";
import { MINUTE, START } from "./signals.testing.ts";
import { openTriageTables } from "./tables.testing.ts";

const PEOPLE = [
  { id: "u1", name: "nora", fullName: "Nora", team: "security" },
  { id: "u2", name: "jo", fullName: "Jo", team: "operations" },
] as const;

export async function openArea() {
  const [store, events] = await Promise.all([openTriageTables(), openTestEvents()]);
  const clock = fixedClock(START + 60 * MINUTE);
  const audit = createAuditLog({ tables: store.tables, clock });
  const estate = testEstate();
  const make = (more: Partial<TriageOptions> = {}) =>
    createTriage({
      tables: store.tables,
      events: events.store,
      clock,
      log: silentLog,
      audit,
      estate: lookupOf(estate),
      people: async () => PEOPLE,
      describeRule: () => undefined,
      ...more,
    });
  let triage = make();
  const [nora, jo] = [caller(0), caller(1)];
  const { listAlerts, actOnAlerts, updateIncident, listIncidents } = triageRoutes;
  return {
    store,
    events: events.store,
    clock,
    audit,
    estate,
    nora,
    jo,
    get triage() {
      return triage;
    },
    /** Another triage on the same stores, as after a restart. */
    again: (more: Partial<TriageOptions> = {}) => {
      triage = make(more);
    },
    clear: async () => {
      const found = await store.tables.db.execute<{ tablename: string }>(
        sql`select tablename from pg_tables where schemaname = 'public' and tablename ~ '^(alert|incident|timeline|triage|risk|suppression|maintenance)'`,
      );
      await store.tables.db.execute(sql.raw(`truncate ${found.rows.map((row) => row.tablename).join(", ")} cascade`));
      triage = make();
    },
    apply: (signals: readonly Signal[]) => store.tables.transaction((tx) => triage.applySignals(tx, signals)),
    list: (query: Record<string, string> = {}) =>
      triage.routes.listAlerts({ params: {}, query: listAlerts.query.parse(query), body: {} }, nora),
    act: (ids: string[], action: object) =>
      triage.routes.actOnAlerts({ params: {}, query: {}, body: actOnAlerts.body.parse({ ids, action }) }, nora),
    incidents: async (query: Record<string, string> = {}) =>
      (await triage.routes.listIncidents({ params: {}, query: listIncidents.query.parse(query), body: {} }, nora))
        .items,
    incident: (id: string) => triage.routes.getIncident({ params: { id }, query: {}, body: {} }, nora),
    alert: (id: string) => triage.routes.getAlert({ params: { id }, query: {}, body: {} }, nora),
    update: (id: string, body: object) =>
      triage.routes.updateIncident({ params: { id }, query: {}, body: updateIncident.body.parse(body) }, nora),
    close: async () => {
      await Promise.all([store.close(), events.close()]);
    },
  };
}

export type TriageArea = Awaited<ReturnType<typeof openArea>>;

function caller(index: 0 | 1): CallContext {
  return {
    actor: { kind: "user", id: PEOPLE[index].id, name: PEOPLE[index].name },
    role: "analyst",
    team: PEOPLE[index].team,
    permissions: new Set(),
    sessionId: null,
    session: null,
    ip: "127.0.0.1",
    signal: new AbortController().signal,
    setSessionCookie: () => {},
  };
}
