/** area.testing: on-call on a real state store with real workflows, a clock that the test moves, and a channel that records what it
 *  was asked to deliver. */
import type { oncallRoutes } from "@holdfast/contracts/oncall";
import type { ContactMethod, PolicyBody } from "@holdfast/contracts/oncall-model";
import type { Severity } from "@holdfast/contracts/model";
import { createAuditLog } from "../platform/audit-log/index.ts";
import { fixedClock } from "../platform/clock/index.ts";
import type { CallContext } from "../platform/http-contract.ts";
import { silentLog } from "../platform/log/index.ts";
import { createSealer } from "../platform/secrets/index.ts";
import { openTestTables, type TestTables } from "../platform/tables/testing.ts";
import type { Workflows } from "../platform/workflows/index.ts";
import { openTestWorkflows } from "../platform/workflows/testing.ts";
import { createOncall, type Oncall } from "./create.ts";
import type { Delivered, IncidentFacts, Message, Note, OncallOptions } from "./port.ts";

export const START = Date.UTC(2026, 5, 1, 12);
export const PEOPLE = ["ann", "ben", "cas"].map((name) => ({
  id: name,
  name,
  team: name === "cas" ? ("operations" as const) : ("security" as const),
}));

export interface TestOncall {
  readonly store: TestTables;
  readonly clock: ReturnType<typeof fixedClock>;
  readonly oncall: Oncall;
  readonly ports: OncallOptions;
  readonly workflows: Workflows;
  readonly sent: Message[];
  readonly notes: Note[];
  readonly incidents: Map<string, IncidentFacts>;
  answerWith(outcome: (message: Message) => Promise<Delivered>): void;
  incident(id: string, given?: Partial<IncidentFacts>): Promise<void>;
  /** Gives the route what it would have been given over HTTP. */
  ask<N extends keyof typeof oncallRoutes>(name: N, input: unknown, by?: string): ReturnType<Oncall["routes"][N]>;
  contacts(person: string, ...methods: Partial<ContactMethod>[]): Promise<void>;
  policy(steps: PolicyBody["steps"], given?: Partial<PolicyBody>): Promise<string>;
  close(): Promise<void>;
}

export async function openTestOncall(given: Partial<Pick<OncallOptions, "deliver">> = {}): Promise<TestOncall> {
  const store = await openTestTables();
  const clock = fixedClock(START);
  const workflows = openTestWorkflows(store, clock);
  const sent: Message[] = [];
  const notes = new Map<string, Note>();
  const incidents = new Map<string, IncidentFacts>();
  let outcome: (message: Message) => Promise<Delivered> = async () => ({ kind: "done" });
  const ports: OncallOptions = {
    tables: store.tables,
    clock,
    log: silentLog,
    audit: createAuditLog({ tables: store.tables, clock }),
    workflows,
    sealer: createSealer({ get: () => "k".repeat(43) }),
    people: async () => PEOPLE,
    incidentOf: async (_db, id) => incidents.get(id),
    servicesOf: async (ids) => ids.map((id) => ({ id, name: id, owner: "operations", criticality: 4 })),
    note: async (_tx, note) => void notes.set(note.key, note),
    channels: async () => [
      { id: "mail", kind: "email", name: "Mail" },
      { id: "duty", kind: "pagerduty", name: "Duty" },
    ],
    deliver: async (message) => {
      sent.push(message);
      return given.deliver === undefined ? outcome(message) : given.deliver(message);
    },
    address: () => "http://holdfast.test",
  };
  const oncall = createOncall(ports);
  await workflows.launch();
  const area: TestOncall = {
    store,
    ports,
    clock,
    oncall,
    workflows,
    sent,
    incidents,
    get notes() {
      return [...notes.values()];
    },
    answerWith: (next) => {
      outcome = next;
    },
    incident: async (id, facts = {}) => {
      const severity: Severity = "high";
      const base = {
        id,
        number: incidents.size + 1,
        title: `Incident ${id}`,
        severity,
        state: "open" as const,
        services: [],
        assignee: null,
        openedAt: clock.now(),
        waitsFor: null,
        exerciseId: null,
      };
      incidents.set(id, { ...base, ...incidents.get(id), ...facts });
      await oncall.incidentChanged(null, id);
    },
    ask: (name, input, by = "ann") => {
      const handler = oncall.routes[name] as (
        input: unknown,
        context: CallContext,
      ) => ReturnType<Oncall["routes"][typeof name]>;
      return handler({ params: {}, query: {}, body: {}, ...(input as object) }, contextOf(by));
    },
    contacts: async (person, ...methods) => {
      const full = methods.map((one) => ({
        kind: "email",
        connectorId: "mail",
        to: `${person}@example.org`,
        quiet: null,
        ...one,
      }));
      await area.ask("saveContacts", { params: { id: person }, body: { methods: full } });
    },
    policy: async (steps, facts = {}) => {
      const opens = { severityAtLeast: "medium" as const, services: [], criticalityAtLeast: 0 };
      const body = { name: `Policy ${Math.random()}`, order: 100, opens, repeat: 0, steps, ...facts };
      return (await area.ask("createPolicy", { body })).id;
    },
    close: async () => {
      await workflows.close();
      await store.close();
    },
  };
  return area;
}

/** Waits until something holds, without moving the clock. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 1_000; tries += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`It never came to be: ${what}`);
}

export const step = (person: string, waitSeconds = 300): PolicyBody["steps"][number] => ({
  notify: [{ kind: "person", id: person }],
  waitSeconds,
  when: null,
});

function contextOf(name: string): CallContext {
  return {
    actor: { kind: "user", id: name, name },
    role: "admin",
    team: "security",
    permissions: new Set(),
    sessionId: null,
    session: null,
    ip: "127.0.0.1",
    signal: new AbortController().signal,
    setSessionCookie: () => {},
  };
}
