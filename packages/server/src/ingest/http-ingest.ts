/** http-ingest: `POST /api/ingest/events`. The body is read and cut whole before anything is taken, so an answer other than 200
 *  means that nothing was; 200 means that every accepted record is on disk. */
import type { IncomingMessage } from "node:http";
import type { IngestAnswer } from "@holdfast/contracts/ingest";
import type { Permission } from "@holdfast/contracts/access";
import type { Clock } from "../platform/clock/index.ts";
import { ingestFail } from "./errors.ts";
import type { Intake } from "./intake.ts";
import { plainAddress } from "./peer.ts";
import { jsonAnswer, type RawAnswer, refusalAnswer } from "./raw-answer.ts";
import { BODY_LIMITS, type BodyBudget, withBody } from "./request-body.ts";
import { KEY_PREFIX, type SourceRegistry } from "./source-registry.ts";
import type { StoredSource } from "./source-store.ts";
import { splitBody } from "./split-records.ts";

/** Who calls: a source key is checked here, an API token by whoever knows tokens. */
export interface IngestCaller {
  readonly ip: string;
  /** Permissions behind a bearer that is no source key; undefined when it is not valid. */
  readonly permissionsOf: (bearer: string) => Promise<ReadonlySet<Permission> | undefined>;
}

export interface HttpIngestOptions {
  readonly intake: Intake;
  readonly sources: SourceRegistry;
  readonly budget: BodyBudget;
  readonly clock: Clock;
  readonly recordBytes: number;
}

export type IngestEndpoint = (request: IncomingMessage, caller: IngestCaller) => Promise<RawAnswer>;

export function createHttpIngest(options: HttpIngestOptions): IngestEndpoint {
  const { intake, sources, budget, clock, recordBytes } = options;

  async function take(source: StoredSource, call: { type: string; ip: string }, body: Buffer): Promise<IngestAnswer> {
    const split = splitBody(body, call.type);
    if (!split.ok) {
      throw ingestFail("INGEST_BODY_BROKEN", `At byte ${split.at} ${split.reason}; nothing of the body was taken.`);
    }
    const rejected: IngestAnswer["rejected"] = [];
    const records = split.records.filter((record, index) => {
      if (record.length <= recordBytes) return true;
      const message = `The record has ${record.length} bytes; the limit is ${recordBytes}.`;
      rejected.push({ index, code: "RECORD_TOO_LARGE", message });
      return false;
    });
    sources.reject(source.id, rejected.length, "too-large");
    if (records.length > 0) {
      const envelope = { source: source.id, kind: source.kind, receivedMs: clock.now(), peer: plainAddress(call.ip) };
      await intake.append(envelope, records);
    }
    return { accepted: records.length, rejected };
  }

  return async (request, caller) => {
    try {
      const source = await sourceOf(request, caller, sources);
      const refused = intake.refusal(source.id);
      if (refused !== undefined) throw refused;
      const call = { type: request.headers["content-type"] ?? "", ip: caller.ip };
      const work = (body: Buffer): Promise<IngestAnswer> => take(source, call, body);
      return jsonAnswer(await withBody(request, { body: BODY_LIMITS, budget }, work));
    } catch (error) {
      return refusalAnswer(error);
    }
  };
}

async function sourceOf(
  request: IncomingMessage,
  caller: IngestCaller,
  sources: SourceRegistry,
): Promise<StoredSource> {
  const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (bearer === undefined) {
    throw ingestFail("INGEST_KEY_MISSING", "Send the key of a source as `Authorization: Bearer hfs_…`.");
  }
  const source = bearer.startsWith(KEY_PREFIX) ? sources.byKey(bearer) : await sourceByToken(request, caller, sources);
  if (source === undefined)
    throw ingestFail("INGEST_KEY_UNKNOWN", "The key or token is not valid: it may have been replaced.");
  if (!source.enabled) {
    throw ingestFail("INGEST_SOURCE_DISABLED", `The source "${source.id}" is disabled; enable it on the Sources page.`);
  }
  return source;

  async function sourceByToken(of: IncomingMessage, by: IngestCaller, known: SourceRegistry) {
    const permissions = await by.permissionsOf(bearer ?? "");
    if (permissions === undefined) return undefined;
    if (!permissions.has("ingest.write")) {
      throw ingestFail("INGEST_FORBIDDEN", 'The token does not hold the permission "ingest.write".');
    }
    const id = new URL(of.url ?? "", "http://localhost").searchParams.get("source") ?? "";
    const named = known.byId(id);
    if (named !== undefined) return named;
    throw ingestFail(
      "INGEST_SOURCE_UNKNOWN",
      `With an API token say which source: ?source=<id>; "${id.slice(0, 100)}" is none.`,
    );
  }
}
