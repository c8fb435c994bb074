/** changes: work on the estate that people or programs planned: what, by whom, when, on which services and assets. Written here or
 *  fed by its id elsewhere, so that whoever contains an attack sees who is working there. */
import { z } from "zod";
import { csv, idParams, none, page, pageQuery, timestamp } from "./model.ts";
import { route } from "./route.ts";

export const changeKind = z.enum(["standard", "normal", "emergency"]);
export type ChangeKind = z.infer<typeof changeKind>;

export const changeState = z.enum(["planned", "running", "done", "cancelled"]);
export type ChangeState = z.infer<typeof changeState>;

/** How it stands against its times: soon = begins within the hour · late = should have begun, and nobody said that it has ·
 *  running · overdue = it runs past its planned end. */
export const changeStanding = z.enum(["soon", "late", "running", "overdue"]);
export type ChangeStanding = z.infer<typeof changeStanding>;

export const changeTarget = z.object({
  kind: z.enum(["service", "asset"]),
  /** As it was written. */
  value: z.string(),
  /** What it is in the estate; null when the estate does not know it. */
  id: z.string().nullable(),
  name: z.string().nullable(),
});
export type ChangeTarget = z.infer<typeof changeTarget>;

export const change = z.object({
  id: z.string(),
  /** Its id where it comes from; null for one that was written here. */
  externalId: z.string().nullable(),
  title: z.string(),
  kind: changeKind,
  state: changeState,
  /** Null while its times say nothing: it is far ahead, or over. */
  standing: changeStanding.nullable(),
  /** The team that answers for it; `id` is null when the estate does not know the team. */
  owner: z.object({ id: z.string().nullable(), name: z.string() }).nullable(),
  /** Who does the work; "" when nobody said. */
  doneBy: z.string(),
  plannedStart: timestamp,
  /** Null = open end. */
  plannedEnd: timestamp.nullable(),
  actualStart: timestamp.nullable(),
  actualEnd: timestamp.nullable(),
  targets: z.array(changeTarget),
  /** Where it is kept in full. */
  reference: z.string().nullable(),
  description: z.string(),
  backOut: z.string(),
  /** What came of it. */
  outcome: z.string(),
  version: z.number().int(),
  createdAt: timestamp,
  createdBy: z.string(),
  updatedAt: timestamp,
  updatedBy: z.string(),
});
export type Change = z.infer<typeof change>;

const title = z.string().trim().min(3, "a title of at least 3 characters").max(300);
const names = z.array(z.string().trim().min(1).max(300)).max(500);
const long = z.string().max(10_000);
const outcome = z.string().trim().max(4_000);
const reference = z
  .url({ protocol: /^https?$/, error: "an address that begins with https:// or http://" })
  .max(2_000)
  .nullable();

const written = {
  title,
  kind: changeKind.default("normal"),
  /** Id or name of a team. */
  owner: z.string().trim().min(1).max(200).nullable().default(null),
  doneBy: z.string().trim().max(200).default(""),
  plannedStart: timestamp,
  plannedEnd: timestamp.nullable().default(null),
  /** Ids or names; what the estate does not know is kept, and said to be unknown. */
  services: names.default([]),
  assets: names.default([]),
  reference: reference.default(null),
  description: long.default(""),
  backOut: long.default(""),
};

const externalId = z.string().trim().min(1).max(200);

/** What a feed gives. The state elsewhere counts, whatever it was here. */
export const fedChange = z.strictObject({
  ...written,
  state: changeState.default("planned"),
  /** When it really began and ended; else the moment that its state was first heard of. */
  actualStart: timestamp.nullable().default(null),
  actualEnd: timestamp.nullable().default(null),
  outcome: outcome.default(""),
  /** When it was last changed there: what is older than what is kept changes nothing. */
  asOf: timestamp.optional(),
});
export type FedChange = z.output<typeof fedChange>;

/** A file of changes: what a feed gives, each with its external id. */
export const changeFile = z.array(fedChange.extend({ externalId })).max(5_000);

const at = timestamp.optional();

export const changeRoutes = {
  listChanges: route({
    method: "GET",
    path: "/api/changes",
    permission: "estate.read",
    summary: "List changes: those to come and under way by their start, all others the latest first.",
    params: none,
    query: pageQuery.extend({
      /** Several with commas; empty = all. */
      state: csv.pipe(z.array(changeState)).optional(),
      /** Those whose window touches this range. */
      from: timestamp.optional(),
      to: timestamp.optional(),
      /** Id or name. */
      asset: z.string().max(300).optional(),
      service: z.string().max(300).optional(),
      q: z.string().max(200).optional(),
    }),
    body: none,
    response: page(change),
  }),
  getChange: route({
    method: "GET",
    path: "/api/changes/:id",
    permission: "estate.read",
    summary: "One change.",
    params: idParams,
    query: none,
    body: none,
    response: change,
  }),
  createChange: route({
    method: "POST",
    path: "/api/changes",
    permission: "changes.write",
    mutates: true,
    summary: "Plan a change.",
    params: none,
    query: none,
    body: z.strictObject(written),
    response: change,
  }),
  feedChange: route({
    method: "PUT",
    path: "/api/changes/external/:id",
    permission: "changes.write",
    mutates: true,
    summary: "Create or change a change by its id elsewhere; the same again changes nothing.",
    params: idParams,
    query: none,
    body: fedChange,
    response: z.object({ result: z.enum(["created", "updated", "unchanged", "older"]), change }),
  }),
  updateChange: route({
    method: "PATCH",
    path: "/api/changes/:id",
    permission: "changes.write",
    mutates: true,
    summary: "Edit a change; `basedOn` is the version that was edited.",
    params: idParams,
    query: none,
    body: z.strictObject({
      title: title.optional(),
      kind: changeKind.optional(),
      owner: z.string().trim().min(1).max(200).nullable().optional(),
      doneBy: z.string().trim().max(200).optional(),
      plannedStart: timestamp.optional(),
      plannedEnd: timestamp.nullable().optional(),
      services: names.optional(),
      assets: names.optional(),
      reference: reference.optional(),
      description: long.optional(),
      backOut: long.optional(),
      outcome: outcome.optional(),
      basedOn: z.number().int(),
    }),
    response: change,
  }),
  startChange: route({
    method: "POST",
    path: "/api/changes/:id/start",
    permission: "changes.write",
    mutates: true,
    summary: "Say that a planned change has begun.",
    params: idParams,
    query: none,
    body: z.strictObject({ at }),
    response: change,
  }),
  finishChange: route({
    method: "POST",
    path: "/api/changes/:id/finish",
    permission: "changes.write",
    mutates: true,
    summary: "Say that a running change is done, and what came of it.",
    params: idParams,
    query: none,
    body: z.strictObject({ at, outcome: outcome.default("") }),
    response: change,
  }),
  cancelChange: route({
    method: "POST",
    path: "/api/changes/:id/cancel",
    permission: "changes.write",
    mutates: true,
    summary: "Cancel a change that is planned or runs.",
    params: idParams,
    query: none,
    body: z.strictObject({ outcome: outcome.default("") }),
    response: change,
  }),
} as const;
