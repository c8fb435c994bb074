/** elasticsearch: the bulk interface of Elasticsearch and OpenSearch, with the questions that shippers ask before they send. Documents
 *  are kept as they came, with the name of their index in front; one result an operation, in order. */
import { randomUUID } from "node:crypto";
import type { AppError } from "../../platform/errors/index.ts";
import type { RawAnswer } from "../raw-answer.ts";
import { type BulkOperation, readBulk, withIndex } from "./elasticsearch-bulk.ts";
import { answer, inWords, type ProtocolCall, type ProtocolDoor, type ProtocolEndpoint } from "./protocol.ts";

const PREFIX = "/elastic";

/** @param version that senders are told: Beats refuse one below their own */
export function createElasticsearch(door: ProtocolDoor, version: string): ProtocolEndpoint[] {
  const guarded = (handle: (call: ProtocolCall) => Promise<RawAnswer>) => (call: ProtocolCall) =>
    inWords(
      () => handle(call),
      (refusal) => refuse(refusal),
    ).then((said) => dressed(said, call));

  async function bulk(call: ProtocolCall, index: string): Promise<RawAnswer> {
    const source = door.sourceOf(call);
    const started = door.now();
    return door.withBody(source, call, async (body) => {
      const operations = readBulk(body, { index, recordBytes: door.recordBytes });
      const taken = operations.flatMap((operation) => (operation.ok ? [operation.record] : []));
      await door.append(source, call, taken);
      const large = operations.filter((operation) => !operation.ok && operation.large).length;
      door.reject(source, large, "too-large");
      door.reject(source, operations.length - taken.length - large, "unreadable");
      const items = operations.map(itemOf);
      return answer(200, { took: door.now() - started, errors: taken.length < operations.length, items });
    });
  }

  async function one(call: ProtocolCall, at: { index: string; id: string }): Promise<RawAnswer> {
    const source = door.sourceOf(call);
    return door.withBody(source, call, async (body) => {
      const operation = withIndex(body, { op: "index", ...at, recordBytes: door.recordBytes });
      if (!operation.ok) {
        door.reject(source, 1, operation.large ? "too-large" : "unreadable");
        return answer(operation.status, { error: operation.error, status: operation.status });
      }
      await door.append(source, call, [operation.record]);
      return answer(201, resultOf(operation));
    });
  }

  async function route(call: ProtocolCall): Promise<RawAnswer> {
    const segments = call.path
      .slice(call.path.startsWith(`${PREFIX}/`) || call.path === PREFIX ? PREFIX.length : 0)
      .split("/")
      .filter((segment) => segment !== "")
      .map(decoded);
    const [first = "", second = "", third = ""] = segments;
    const writes = call.method === "POST" || call.method === "PUT";
    if (writes && first === "_bulk") return bulk(call, "");
    if (writes && second === "_bulk") return bulk(call, first);
    if (writes && (second === "_doc" || second === "_create"))
      return one(call, { index: first, id: third === "" ? newId() : third });
    // The rest is questions before sending; a wrong key is said here already.
    door.sourceOf(call);
    return handshake(call, { first, version });
  }

  const handle = guarded(route);
  return [
    { methods: ["GET", "POST", "PUT", "DELETE"], paths: [PREFIX, `${PREFIX}/*`], handle },
    // For senders that cannot be given a path (rsyslog).
    { methods: ["POST", "PUT"], paths: ["/_bulk", "/:index/_bulk"], handle },
    { methods: ["GET"], paths: ["/_cluster/health", "/_license", "/_xpack", "/_nodes"], handle },
  ];
}

const CLUSTER = { cluster_name: "holdfast", cluster_uuid: "aG9sZGZhc3QtY2x1c3Rlcg" };

function handshake(call: ProtocolCall, { first, version }: { first: string; version: string }): RawAnswer {
  if (call.method === "PUT" || call.method === "POST" || call.method === "DELETE")
    return answer(200, { acknowledged: true });
  switch (first) {
    case "":
      return answer(200, {
        name: "holdfast",
        ...CLUSTER,
        version: {
          number: version,
          build_flavor: "default",
          build_type: "tar",
          build_hash: "0000000000000000000000000000000000000000",
          build_date: "2025-01-01T00:00:00.000000000Z",
          build_snapshot: false,
          lucene_version: "9.12.2",
          minimum_wire_compatibility_version: "7.17.0",
          minimum_index_compatibility_version: "7.0.0",
        },
        tagline: "You Know, for Search",
      });
    case "_license":
      return answer(200, {
        license: {
          uid: "0c3a3d9c-0000-4000-8000-000000000000",
          type: "basic",
          status: "active",
          mode: "basic",
          expiry_date_in_millis: 4_102_444_800_000,
        },
      });
    case "_xpack":
      return answer(200, { features: { ilm: { available: true, enabled: true } }, license: { type: "basic" } });
    case "_cluster":
    case "_cat":
      return answer(200, {
        ...CLUSTER,
        status: "green",
        timed_out: false,
        number_of_nodes: 1,
        number_of_data_nodes: 1,
      });
    case "_nodes":
      return answer(200, {
        ...CLUSTER,
        nodes: { holdfast: { name: "holdfast", version, roles: ["ingest"] } },
      });
    default:
      // Templates, policies, pipelines, aliases: whatever is asked for is there, so nobody sets it up.
      return answer(200, {});
  }
}

function itemOf(operation: BulkOperation): Record<string, unknown> {
  if (operation.ok) return { [operation.op]: resultOf(operation) };
  const { op, index, id, status, error } = operation;
  return { [op]: { _index: index, _id: id, status, error } };
}

function resultOf({ index, id }: { readonly index: string; readonly id: string }): Record<string, unknown> {
  const shards = { total: 1, successful: 1, failed: 0 };
  return {
    _index: index,
    _id: id === "" ? newId() : id,
    _version: 1,
    result: "created",
    _shards: shards,
    _seq_no: 0,
    _primary_term: 1,
    status: 201,
  };
}

const TYPES: Readonly<Record<number, string>> = {
  400: "illegal_argument_exception",
  401: "security_exception",
  403: "security_exception",
  413: "content_too_long_exception",
  415: "media_type_header_exception",
  429: "es_rejected_execution_exception",
  503: "unavailable_shards_exception",
};

function refuse({ status, message: reason }: AppError): RawAnswer {
  const cause = { type: TYPES[status] ?? "exception", reason };
  const challenge = { "www-authenticate": 'Basic realm="security", charset="UTF-8", ApiKey, Bearer realm="security"' };
  return answer(status, { error: { root_cause: [cause], ...cause }, status }, status === 401 ? challenge : {});
}

/** Clients refuse a server without the product header, and want their own media type back. */
function dressed(said: RawAnswer, { request }: ProtocolCall): RawAnswer {
  const accepted = String(request.headers.accept ?? "");
  const compatible = /compatible-with=(\d+)/.exec(accepted)?.[1];
  const type =
    compatible === undefined ? "application/json" : `application/vnd.elasticsearch+json;compatible-with=${compatible}`;
  return { ...said, headers: { ...said.headers, "content-type": type, "x-elastic-product": "Elasticsearch" } };
}

const newId = (): string => randomUUID().replaceAll("-", "").slice(0, 20);

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
