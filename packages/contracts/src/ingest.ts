/** ingest: where events come from (sources), what could not be taken (quarantine), and files taken in (imports). */
import { z } from "zod";
import { idParams, none, page, pageQuery, timestamp } from "./model.ts";
import { route } from "./route.ts";

/** What a source with a key can be; the key is good for every protocol, the kind says what was set up. */
export const keyedKind = z.enum([
  "http",
  "elasticsearch",
  "splunk-hec",
  "otlp",
  "prometheus",
  "loki",
  "gelf",
  "alertmanager",
  "journald",
  "osquery",
  "wazuh",
]);
export type KeyedKind = z.infer<typeof keyedKind>;

/** What listens on a port of its own and knows no keys: one source for all that send to it. */
export const portKind = z.enum([
  "syslog-udp",
  "syslog-tcp",
  "syslog-tls",
  "syslog-relp",
  "gelf-udp",
  "gelf-tcp",
  "fluent",
]);
export type PortKind = z.infer<typeof portKind>;

/** What Holdfast fetches itself: over HTTP by a definition, or as a consumer of NATS JetStream or Kafka. */
export const fetchedKind = z.enum(["pull", "nats", "kafka"]);
export type FetchedKind = z.infer<typeof fetchedKind>;

export const sourceKind = z.enum([...portKind.options, "import", ...keyedKind.options, ...fetchedKind.options]);
export type SourceKind = z.infer<typeof sourceKind>;

/** Why a record was turned away before it was acknowledged. */
export const rejectReason = z.enum([
  /** Over the limit of a record. */
  "too-large",
  /** Not what the protocol says it is: damaged, incomplete, of a kind that is not taken. */
  "unreadable",
  /** The queue was full, or the source over its share of it. */
  "overload",
  /** Datagrams that the system dropped before they could be read. */
  "dropped",
  /** Its source is disabled. */
  "disabled",
  /** Read, and not on disk when Holdfast stopped; its protocol has no acknowledgement. */
  "cut-off",
]);
export type RejectReason = z.infer<typeof rejectReason>;

export const source = z.object({
  /** Slug, also the value of the `source` column of its events. */
  id: z.string(),
  kind: sourceKind,
  name: z.string(),
  enabled: z.boolean(),
  /** First characters of its key; null for sources without one (syslog). */
  keyPrefix: z.string().nullable(),
  createdAt: timestamp,
  lastEventAt: timestamp.nullable(),
  /** Records acknowledged to the sender. */
  received: z.number().int(),
  stored: z.number().int(),
  quarantined: z.number().int(),
  /** Records seen before (imports of the same file). */
  duplicates: z.number().int(),
  unclassified: z.number().int(),
  /** Records refused before acknowledgement (too large, overload); UDP datagrams dropped count here too. */
  rejected: z.number().int(),
  /** Of them, by why, the most first. */
  rejections: z.array(z.object({ reason: rejectReason, records: z.number().int(), lastAt: timestamp })),
  bytes: z.number().int(),
  /** Share of stored records that a parser took, 0..1; null before the first. */
  coverage: z.number().nullable(),
  /** Records acknowledged but not yet searchable. */
  backlog: z.number().int(),
  /** Age in seconds of the oldest record of the backlog; 0 when there is none. */
  lagSeconds: z.number(),
  /** Records a minute over the last hour, oldest first, 60 values. */
  perMinute: z.array(z.number().int()),
});
export type Source = z.infer<typeof source>;

export const quarantined = z.object({
  id: z.string(),
  source: z.string(),
  code: z.string(),
  reason: z.string(),
  /** Place in the spool: segment, ordinal of the record. */
  position: z.object({ segment: z.number().int(), ordinal: z.number().int() }),
  receivedAt: timestamp,
  quarantinedAt: timestamp,
  peer: z.string(),
  /** First 4,096 characters of the record; bytes that are not UTF-8 are shown as U+FFFD. */
  preview: z.string(),
  bytes: z.number().int(),
  replayedAt: timestamp.nullable(),
});
export type Quarantined = z.infer<typeof quarantined>;

export const importRun = z.object({
  id: z.string(),
  name: z.string(),
  state: z.enum(["open", "finished", "failed"]),
  read: z.number().int(),
  stored: z.number().int(),
  quarantined: z.number().int(),
  duplicates: z.number().int(),
  startedAt: timestamp,
  finishedAt: timestamp.nullable(),
});
export type ImportRun = z.infer<typeof importRun>;

export const pipelineHealth = z.object({
  state: z.enum(["ok", "behind", "refusing", "stopped"]),
  /** Why ingest is refused or behind; "" when ok. */
  reason: z.string(),
  spoolBytes: z.number().int(),
  spoolMaxBytes: z.number().int(),
  diskFreeBytes: z.number().int(),
  backlog: z.number().int(),
  lagSeconds: z.number(),
  /** Records stored a second over the last 10 s. */
  perSecond: z.number(),
  workers: z.number().int(),
});
export type PipelineHealth = z.infer<typeof pipelineHealth>;

const sourceName = z.string().min(1).max(100);

export const ingestRoutes = {
  listSources: route({
    method: "GET",
    path: "/api/sources",
    permission: "sources.read",
    summary: "List sources with their health. `q` stands in the name, the id or the kind.",
    params: none,
    query: pageQuery.extend({
      q: z.string().max(100).optional(),
      /** Those of a run of an exercise, or "any"; without it only what is real. */
      exercise: z.string().max(100).optional(),
    }),
    body: none,
    response: page(source),
  }),
  getSource: route({
    method: "GET",
    path: "/api/sources/:id",
    permission: "sources.read",
    summary: "One source with its health.",
    params: idParams,
    query: none,
    body: none,
    response: source,
  }),
  createSource: route({
    method: "POST",
    path: "/api/sources",
    permission: "sources.write",
    mutates: true,
    summary: "Create a source with a key; the key is shown once.",
    params: none,
    query: none,
    body: z.strictObject({
      name: sourceName,
      kind: keyedKind.default("http"),
      /** What it sends belongs to this exercise: its alerts and incidents are kept apart from real ones. */
      exerciseId: z.string().min(1).max(100).optional(),
    }),
    response: z.object({ source, key: z.string() }),
  }),
  updateSource: route({
    method: "PATCH",
    path: "/api/sources/:id",
    permission: "sources.write",
    mutates: true,
    summary: "Rename, enable or disable a source; a disabled one is refused.",
    params: idParams,
    query: none,
    body: z.strictObject({ name: sourceName.optional(), enabled: z.boolean().optional() }),
    response: source,
  }),
  rotateSourceKey: route({
    method: "POST",
    path: "/api/sources/:id/key",
    permission: "sources.write",
    mutates: true,
    summary: "Give a source a new key; the old one stops at once.",
    params: idParams,
    query: none,
    body: none,
    response: z.object({ key: z.string() }),
  }),
  listQuarantine: route({
    method: "GET",
    path: "/api/quarantine",
    permission: "sources.read",
    summary: "List records that could not be processed, newest first.",
    params: none,
    query: pageQuery.extend({ source: z.string().max(200).optional() }),
    body: none,
    response: page(quarantined),
  }),
  replayQuarantine: route({
    method: "POST",
    path: "/api/quarantine/replay",
    permission: "sources.write",
    mutates: true,
    summary: "Send quarantined records through the pipeline again.",
    params: none,
    query: none,
    body: z.strictObject({ ids: z.array(z.string().max(100)).min(1).max(1000) }),
    response: z.object({ replayed: z.number().int() }),
  }),
  startImport: route({
    method: "POST",
    path: "/api/imports",
    permission: "ingest.write",
    mutates: true,
    summary: "Open an import; records are then sent in numbered chunks.",
    params: none,
    query: none,
    body: z.strictObject({ name: z.string().min(1).max(300) }),
    response: importRun,
  }),
  /** A file inside an import. The content hash makes a second import of the same file add nothing, and an interrupted one go on. */
  startImportFile: route({
    method: "POST",
    path: "/api/imports/:id/files",
    permission: "ingest.write",
    mutates: true,
    summary: "Announce a file by the SHA-256 of its unpacked content; answers how many of its records are already in.",
    params: idParams,
    query: none,
    body: z.strictObject({ path: z.string().max(4000), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
    response: z.object({ fileId: z.string(), recordsKnown: z.number().int() }),
  }),
  getImport: route({
    method: "GET",
    path: "/api/imports/:id",
    permission: "ingest.write",
    summary: "Progress of an import: read = stored + quarantined + duplicates when it is through.",
    params: idParams,
    query: none,
    body: none,
    response: importRun,
  }),
  finishImport: route({
    method: "POST",
    path: "/api/imports/:id/finish",
    permission: "ingest.write",
    mutates: true,
    summary: "Close an import; it reports finished when all its records are searchable.",
    params: idParams,
    query: none,
    body: none,
    response: importRun,
  }),
  pipeline: route({
    method: "GET",
    path: "/api/pipeline",
    permission: "system.read",
    summary: "State of the ingest pipeline.",
    params: none,
    query: none,
    body: none,
    response: pipelineHealth,
  }),
} as const;

/** Two streaming operations that are not JSON routes; both answer after the spool's fdatasync.
 *  `POST /api/ingest/events`: NDJSON or a JSON array, optionally gzip; `Authorization: Bearer <source key>` (or an API token with ingest.write plus `?source=<id>`).
 *    200 {accepted, rejected:[{index, code, message}]}; 401, 403 disabled, 413 too large, 415, 429 or 503 with Retry-After.
 *  `POST /api/imports/:id/files/:fileId/records?first=<ordinal of the first record>`: body = records, one per line as JSON strings
 *    or objects prefixed by nothing else (content-type application/x-ndjson); records below the known ordinal count as duplicates. */
export const INGEST_EVENTS_PATH = "/api/ingest/events";
export const IMPORT_RECORDS_PATH = "/api/imports/:id/files/:fileId/records";

export const ingestAnswer = z.object({
  accepted: z.number().int(),
  rejected: z.array(z.object({ index: z.number().int(), code: z.string(), message: z.string() })),
});
export type IngestAnswer = z.infer<typeof ingestAnswer>;
