/** pulls: sources that Holdfast fetches itself: interfaces of other products by a definition, NATS JetStream, Kafka. What they need is
 *  described as JSON Schema, so that page and command line ask for it; secrets go in and never come out. */
import { z } from "zod";
import { fetchedKind } from "./ingest.ts";
import { idParams, none, timestamp } from "./model.ts";
import { route } from "./route.ts";

const jsonObject = z.record(z.string(), z.unknown());

export const pullKind = z.object({
  kind: z.string(),
  via: fetchedKind,
  title: z.string(),
  description: z.string(),
  /** Documentation of the far side's interface. */
  docs: z.string(),
  /** What must be done at the far side first, a sentence each. */
  before: z.array(z.string()),
  /** JSON Schemas; forms and checks are made of them. */
  settings: jsonObject,
  secrets: jsonObject,
  /** Seconds between two tries; null for what is listened to all the time. */
  everySeconds: z.number().int().nullable(),
  /** Whether records from before the source was added can be fetched. */
  backfill: z.boolean(),
  /** What may come twice, or not at all, in words. */
  promise: z.string(),
});
export type PullKind = z.infer<typeof pullKind>;

export const pullState = z.enum(["waiting", "running", "listening", "throttled", "backing-off", "held", "off"]);
export type PullState = z.infer<typeof pullState>;

export const pullStream = z.object({
  id: z.string(),
  title: z.string(),
  /** How far it has come, in words: a time, a place in a file, an offset. */
  cursor: z.string(),
});

export const pull = z.object({
  /** Of its source. */
  id: z.string(),
  name: z.string(),
  kind: z.string(),
  via: fetchedKind,
  settings: jsonObject,
  /** Names of the secrets that are set. */
  secrets: z.array(z.string()),
  /** Private addresses and ranges it may reach. */
  allow: z.array(z.string()),
  state: pullState,
  /** Records acknowledged by the spool, ever. */
  taken: z.number().int(),
  /** Records that came again and were left out. */
  repeated: z.number().int(),
  streams: z.array(pullStream),
  lastTryAt: timestamp.nullable(),
  lastSuccessAt: timestamp.nullable(),
  nextTryAt: timestamp.nullable(),
  /** Tries in a row that failed. */
  failures: z.number().int(),
  /** What the other side said, or why it could not be reached. */
  lastError: z.string().nullable(),
  lastErrorAt: timestamp.nullable(),
  updatedAt: timestamp,
  updatedBy: z.string(),
});
export type Pull = z.infer<typeof pull>;

const entered = {
  settings: jsonObject.default({}),
  secrets: z.record(z.string().max(100), z.string().max(20_000)).default({}),
  allow: z.array(z.string().max(200)).max(100).default([]),
};

export const pullTrial = z.object({
  ok: z.boolean(),
  answers: z.array(
    z.object({
      stream: z.string(),
      ok: z.boolean(),
      /** What the other side said, in a sentence. */
      said: z.string(),
      /** Records on the first page; null when it is not known. */
      records: z.number().int().nullable(),
      /** The first of them, cut; null when there is none. */
      sample: z.string().nullable(),
    }),
  ),
});
export type PullTrial = z.infer<typeof pullTrial>;

export const pullRoutes = {
  listPullKinds: route({
    method: "GET",
    path: "/api/pull-kinds",
    permission: "sources.read",
    summary: "List what can be fetched, with what each needs as JSON Schema.",
    params: none,
    query: none,
    body: none,
    response: z.object({ items: z.array(pullKind) }),
  }),
  getPull: route({
    method: "GET",
    path: "/api/pulls/:id",
    permission: "sources.read",
    summary: "How a fetched source stands: last try, last success, next try, and what the other side said.",
    params: idParams,
    query: none,
    body: none,
    response: pull,
  }),
  tryPull: route({
    method: "POST",
    path: "/api/pulls/try",
    permission: "sources.write",
    mutates: true,
    summary: "Ask the other side for a first page and tell what it answers; nothing is saved or stored.",
    params: none,
    query: none,
    body: z.strictObject({
      kind: z.string().min(1).max(100),
      ...entered,
      /** Takes the stored secrets of this source for those left empty. */
      id: z.string().max(200).optional(),
    }),
    response: pullTrial,
  }),
  addPull: route({
    method: "POST",
    path: "/api/pulls",
    permission: "sources.write",
    mutates: true,
    summary: "Add a source that Holdfast fetches itself.",
    params: none,
    query: none,
    body: z.strictObject({
      name: z.string().min(1).max(100),
      kind: z.string().min(1).max(100),
      ...entered,
      /** Fetch what happened since then; one day back when not given. */
      since: timestamp.optional(),
    }),
    response: pull,
  }),
  updatePull: route({
    method: "PATCH",
    path: "/api/pulls/:id",
    permission: "sources.write",
    mutates: true,
    summary: "Change settings, secrets or the addresses that a fetched source may reach.",
    params: idParams,
    query: none,
    body: z.strictObject({
      settings: jsonObject.optional(),
      /** An empty text removes the secret. */
      secrets: entered.secrets.optional(),
      allow: z.array(z.string().max(200)).max(100).optional(),
    }),
    response: pull,
  }),
  runPull: route({
    method: "POST",
    path: "/api/pulls/:id/run",
    permission: "sources.write",
    mutates: true,
    summary: "Try now instead of waiting for the next time.",
    params: idParams,
    query: none,
    body: none,
    response: pull,
  }),
} as const;
