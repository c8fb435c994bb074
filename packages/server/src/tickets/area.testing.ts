/** area.testing: tickets on a real state store and real egress, with incidents in memory on our side and a server on theirs. */
import type { SystemBody, TicketLink } from "@holdfast/contracts/tickets";
import { createAuditLog } from "../platform/audit-log/index.ts";
import { fixedClock } from "../platform/clock/index.ts";
import { createEgress } from "../platform/egress/index.ts";
import type { CallContext } from "../platform/http-contract.ts";
import { silentLog } from "../platform/log/index.ts";
import { createSealer } from "../platform/secrets/index.ts";
import { openTestTables } from "../platform/tables/testing.ts";
import { createTickets, type Tickets } from "./create.ts";
import { markDirty } from "./store.ts";
import type { IncidentView } from "./sync.ts";

type Incident = { -readonly [K in keyof IncidentView]: IncidentView[K] };

export interface TestTickets {
  readonly tickets: Tickets;
  readonly clock: ReturnType<typeof fixedClock>;
  readonly notes: Map<string, { title: string; body: string }>;
  /** Every change that came from the other side. */
  readonly taken: string[];
  incident(id: string, change?: Partial<IncidentView>): Promise<Incident>;
  comment(id: string, text: string): Promise<void>;
  system(body: Partial<SystemBody> & Pick<SystemBody, "kind" | "url" | "place">, secret: string): Promise<string>;
  link(incident: string, systemId: string, ticket?: string): Promise<TicketLink>;
  /** One turn, and how the first link of the incident stands then. */
  turn(systemId: string, incident: string): Promise<TicketLink>;
  health(
    systemId: string,
  ): Promise<{ health: string; lastError: string | null; waiting: number; nextAt: string | null }>;
  decide(
    incident: string,
    link: string,
    choice: { field: "title" | "severity" | "state"; take: "ours" | "theirs" },
  ): Promise<void>;
  close(): Promise<void>;
}

export async function openTestTickets(): Promise<TestTickets> {
  const store = await openTestTables();
  const clock = fixedClock(Date.now());
  const incidents = new Map<string, Incident>();
  const notes = new Map<string, { title: string; body: string }>();
  const taken: string[] = [];
  const tickets = createTickets({
    tables: store.tables,
    clock,
    log: silentLog,
    audit: createAuditLog({ tables: store.tables, clock }),
    sealer: createSealer({ get: () => "k".repeat(43) }),
    egress: createEgress({ log: silentLog }),
    address: () => "http://holdfast.test",
    family: async (_db, id) => (incidents.has(id) ? { id, family: [id] } : undefined),
    incident: async (id) => incidents.get(id),
    change: async (id, change) => {
      taken.push(...Object.entries(change).map(([field, value]) => `${id} ${field}=${value}`));
      const before = incidents.get(id);
      if (before !== undefined) Object.assign(before, change);
      // As a real change would, it comes back as news.
      await markDirty(store.tables.db, { incidentId: id });
    },
    note: async (_id, { key, title, body }) => void notes.set(key, { title, body }),
  });
  const firstLink = async (id: string): Promise<TicketLink> => {
    const [link] = (await tickets.routes.listIncidentTickets({ params: { id }, query: {}, body: {} }, CALLER)).items;
    if (link === undefined) throw new Error(`${id} has no ticket`);
    return link;
  };
  return {
    tickets,
    clock,
    notes,
    taken,
    incident: async (id, change = {}) => {
      const base = {
        id,
        number: incidents.size + 1,
        title: `Incident ${id}`,
        severity: "high",
        state: "open",
        exercise: false,
        comments: [],
      };
      const now: Incident = { ...base, ...incidents.get(id), ...change };
      incidents.set(id, now);
      await markDirty(store.tables.db, { incidentId: id });
      return now;
    },
    comment: async (id, text) => {
      const incident = incidents.get(id);
      if (incident === undefined) return;
      const comments = [
        ...incident.comments,
        { id: `c${incident.comments.length + 1}`, author: "nora", text, at: clock.now() + 1 },
      ];
      incidents.set(id, { ...incident, comments });
      await markDirty(store.tables.db, { incidentId: id });
    },
    system: async (given, secret) => {
      const directions = { title: "both", severity: "both", state: "both", comments: "both" } as const;
      const body = {
        name: given.kind,
        user: "",
        allow: ["127.0.0.1"],
        directions,
        pollSeconds: 5,
        enabled: true,
        ...given,
        secret,
      };
      return (await tickets.routes.createTicketSystem({ params: {}, query: {}, body }, CALLER)).id;
    },
    link: async (id, systemId, ticket) => {
      const body = { systemId, ...(ticket !== undefined && { ticket }) };
      await tickets.routes.linkTicket({ params: { id }, query: {}, body }, CALLER);
      return firstLink(id);
    },
    turn: async (systemId, id) => {
      await tickets.sync(systemId);
      return firstLink(id);
    },
    health: async (systemId) => {
      const { items } = await tickets.routes.listTicketSystems({ params: {}, query: {}, body: {} }, CALLER);
      const found = items.find((item) => item.id === systemId);
      if (found === undefined) throw new Error("no such system");
      return found;
    },
    decide: async (id, link, choice) => {
      await tickets.routes.resolveTicketConflict({ params: { id, link }, query: {}, body: choice }, CALLER);
    },
    close: async () => {
      await tickets.stop();
      await store.close();
    },
  };
}

const CALLER: CallContext = {
  actor: { kind: "user", id: "nora", name: "nora" },
  role: "admin",
  team: "security",
  permissions: new Set(),
  sessionId: null,
  session: null,
  ip: "127.0.0.1",
  signal: new AbortController().signal,
  setSessionCookie: () => {},
};
