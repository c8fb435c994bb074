/** connectors: the systems that Holdfast acts on or speaks to, and the actions they can carry out. Secrets go in and never come out:
 *  an answer says only which are set. */
import { z } from "zod";
import { idParams, none, timestamp } from "./model.ts";
import { route } from "./route.ts";

export const effectClass = z.enum(["read", "reversible", "irreversible"]);
export type EffectClass = z.infer<typeof effectClass>;

/** A JSON Schema; forms and checks are made of it. */
const jsonSchema = z.record(z.string(), z.unknown());
const jsonObject = z.record(z.string(), z.unknown());

export const connectorKind = z.object({
  kind: z.string(),
  title: z.string(),
  description: z.string(),
  /** Documentation of the far side's interface. */
  docs: z.string(),
  settings: jsonSchema,
  secrets: jsonSchema,
  /** Names of the actions that it can carry out. */
  actions: z.array(z.string()),
  /** Whether messages can be sent by it. */
  delivers: z.boolean(),
});
export type ConnectorKind = z.infer<typeof connectorKind>;

export const connectorState = z.enum(["untested", "ok", "failing", "off"]);
export type ConnectorState = z.infer<typeof connectorState>;

export const connector = z.object({
  /** Chosen by people and written into playbooks. */
  id: z.string(),
  name: z.string(),
  kind: z.string(),
  settings: jsonObject,
  /** Names of the secrets that are set. */
  secrets: z.array(z.string()),
  /** Private addresses and ranges it may reach. */
  allow: z.array(z.string()),
  enabled: z.boolean(),
  state: connectorState,
  lastError: z.string().nullable(),
  lastErrorAt: timestamp.nullable(),
  lastTestedAt: timestamp.nullable(),
  lastUsedAt: timestamp.nullable(),
  createdAt: timestamp,
  updatedAt: timestamp,
  updatedBy: z.string(),
});
export type ConnectorView = z.infer<typeof connector>;

export const actionView = z.object({
  name: z.string(),
  title: z.string(),
  description: z.string(),
  /** The gravest it can be; for some inputs it is less. */
  effect: effectClass,
  undoable: z.boolean(),
  /** Kinds of connector that can carry it out. */
  connectors: z.array(z.string()),
  input: jsonSchema,
  /** What it gives at least when it was done. */
  output: jsonSchema,
  limits: z.object({ timeoutMs: z.number().int(), perHour: z.number().int() }),
});
export type ActionView = z.infer<typeof actionView>;

export const target = z.object({
  kind: z.enum(["host", "user", "ip", "domain", "process", "file", "channel"]),
  value: z.string(),
});

const outcome = z.union([
  z.object({ kind: z.literal("done"), evidence: z.string(), output: jsonObject }),
  z.object({ kind: z.literal("failed"), reason: z.string(), retryable: z.boolean() }),
  z.object({ kind: z.literal("unknown"), reason: z.string() }),
]);

export const actionPlan = z.union([
  z.object({
    ok: z.literal(true),
    targets: z.array(target),
    /** Literally what is sent. */
    command: z.array(z.string()),
    effect: effectClass,
    undoable: z.boolean(),
  }),
  z.object({ ok: z.literal(false), reason: z.string(), at: z.string() }),
]);

const allow = z.array(z.string().trim().min(1).max(100)).max(100);
const secrets = z.record(z.string().max(60), z.string().max(20_000));
const actionCall = z.strictObject({
  action: z.string().min(1).max(60),
  connectorId: z.string().min(1).max(63),
  input: jsonObject,
});

export const connectorRoutes = {
  listConnectorKinds: route({
    method: "GET",
    path: "/api/connector-kinds",
    permission: "connectors.read",
    summary: "List the kinds of connectors with their settings as JSON Schema.",
    params: none,
    query: none,
    body: none,
    response: z.object({ items: z.array(connectorKind) }),
  }),
  listConnectors: route({
    method: "GET",
    path: "/api/connectors",
    permission: "connectors.read",
    summary: "List the connectors, without secrets.",
    params: none,
    query: none,
    body: none,
    response: z.object({ items: z.array(connector), next: z.null() }),
  }),
  createConnector: route({
    method: "POST",
    path: "/api/connectors",
    permission: "connectors.write",
    mutates: true,
    summary: "Add a connector; its secrets are sealed and never shown again.",
    params: none,
    query: none,
    body: z.strictObject({
      id: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, "a to z, 0 to 9 and dash, a letter first; at most 63 characters"),
      name: z.string().trim().min(1).max(100),
      kind: z.string().max(60),
      settings: jsonObject,
      secrets: secrets.default({}),
      allow: allow.default([]),
    }),
    response: connector,
  }),
  updateConnector: route({
    method: "PATCH",
    path: "/api/connectors/:id",
    permission: "connectors.write",
    mutates: true,
    summary: "Change a connector. Secrets that are not named stay, unless it is to speak to another host.",
    params: idParams,
    query: none,
    body: z.strictObject({
      name: z.string().trim().min(1).max(100).optional(),
      settings: jsonObject.optional(),
      secrets: secrets.optional(),
      allow: allow.optional(),
      enabled: z.boolean().optional(),
    }),
    response: connector,
  }),
  deleteConnector: route({
    method: "DELETE",
    path: "/api/connectors/:id",
    permission: "connectors.write",
    mutates: true,
    summary: "Remove a connector and its secrets.",
    params: idParams,
    query: none,
    body: none,
    response: none,
  }),
  testConnector: route({
    method: "POST",
    path: "/api/connectors/:id/test",
    permission: "connectors.write",
    mutates: true,
    summary: "Reach the far side and prove the credentials, without changing anything there.",
    params: idParams,
    query: none,
    body: none,
    response: z.object({ outcome, connector }),
  }),
  listActions: route({
    method: "GET",
    path: "/api/actions",
    permission: "connectors.read",
    summary: "List the actions with their input as JSON Schema and the kinds of connectors that carry them out.",
    params: none,
    query: none,
    body: none,
    response: z.object({ items: z.array(actionView) }),
  }),
  planAction: route({
    method: "POST",
    path: "/api/actions/plan",
    permission: "effects.propose",
    mutates: true,
    summary: "Read an action's input: targets and the literal command, without reaching anything.",
    params: none,
    query: none,
    body: actionCall,
    response: actionPlan,
  }),
  dryRunAction: route({
    method: "POST",
    path: "/api/actions/dry-run",
    permission: "effects.propose",
    mutates: true,
    summary: "Do everything of an action but its effect: reach the far side and let it check the command.",
    params: none,
    query: none,
    body: actionCall,
    response: z.object({ outcome }),
  }),
} as const;
