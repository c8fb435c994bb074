/** tickets-wiring: gives ticket sync what it may not import: incidents as both teams see them, and changes in the system's own name. */
import type { IncidentDetail } from "@holdfast/contracts/triage";
import { incidentState } from "@holdfast/contracts/triage";
import { severity } from "@holdfast/contracts/model";
import type { Config } from "./platform/config/index.ts";
import type { Egress } from "./platform/egress/index.ts";
import type { AuditLog } from "./platform/audit-log/index.ts";
import type { Clock } from "./platform/clock/index.ts";
import type { CallContext } from "./platform/http-contract.ts";
import type { Log } from "./platform/log/index.ts";
import type { Sealer } from "./platform/secrets/index.ts";
import type { Tables } from "./platform/tables/index.ts";
import type { Incidents } from "./incidents/index.ts";
import { createTickets, type Tickets } from "./tickets/index.ts";
import type { Triage } from "./triage/index.ts";

interface Given {
  readonly tables: Tables;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: AuditLog;
  readonly sealer: Sealer;
  readonly egress: Egress;
  readonly config: Pick<Config, "http">;
  readonly triage: Pick<Triage, "incident" | "incidentDetail" | "routes">;
  readonly incidents: Pick<Incidents, "note">;
}

/** What people say, as far as it is for others to read. */
const SAID = new Set<IncidentDetail["timeline"][number]["kind"]>(["comment", "note", "decision"]);

export function wireTickets({ triage, incidents, config, ...given }: Given): Tickets {
  return createTickets({
    ...given,
    address: () => config.http.url ?? `http://${config.http.host}:${config.http.port}`,
    family: (executor, asked) => triage.incident(executor, asked),
    incident: async (id) => {
      const facts = await triage.incident(given.tables.db, id);
      if (facts === undefined) return undefined;
      const { timeline } = await triage.incidentDetail(facts.id);
      const exercise = "exerciseId" in facts && facts.exerciseId !== null;
      const comments = timeline.flatMap(({ id: item, kind, actor, body, at }) =>
        SAID.has(kind) && actor !== null && actor.id !== TICKETS.actor.id
          ? [{ id: item, author: actor.name, text: body, at: Date.parse(at) }]
          : [],
      );
      return { ...facts, exercise, comments };
    },
    change: async (id, change, { name, ticket }) => {
      const body = {
        ...(change.title !== undefined && { title: change.title.trim().slice(0, 300) }),
        ...(change.severity !== undefined && { severity: severity.parse(change.severity) }),
        ...(change.state !== undefined && { state: incidentState.parse(change.state) }),
        reason: `Changed in ${name}, ${ticket}.`,
      };
      const caller = { ...TICKETS, actor: { ...TICKETS.actor, name } };
      await triage.routes.updateIncident({ params: { id }, query: {}, body }, caller);
    },
    note: async (incidentId, note) => {
      const link = `/incidents/${incidentId}?tab=tickets`;
      await incidents.note(null, { ...note, incidentId, lane: "operations", kind: "ticket", actor: null, link });
    },
  });
}

/** Changes that come from a ticket are the system's, never a person's. */
const TICKETS: CallContext = {
  actor: { kind: "system", id: "tickets", name: "tickets" },
  role: "viewer",
  team: "operations",
  permissions: new Set<never>(),
  sessionId: null,
  session: null,
  ip: "",
  signal: new AbortController().signal,
  setSessionCookie: () => {},
};
