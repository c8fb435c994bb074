/** estate: assets, identities, services and what depends on what. Everything else in Holdfast hangs on it. */
import { z } from "zod";
import { idParams, none, page, pageQuery, timestamp } from "./model.ts";
import { route } from "./route.ts";

export const criticality = z.number().int().min(1).max(5);
export const exposure = z.enum(["internet", "partner", "internal", "isolated"]);
export type Exposure = z.infer<typeof exposure>;
export const assetKind = z.enum([
  "workstation",
  "server",
  "domain-controller",
  "database",
  "gateway",
  "cluster",
  "cloud-account",
  "appliance",
  "other",
]);

export const teamRow = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(["security", "operations", "other"]),
  /** Login names of those who speak for it. */
  members: z.array(z.string()),
});
export type TeamRow = z.infer<typeof teamRow>;

export const serviceBrief = z.object({
  id: z.string(),
  name: z.string(),
  criticality,
  exposure,
  owner: z.string().nullable(),
});
export type ServiceBrief = z.infer<typeof serviceBrief>;

/** Where a fact about an asset or identity comes from. */
export const provenance = z.enum(["declared", "observed"]);

export const asset = z.object({
  id: z.string(),
  name: z.string(),
  kind: assetKind,
  os: z.string(),
  owner: z.string().nullable(),
  criticality: criticality.nullable(),
  exposure: exposure.nullable(),
  tags: z.array(z.string()),
  provenance,
  /** Addresses with the time they were last seen on this asset. */
  addresses: z.array(z.object({ ip: z.string(), firstSeen: timestamp, lastSeen: timestamp, provenance })),
  /** Other spellings that were merged into this one and why. */
  aliases: z.array(z.object({ name: z.string(), rule: z.string() })),
  services: z.array(serviceBrief),
  firstSeen: timestamp.nullable(),
  lastSeen: timestamp.nullable(),
  openAlerts: z.number().int(),
});
export type Asset = z.infer<typeof asset>;

export const identity = z.object({
  id: z.string(),
  name: z.string(),
  fullName: z.string(),
  kind: z.enum(["person", "service", "admin", "unknown"]),
  team: z.string().nullable(),
  privileged: z.boolean(),
  provenance,
  aliases: z.array(z.object({ name: z.string(), rule: z.string() })),
  /** Hosts it was seen on, most recent first. */
  hosts: z.array(z.object({ asset: z.string(), assetId: z.string(), lastSeen: timestamp })),
  firstSeen: timestamp.nullable(),
  lastSeen: timestamp.nullable(),
  openAlerts: z.number().int(),
});
export type Identity = z.infer<typeof identity>;

export const service = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  owner: z.string().nullable(),
  criticality,
  exposure,
  dependsOn: z.array(serviceBrief),
  dependants: z.array(serviceBrief),
  assets: z.array(z.object({ id: z.string(), name: z.string(), kind: assetKind })),
  openAlerts: z.number().int(),
  openIncidents: z.number().int(),
});
export type Service = z.infer<typeof service>;

export const estateGraph = z.object({
  nodes: z.array(
    z.object({
      id: z.string(),
      kind: z.enum(["service", "asset"]),
      name: z.string(),
      criticality: criticality.nullable(),
      owner: z.string().nullable(),
      openAlerts: z.number().int(),
    }),
  ),
  /** Service -> service it needs; service -> asset it runs on. */
  edges: z.array(
    z.object({
      from: z.string(),
      to: z.string(),
      /** seen = telemetry says so, and nobody has accepted or dismissed it. */
      kind: z.enum(["depends_on", "runs_on", "seen"]),
      /** Of what was seen, 0 to 1. */
      confidence: z.number().optional(),
    }),
  ),
});
export type EstateGraph = z.infer<typeof estateGraph>;

/** A dependency that telemetry shows. */
export const observedEdge = z.object({
  from: serviceBrief,
  to: serviceBrief,
  /** declared = it stands in the estate as well · accepted = a person took it over, and it counts like a declared one. */
  state: z.enum(["proposed", "accepted", "dismissed", "declared"]),
  /** 0 to 1, and how it comes about. */
  confidence: z.number(),
  terms: z.array(z.object({ text: z.string(), value: z.number() })),
  firstSeen: timestamp,
  lastSeen: timestamp,
  count: z.number().int(),
  /** The latest 20 kinds of it. */
  evidence: z.array(
    z.object({
      kind: z.enum(["trace", "call", "flow"]),
      /** What is spoken, or the port. */
      detail: z.string(),
      /** As telemetry names the two ends; empty where they are assets. */
      between: z.string(),
      firstSeen: timestamp,
      lastSeen: timestamp,
      count: z.number().int(),
    }),
  ),
  decided: z.object({ by: z.string(), at: timestamp, reason: z.string() }).nullable(),
});
export type ObservedEdge = z.infer<typeof observedEdge>;

export const observedEdges = z.object({
  /** Most certain first, at most 1,000. */
  items: z.array(observedEdge),
  total: z.number().int(),
  /** Names that telemetry calls and that no service of the estate has, most often seen first. */
  unknown: z.array(z.object({ name: z.string(), count: z.number().int(), lastSeen: timestamp })),
});
export type ObservedEdges = z.infer<typeof observedEdges>;

export const importReport = z.object({
  teams: z.number().int(),
  services: z.number().int(),
  assets: z.number().int(),
  identities: z.number().int(),
  created: z.number().int(),
  updated: z.number().int(),
  unchanged: z.number().int(),
  problems: z.array(z.object({ line: z.number().int().nullable(), at: z.string(), message: z.string() })),
});
export type ImportReport = z.infer<typeof importReport>;

const listQuery = pageQuery.extend({
  q: z.string().max(200).optional(),
  service: z.string().max(200).optional(),
  owner: z.string().max(200).optional(),
  sort: z.enum(["name", "criticality", "alerts", "seen"]).default("name"),
});

export const estateRoutes = {
  listTeams: route({
    method: "GET",
    path: "/api/teams",
    permission: "estate.read",
    summary: "List owner teams.",
    params: none,
    query: none,
    body: none,
    response: z.object({ items: z.array(teamRow) }),
  }),
  listAssets: route({
    method: "GET",
    path: "/api/assets",
    permission: "estate.read",
    summary: "List assets.",
    params: none,
    query: listQuery.extend({ kind: assetKind.optional() }),
    body: none,
    response: page(asset),
  }),
  getAsset: route({
    method: "GET",
    path: "/api/assets/:id",
    permission: "estate.read",
    summary: "One asset by id or name.",
    params: idParams,
    query: none,
    body: none,
    response: asset,
  }),
  updateAsset: route({
    method: "PATCH",
    path: "/api/assets/:id",
    permission: "estate.write",
    mutates: true,
    summary: "Change what is declared about an asset.",
    params: idParams,
    query: none,
    body: z.strictObject({
      kind: assetKind.optional(),
      os: z.string().max(200).optional(),
      owner: z.string().max(200).nullable().optional(),
      criticality: criticality.nullable().optional(),
      exposure: exposure.nullable().optional(),
      tags: z.array(z.string().max(100)).max(50).optional(),
    }),
    response: asset,
  }),
  listIdentities: route({
    method: "GET",
    path: "/api/identities",
    permission: "estate.read",
    summary: "List identities.",
    params: none,
    query: listQuery,
    body: none,
    response: page(identity),
  }),
  getIdentity: route({
    method: "GET",
    path: "/api/identities/:id",
    permission: "estate.read",
    summary: "One identity by id or name.",
    params: idParams,
    query: none,
    body: none,
    response: identity,
  }),
  listServices: route({
    method: "GET",
    path: "/api/services",
    permission: "estate.read",
    summary: "List services with their dependencies.",
    params: none,
    query: listQuery,
    body: none,
    response: page(service),
  }),
  getService: route({
    method: "GET",
    path: "/api/services/:id",
    permission: "estate.read",
    summary: "One service.",
    params: idParams,
    query: none,
    body: none,
    response: service,
  }),
  saveService: route({
    method: "PUT",
    path: "/api/services/:id",
    permission: "estate.write",
    mutates: true,
    summary: "Create or change a service.",
    params: idParams,
    query: none,
    body: z.strictObject({
      name: z.string().min(1).max(200),
      description: z.string().max(2000).default(""),
      owner: z.string().max(200).nullable().default(null),
      criticality,
      exposure,
      dependsOn: z.array(z.string().max(200)).max(200).default([]),
      assets: z.array(z.string().max(300)).max(5000).default([]),
    }),
    response: service,
  }),
  graph: route({
    method: "GET",
    path: "/api/estate/graph",
    permission: "estate.read",
    summary: "Services, assets and what depends on what.",
    params: none,
    query: z.object({ service: z.string().max(200).optional() }),
    body: none,
    response: estateGraph,
  }),
  listEdges: route({
    method: "GET",
    path: "/api/estate/edges",
    permission: "estate.read",
    summary: "Dependencies between services that telemetry shows, with their confidence.",
    params: none,
    query: z.object({
      service: z.string().max(200).optional(),
      state: z.enum(["proposed", "accepted", "dismissed", "declared"]).optional(),
    }),
    body: none,
    response: observedEdges,
  }),
  decideEdge: route({
    method: "POST",
    path: "/api/estate/edges",
    permission: "estate.write",
    mutates: true,
    summary: "Accept or dismiss a dependency that was seen, or leave it open again.",
    params: none,
    query: none,
    body: z.strictObject({
      from: z.string().min(1).max(200),
      to: z.string().min(1).max(200),
      state: z.enum(["proposed", "accepted", "dismissed"]),
      reason: z.string().max(1000).default(""),
    }),
    response: observedEdge,
  }),
  importEstate: route({
    method: "POST",
    path: "/api/estate/import",
    permission: "estate.write",
    mutates: true,
    summary: "Load an estate file (YAML); the same file twice changes nothing.",
    params: none,
    query: none,
    body: z.strictObject({ yaml: z.string().max(20_000_000), dryRun: z.boolean().default(false) }),
    response: importReport,
  }),
} as const;
