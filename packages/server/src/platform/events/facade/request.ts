/** request: turns an HTTP request of the ClickHouse client into one statement with its settings and parameters. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { fault } from "./fault.ts";
import type { Fault } from "./fault.ts";
import { checkStatement, endsEarly, parseRawInsert } from "./statement.ts";
import type { RawInsert, StatementKind } from "./statement.ts";

export interface Work {
  readonly id: string;
  readonly kind: StatementKind;
  readonly text: string;
  /** Rows of an INSERT that came in the body; the engine gets them as bytes. */
  readonly insert: (RawInsert & { readonly rows: Buffer }) | undefined;
  /** Statements to run on the fresh session before the text. */
  readonly prepare: readonly string[];
  /** The whole answer is made before its first byte is sent. */
  readonly buffered: boolean;
  readonly gzip: boolean;
}

export type ParsedRequest = { readonly ok: true; readonly work: Work } | { readonly ok: false; readonly fault: Fault };

export function parseRequest(request: IncomingMessage, url: URL, body: Buffer): ParsedRequest {
  if (request.headers["content-type"]?.startsWith("multipart/") === true) {
    return {
      ok: false,
      fault: fault(48, "NOT_IMPLEMENTED", "multipart parameters are not accepted; switch use_multipart_params off"),
    };
  }
  const inUrl = url.searchParams.get("query");
  const statement = checkStatement(inUrl ?? body.toString("utf8"));
  if (!statement.ok) return { ok: false, fault: fault(62, "SYNTAX_ERROR", `Refused: ${statement.reason}`) };
  let insert: Work["insert"];
  if (inUrl !== null && body.length > 0) {
    const target = parseRawInsert(statement.text);
    if (target === undefined) {
      return {
        ok: false,
        fault: fault(
          48,
          "NOT_IMPLEMENTED",
          "a body beside the query is accepted for `INSERT INTO table [(columns)] FORMAT format` in a text format or RowBinary only",
        ),
      };
    }
    if (target.format !== "RowBinary" && endsEarly(body)) {
      return {
        ok: false,
        fault: fault(27, "CANNOT_PARSE_INPUT_ASSERTION_FAILED", "Cannot parse input: an empty line among the rows"),
      };
    }
    insert = { ...target, rows: body };
  }
  // Never empty: kills look for it, and an empty one would be everybody's.
  const id = url.searchParams.get("query_id") || randomUUID();
  return {
    ok: true,
    work: {
      id,
      kind: statement.kind,
      text: statement.text,
      insert,
      prepare: preparation(url.searchParams, { id, readOnly: request.method === "GET" }),
      buffered: !statement.streams || url.searchParams.get("wait_end_of_query") === "1",
      gzip: url.searchParams.get("enable_http_compression") === "1" && acceptsGzip(request),
    },
  };
}

/** What the ClickHouse server itself consumes or what has no meaning here. */
const SWALLOWED = new Set([
  "query",
  "query_id",
  "database",
  "enable_http_compression",
  "session_id",
  "session_timeout",
  "session_check",
  "role",
  "default_format",
  "wait_end_of_query",
  "send_progress_in_http_headers",
  "http_headers_progress_interval_ms",
  "cancel_http_readonly_queries_on_client_close",
  "compress",
  "decompress",
  "buffer_size",
  "log_comment",
  "readonly",
]);

/** log_comment carries the query id, since the engine takes over none: kills find the query by it.
 *  readonly comes last, because nothing else can be set after it. */
function preparation(search: URLSearchParams, options: { id: string; readOnly: boolean }): string[] {
  const database = search.get("database");
  const assignments = [`log_comment=${quoted(options.id)}`];
  for (const [name, value] of search) {
    if (!SWALLOWED.has(name)) assignments.push(`${name.replaceAll(/\W/g, "")}=${quoted(value)}`);
  }
  const statements = database === null || database === "" ? [] : [`USE \`${database.replaceAll(/[`\\]/g, "")}\``];
  statements.push(`SET ${assignments.join(", ")}`);
  const readonly = search.get("readonly") ?? (options.readOnly ? "1" : "0");
  if (readonly !== "0") statements.push(`SET readonly=${quoted(readonly)}`);
  return statements;
}

/** The client has already escaped parameters in the engine's own way; only the literal around them is added here. */
export const quoted = (value: string): string => `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

const acceptsGzip = (request: IncomingMessage): boolean =>
  String(request.headers["accept-encoding"] ?? "").includes("gzip");
