/** tickets: incidents kept in step with tickets of other systems, field by field, in both directions. */
import { z } from "zod";
import { idParams, none, severity, timestamp } from "./model.ts";
import { route } from "./route.ts";
import { incidentState } from "./triage.ts";

export const ticketKind = z.enum(["rt", "jira", "servicenow", "github"]);
export type TicketKind = z.infer<typeof ticketKind>;

export const syncField = z.enum(["title", "severity", "state", "comments"]);
export type SyncField = z.infer<typeof syncField>;
export const direction = z.enum(["both", "out", "in", "off"]);
export type Direction = z.infer<typeof direction>;

const word = z.string().min(1).max(100);
/** `out` says what we write for each of our words; `in` says what each of theirs means. What is in neither is a warning. */
export const wordMap = <T extends z.ZodType<string>>(ours: T) =>
  z.object({
    out: z.partialRecord(z.string(), word),
    in: z.record(word, ours),
  });

const systemBody = z.strictObject({
  name: z.string().trim().min(1).max(120),
  kind: ticketKind,
  /** Where it answers, such as https://rt.example.org */
  url: z.url({ protocol: /^https?$/ }).max(500),
  /** Queue, project, table or repository: where tickets are opened. */
  place: z.string().trim().min(1).max(200),
  /** For systems that log in with a name; else empty. */
  user: z.string().max(200).default(""),
  /** Private addresses it may reach, such as 10.1.2.3 or 10.0.0.0/8. */
  allow: z.array(z.string().max(60)).max(20).default([]),
  directions: z.record(syncField, direction),
  states: wordMap(incidentState).optional(),
  severities: wordMap(severity).optional(),
  pollSeconds: z.number().int().min(5).max(86_400).default(60),
  enabled: z.boolean().default(true),
});
export type SystemBody = z.infer<typeof systemBody>;

export const ticketSystem = systemBody.extend({
  id: z.string(),
  states: wordMap(incidentState),
  severities: wordMap(severity),
  secretSet: z.boolean(),
  health: z.enum(["untested", "ok", "failing", "off"]),
  lastError: z.string().nullable(),
  lastOkAt: timestamp.nullable(),
  /** When it is asked next; later than usual while it fails. */
  nextAt: timestamp.nullable(),
  links: z.number().int(),
  waiting: z.number().int(),
});
export type TicketSystemView = z.infer<typeof ticketSystem>;

export const fieldState = z.object({
  field: syncField,
  direction,
  state: z.enum(["same", "waiting", "conflict", "unmapped", "off"]),
  ours: z.string(),
  theirs: z.string(),
  /** What to know: the conflict, or the word that no map has. */
  note: z.string(),
});

export const ticketLink = z.object({
  id: z.string(),
  systemId: z.string(),
  system: z.string(),
  kind: ticketKind,
  state: z.enum(["creating", "linked", "broken"]),
  ticket: z.string().nullable(),
  url: z.string().nullable(),
  fields: z.array(fieldState),
  comments: z.object({ sent: z.number().int(), taken: z.number().int(), waiting: z.number().int() }),
  problem: z.string().nullable(),
  syncedAt: timestamp.nullable(),
});
export type TicketLink = z.infer<typeof ticketLink>;

const secret = z.string().min(1).max(2000).optional();
const links = z.object({ items: z.array(ticketLink) });
const linkParams = idParams.extend({ link: z.string().max(100) });

export const ticketRoutes = {
  listTicketSystems: route({
    method: "GET",
    path: "/api/ticket-systems",
    permission: "incidents.read",
    summary: "List ticket systems with their health.",
    params: none,
    query: none,
    body: none,
    response: z.object({ items: z.array(ticketSystem) }),
  }),
  createTicketSystem: route({
    method: "POST",
    path: "/api/ticket-systems",
    permission: "connectors.write",
    mutates: true,
    summary: "Add a ticket system; its secret is sealed and never shown again.",
    params: none,
    query: none,
    body: systemBody.extend({ secret }),
    response: ticketSystem,
  }),
  saveTicketSystem: route({
    method: "PUT",
    path: "/api/ticket-systems/:id",
    permission: "connectors.write",
    mutates: true,
    summary: "Change a ticket system; without a secret the old one is kept, unless it would travel to another address.",
    params: idParams,
    query: none,
    body: systemBody.extend({ secret }),
    response: ticketSystem,
  }),
  deleteTicketSystem: route({
    method: "DELETE",
    path: "/api/ticket-systems/:id",
    permission: "connectors.write",
    mutates: true,
    summary: "Remove a ticket system with its links; tickets stay as they are.",
    params: idParams,
    query: none,
    body: none,
    response: none,
  }),
  syncTicketSystem: route({
    method: "POST",
    path: "/api/ticket-systems/:id/sync",
    permission: "incidents.work",
    mutates: true,
    summary: "Bring everything in step now, without waiting for the next turn.",
    params: idParams,
    query: none,
    body: none,
    response: ticketSystem,
  }),
  listIncidentTickets: route({
    method: "GET",
    path: "/api/incidents/:id/tickets",
    permission: "incidents.read",
    summary: "The tickets of an incident and how each field stands.",
    params: idParams,
    query: none,
    body: none,
    response: links,
  }),
  linkTicket: route({
    method: "POST",
    path: "/api/incidents/:id/tickets",
    permission: "incidents.work",
    mutates: true,
    summary: "Open a ticket for an incident, or link one that is there.",
    params: idParams,
    query: none,
    body: z.strictObject({
      systemId: z.string().max(100),
      /** Left out: a ticket is opened. */
      ticket: z.string().trim().min(1).max(200).optional(),
    }),
    response: links,
  }),
  unlinkTicket: route({
    method: "DELETE",
    path: "/api/incidents/:id/tickets/:link",
    permission: "incidents.work",
    mutates: true,
    summary: "Stop keeping a ticket in step; both stay as they are.",
    params: linkParams,
    query: none,
    body: none,
    response: links,
  }),
  resolveTicketConflict: route({
    method: "POST",
    path: "/api/incidents/:id/tickets/:link/conflicts",
    permission: "incidents.work",
    mutates: true,
    summary: "Decide a conflict: our value or theirs goes to both sides.",
    params: linkParams,
    query: none,
    body: z.strictObject({ field: syncField, take: z.enum(["ours", "theirs"]) }),
    response: links,
  }),
} as const;
