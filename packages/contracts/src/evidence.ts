/** evidence: files and searches kept of an incident, each with its chain of custody; and the trail of searches behind them. */
import { z } from "zod";
import { idParams, none, timestamp } from "./model.ts";
import { route } from "./route.ts";
import { timeExpression } from "./search.ts";
import { person } from "./triage.ts";

/** POST the bytes; `?name=` and `?description=` go with them. */
export const EVIDENCE_UPLOAD_PATH = "/api/incidents/:id/evidence-files";
/** GET, always as an attachment. */
export const EVIDENCE_FILE_PATH = "/api/evidence/:id/file";
export const REPORT_PATH = "/api/incidents/:id/report";

export const custodyRow = z.object({
  seq: z.number().int(),
  at: timestamp,
  action: z.string(),
  by: person,
  details: z.string(),
  hash: z.string(),
});

export const evidence = z.object({
  id: z.string(),
  kind: z.enum(["file", "search"]),
  name: z.string(),
  description: z.string(),
  source: z.string(),
  at: timestamp,
  by: person,
  /** Of the file; of a search only when it is sealed. */
  sha256: z.string().nullable(),
  bytes: z.number().int().nullable(),
  search: z
    .object({
      query: z.string(),
      from: timestamp,
      to: timestamp,
      events: z.number().int(),
      /** sha256 over the ids and records of all events, in the order of their ids. */
      digest: z.string(),
    })
    .nullable(),
  sealedAt: timestamp.nullable(),
  sealedBy: z.string().nullable(),
  custody: z.array(custodyRow),
  /** Number of the first row of custody that does not fit; null when all do. */
  brokenAt: z.number().int().nullable(),
});
export type Evidence = z.infer<typeof evidence>;

const change = { permission: "incidents.work", mutates: true, params: idParams, query: none } as const;

export const evidenceRoutes = {
  listEvidence: route({
    method: "GET",
    path: "/api/incidents/:id/evidence",
    permission: "incidents.read",
    summary: "The evidence of an incident, with the chain of custody of each piece.",
    params: idParams,
    query: none,
    body: none,
    response: z.object({ items: z.array(evidence) }),
  }),
  pinSearch: route({
    ...change,
    method: "POST",
    path: "/api/incidents/:id/pins",
    summary: "Keep a search as evidence: its text, range, count and a digest over its events.",
    body: z.strictObject({
      name: z.string().trim().min(1).max(300),
      description: z.string().max(5000).default(""),
      query: z.string().max(10_000),
      from: timeExpression,
      to: timeExpression,
    }),
    response: evidence,
  }),
  handOver: route({
    ...change,
    method: "POST",
    path: "/api/evidence/:id/hand-over",
    summary: "Record that a piece of evidence was handed over, to whom and why.",
    body: z.strictObject({ to: z.string().trim().min(1).max(300), reason: z.string().trim().min(1).max(2000) }),
    response: evidence,
  }),
  verifyEvidence: route({
    ...change,
    method: "POST",
    path: "/api/evidence/:id/verify",
    summary: "Read a piece of evidence whole and compare it with its sha256 or digest.",
    body: none,
    response: z.object({ verdict: z.enum(["intact", "changed", "missing"]), reason: z.string(), evidence }),
  }),
  sealEvidence: route({
    ...change,
    method: "POST",
    path: "/api/evidence/:id/seal",
    summary:
      "Seal a piece of evidence: the events of a search become a file; the head of the chain goes to the audit log.",
    body: none,
    response: evidence,
  }),
  addTrail: route({
    ...change,
    method: "POST",
    path: "/api/incidents/:id/trail",
    summary: "Note a search that was made from an incident.",
    body: z.strictObject({
      query: z.string().max(10_000),
      from: timeExpression,
      to: timeExpression,
      rows: z.number().int().min(0).nullable().default(null),
    }),
    response: z.object({ steps: z.number().int() }),
  }),
} as const;
