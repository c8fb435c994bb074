/** create: the tickets area: which ticket systems there are, and the turns in which their tickets and our incidents are brought in
 *  step. A turn reads what changed there, then works on every link that is behind; one that fails is tried again, later each time. */
import { randomUUID } from "node:crypto";
import type { SystemBody, TicketLink, ticketRoutes, TicketSystemView } from "@holdfast/contracts/tickets";
import type { AuditLog } from "../platform/audit-log/index.ts";
import type { Clock } from "../platform/clock/index.ts";
import { type Egress, readAllowList } from "../platform/egress/index.ts";
import type { CallContext, Handlers } from "../platform/http-contract.ts";
import type { Log } from "../platform/log/index.ts";
import type { Sealer } from "../platform/secrets/index.ts";
import type { Executor, Tables, Transaction } from "../platform/tables/index.ts";
import { createHttp } from "./client.ts";
import { fail } from "./errors.ts";
import * as store from "./store.ts";
import { type MappedBody, syncLink, type SyncContext, type SyncPorts } from "./sync.ts";
import { Refusal, type System } from "./system.ts";
import { github } from "./systems/github.ts";
import { jira } from "./systems/jira.ts";
import { rt } from "./systems/rt.ts";
import { servicenow } from "./systems/servicenow.ts";

export interface TicketsOptions extends Omit<SyncPorts, "now"> {
  readonly tables: Tables;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: AuditLog;
  readonly sealer: Sealer;
  readonly egress: Pick<Egress, "fetch">;
  /** An incident with what was merged into it, by id or number. */
  family(executor: Executor, asked: string): Promise<{ id: string; family: readonly string[] } | undefined>;
}

export interface Tickets {
  readonly routes: Handlers<typeof ticketRoutes>;
  /** One turn of a system, now. */
  sync(systemId: string): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

export const SYSTEMS: Readonly<Record<SystemBody["kind"], System>> = { rt, jira, servicenow, github };

const TICK_MS = 1_000;
const LONGEST_PAUSE_MS = 300_000;
const TOPICS = new Set(["triage.incident.changed", "incidents.work.changed"]);

export function createTickets(given: TicketsOptions): Tickets {
  const options = { ...given, log: given.log.child("tickets") };
  const { tables, clock, sealer } = options;
  const { db } = tables;
  const running = new Map<string, Promise<void>>();

  const one = async (id: string): Promise<store.SystemRecord> => {
    const [found] = await store.readSystems(db, id);
    if (found === undefined) throw fail("TICKETS_SYSTEM_UNKNOWN", `There is no ticket system with the id "${id}".`);
    return found;
  };
  const contextOf = (system: store.SystemRecord): SyncContext => {
    const definition = SYSTEMS[system.body.kind];
    const secret = system.secret === null ? "" : sealer.open(system.secret, useOf(system.id));
    const http = createHttp({ egress: options.egress, system: definition, secret, ...system.body });
    const body = withMaps(system.body);
    return { ...options, now: () => clock.now(), client: definition.open(http, system.body), body };
  };

  /** One at a time for a system: a second call waits for the first and then takes its own turn. */
  const turn = (systemId: string): Promise<void> => {
    const before = running.get(systemId) ?? Promise.resolve();
    const mine = before.then(() => takeTurn(systemId));
    running.set(systemId, mine);
    return mine.finally(() => {
      if (running.get(systemId) === mine) running.delete(systemId);
    });
  };
  const takeTurn = async (systemId: string): Promise<void> => {
    const [system] = await store.readSystems(db, systemId);
    if (system === undefined || !system.body.enabled) return;
    try {
      const context = contextOf(system);
      const changed = await context.client.changed(system.cursor ?? "");
      await store.markDirty(db, { systemId, remoteIds: changed.ids });
      for (const link of await store.readLinks(db, { dirtyOf: systemId })) await step(context, link);
      const at = clock.now();
      await store.noteTurn(db, systemId, {
        ok: true,
        cursor: changed.cursor,
        at,
        nextAt: at + system.body.pollSeconds * 1000,
      });
    } catch (error) {
      const waitMs = error instanceof Refusal ? error.waitMs : undefined;
      const pause = Math.min(LONGEST_PAUSE_MS, system.body.pollSeconds * 1000 * 2 ** Math.min(system.failures, 8));
      const reason = error instanceof Error ? error.message : String(error);
      if (!(error instanceof Refusal))
        options.log.error({ system: systemId, error: reason }, "A turn of a ticket system failed.");
      await store.noteTurn(db, systemId, { ok: false, error: reason, nextAt: clock.now() + (waitMs ?? pause) });
    }
  };
  const step = async (context: SyncContext, link: store.LinkRecord): Promise<void> => {
    try {
      await syncLink(context, link);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { kind, message } = error;
      const again = kind === "busy" || kind === "unknown";
      await store.noteProblem(db, link, { problem: message, broken: kind === "gone", again });
      // Whatever keeps one link waiting keeps all of this system waiting: the next turn comes later.
      if (again) throw error;
    }
  };

  const routes = createRoutes({ options, one, turn });
  let timer: NodeJS.Timeout | undefined;
  let unsubscribe = (): void => {};
  const tick = async (): Promise<void> => {
    for (const system of await store.readSystems(db)) {
      const due = clock.now() >= system.nextAt || (system.waiting > 0 && system.failures === 0);
      if (system.body.enabled && due && !running.has(system.id)) void turn(system.id).catch(() => undefined);
    }
  };
  let ticking: Promise<void> = Promise.resolve();
  return {
    routes,
    sync: turn,
    start: () => {
      unsubscribe = tables.subscribe((topic, payload) => {
        const incidentId = TOPICS.has(topic) ? idIn(payload) : undefined;
        if (incidentId === undefined) return;
        store
          .markDirty(db, { incidentId })
          .catch((error: unknown) =>
            options.log.warn(
              { incidentId, reason: String(error) },
              "A changed incident could not be marked for its tickets.",
            ),
          );
      });
      timer = setInterval(() => {
        ticking = ticking.then(tick).catch((error: unknown) => {
          options.log.warn({ reason: String(error) }, "Ticket systems could not be looked at.");
        });
      }, TICK_MS);
      timer.unref();
    },
    stop: async () => {
      unsubscribe();
      clearInterval(timer);
      await ticking;
      await Promise.allSettled(running.values());
    },
  };
}

interface RouteParts {
  readonly options: TicketsOptions;
  one(id: string): Promise<store.SystemRecord>;
  turn(id: string): Promise<void>;
}

function createRoutes({ options, one, turn }: RouteParts): Handlers<typeof ticketRoutes> {
  const { tables, clock, sealer } = options;
  const { db } = tables;
  const changed = (
    context: CallContext,
    entry: { action: string; target: string; details: Record<string, unknown> },
    work: (tx: Transaction) => Promise<void>,
  ): Promise<void> =>
    tables.transaction(async (tx) => {
      await work(tx);
      await options.audit.append(tx, { actor: context.actor, ...entry });
    });
  const save = async (
    context: CallContext,
    id: string,
    { body, secret, before }: { body: SystemBody; secret: string | undefined; before: store.SystemRecord | null },
  ): Promise<TicketSystemView> => {
    const allow = readAllowList(body.allow);
    if (!allow.ok) throw fail("TICKETS_ALLOW_INVALID", allow.reason, { details: { at: `/allow/${allow.at}` } });
    // A kept secret must not travel to an address that somebody else wrote down.
    const moved = before !== null && new URL(before.body.url).host !== new URL(body.url).host;
    if (secret === undefined && (before === null || moved)) {
      throw fail(
        "TICKETS_SECRET_NEEDED",
        `Enter the secret for ${new URL(body.url).host}: a secret is never sent to a new address by itself.`,
      );
    }
    const sealed = secret === undefined ? (before?.secret ?? null) : sealer.seal(secret, useOf(id));
    const details = { name: body.name, kind: body.kind, url: body.url, place: body.place };
    await changed(context, { action: "tickets.system.saved", target: id, details }, (tx) =>
      store.writeSystem(tx, { id, body, secret: sealed, now: clock.now() }),
    );
    return toView(await one(id));
  };
  const demand = async (asked: string): Promise<{ id: string; family: readonly string[] }> => {
    const found = await options.family(db, asked);
    if (found === undefined) {
      throw fail(
        "TICKETS_INCIDENT_UNKNOWN",
        `There is no incident ${asked}: use its number, such as INC-12, or its id.`,
      );
    }
    return found;
  };
  const linksOf = async (asked: string): Promise<{ items: TicketLink[] }> => {
    const { family } = await demand(asked);
    const systems = new Map((await store.readSystems(db)).map((system) => [system.id, system]));
    const items: TicketLink[] = [];
    for (const link of await store.readLinks(db, { incidentIds: family })) {
      const system = systems.get(link.systemId);
      if (system !== undefined) items.push(await toLink(db, link, system));
    }
    return { items };
  };
  const demandLink = async (asked: string, linkId: string): Promise<store.LinkRecord> => {
    const { family } = await demand(asked);
    const [link] = await store.readLinks(db, { id: linkId });
    if (link === undefined || !family.includes(link.incidentId)) {
      throw fail("TICKETS_LINK_UNKNOWN", "This incident has no such ticket: somebody took the link away before.");
    }
    return link;
  };
  return {
    listTicketSystems: async () => ({ items: (await store.readSystems(db)).map(toView) }),
    createTicketSystem: ({ body: { secret, ...body } }, context) =>
      save(context, randomUUID(), { body, secret, before: null }),
    saveTicketSystem: async ({ params, body: { secret, ...body } }, context) =>
      save(context, params.id, { body, secret, before: await one(params.id) }),
    deleteTicketSystem: async ({ params }, context) => {
      const { body } = await one(params.id);
      await changed(
        context,
        { action: "tickets.system.deleted", target: params.id, details: { name: body.name } },
        (tx) => store.deleteSystem(tx, params.id),
      );
      return {};
    },
    syncTicketSystem: async ({ params }) => {
      await one(params.id);
      await turn(params.id);
      return toView(await one(params.id));
    },
    listIncidentTickets: ({ params }) => linksOf(params.id),
    linkTicket: async ({ params, body }, context) => {
      const { id: incidentId } = await demand(params.id);
      const system = await one(body.systemId);
      const link = {
        id: randomUUID(),
        systemId: system.id,
        incidentId,
        state: body.ticket === undefined ? ("creating" as const) : ("linked" as const),
        remoteId: body.ticket ?? null,
        by: { id: context.actor.id, name: context.actor.name },
        now: clock.now(),
      };
      const details = { system: system.body.name, ticket: body.ticket ?? null };
      await changed(context, { action: "incident.ticket.linked", target: incidentId, details }, async (tx) => {
        if (!(await store.insertLink(tx, link))) {
          throw fail(
            "TICKETS_LINKED_ELSEWHERE",
            `${body.ticket ?? "The ticket"} in ${system.body.name} is linked to an incident already.`,
          );
        }
      });
      await turn(system.id);
      return linksOf(params.id);
    },
    unlinkTicket: async ({ params }, context) => {
      const link = await demandLink(params.id, params.link);
      const details = { ticket: link.remoteId };
      await changed(context, { action: "incident.ticket.unlinked", target: link.incidentId, details }, (tx) =>
        store.deleteLink(tx, link.id),
      );
      return linksOf(params.id);
    },
    resolveTicketConflict: async ({ params, body }, context) => {
      const link = await demandLink(params.id, params.link);
      const details = { ticket: link.remoteId, ...body };
      await changed(context, { action: "incident.ticket.decided", target: link.incidentId, details }, async (tx) => {
        if (!(await store.decide(tx, link.id, body))) {
          throw fail("TICKETS_NO_CONFLICT", `There is no conflict about the ${body.field} any more: reload the page.`);
        }
      });
      await store.markDirty(db, { incidentId: link.incidentId });
      await turn(link.systemId);
      return linksOf(params.id);
    },
  };
}

const useOf = (systemId: string): string => `tickets/${systemId}/secret`;

function withMaps(body: SystemBody): MappedBody {
  const { states, severities } = SYSTEMS[body.kind];
  return { ...body, states: body.states ?? states, severities: body.severities ?? severities };
}

function toView(system: store.SystemRecord): TicketSystemView {
  const { body } = system;
  const health = !body.enabled
    ? "off"
    : system.lastError !== null
      ? "failing"
      : system.lastOkAt === null
        ? "untested"
        : "ok";
  return {
    ...withMaps(body),
    id: system.id,
    secretSet: system.secret !== null,
    health,
    lastError: system.lastError,
    lastOkAt: isoOrNull(system.lastOkAt),
    nextAt: body.enabled ? isoOrNull(system.nextAt) : null,
    links: system.links,
    waiting: system.waiting,
  };
}

async function toLink(db: Executor, link: store.LinkRecord, system: store.SystemRecord): Promise<TicketLink> {
  const comments = await store.readComments(db, link.id);
  const count = (origin: string, state: string): number =>
    comments.filter((comment) => comment.origin === origin && comment.state === state).length;
  const fields = await store.readFields(db, link.id);
  return {
    id: link.id,
    systemId: system.id,
    system: system.body.name,
    kind: system.body.kind,
    state: link.state,
    ticket: link.remoteId,
    url: link.url,
    fields: fields.map(({ field, ours, theirs, state, note }) => ({
      field,
      direction: system.body.directions[field] ?? "off",
      state,
      ours,
      theirs,
      note,
    })),
    comments: { sent: count("ours", "done"), taken: count("theirs", "done"), waiting: count("ours", "sending") },
    problem: link.problem ?? system.lastError,
    syncedAt: isoOrNull(link.syncedAt),
  };
}

const isoOrNull = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

function idIn(payload: unknown): string | undefined {
  if (typeof payload !== "object" || payload === null) return undefined;
  const { id, incidentId } = payload as { id?: unknown; incidentId?: unknown };
  const found = id ?? incidentId;
  return typeof found === "string" ? found : undefined;
}
