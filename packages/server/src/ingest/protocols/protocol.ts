/** protocol: what a wire protocol over HTTP is to ingest: paths it answers on, and for each request an answer in its own words. All
 *  records end at the door, which says yes only when they are on disk; a refusal is an AppError that the protocol translates. */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { RejectReason } from "@holdfast/contracts/ingest";
import { type AppError, isAppError } from "../../platform/errors/index.ts";
import type { RawAnswer } from "../raw-answer.ts";
import type { StoredSource } from "../source-store.ts";

export interface ProtocolCall {
  readonly request: IncomingMessage;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly ip: string;
}

/** Where a key can stand. */
export interface Presented {
  readonly request: { readonly headers: IncomingHttpHeaders };
  readonly query: URLSearchParams;
}

export type ProtocolMethod = "GET" | "POST" | "PUT" | "DELETE";

export interface ProtocolEndpoint {
  /** GET stands for HEAD, too. */
  readonly methods: readonly ProtocolMethod[];
  readonly paths: readonly string[];
  handle(call: ProtocolCall): Promise<RawAnswer>;
}

export interface ProtocolDoor {
  readonly recordBytes: number;
  readonly version: string;
  now(): number;
  /** The source whose key the request holds, in whatever words. Throws INGEST_KEY_MISSING, INGEST_KEY_UNKNOWN, INGEST_SOURCE_DISABLED. */
  sourceOf(call: Presented): StoredSource;
  /** Throws when nothing of that source may be taken right now. */
  admit(source: StoredSource): void;
  /** Runs `work` on the whole unpacked body; refuses before reading when nothing may be taken. */
  withBody<T>(source: StoredSource, call: ProtocolCall, work: (body: Buffer) => Promise<T>): Promise<T>;
  /** The same before it is known whose the body is: for protocols that carry their key inside it. */
  read<T>(call: ProtocolCall, work: (body: Buffer) => Promise<T>): Promise<T>;
  /** Resolves when the records are on disk. @param call `kind`: how they are read, where the kind of the source does not say it */
  append(
    source: StoredSource,
    call: { readonly ip: string; readonly kind?: string },
    records: readonly Uint8Array[],
  ): Promise<void>;
  /** Counts records that were turned away. */
  reject(source: StoredSource, records: number, reason: RejectReason): void;
}

export function answer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): RawAnswer {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body),
  };
}

/** Answers a refusal in the protocol's words; anything that is not one is thrown on. */
export async function inWords(
  work: () => Promise<RawAnswer>,
  words: (refusal: AppError) => RawAnswer,
): Promise<RawAnswer> {
  try {
    return await work();
  } catch (error) {
    if (!isAppError(error)) throw error;
    const said = words(error);
    // What is left of a refused body is not read: the connection cannot be used again.
    const headers = { ...said.headers, connection: "close" };
    return error.retryable
      ? { ...said, headers: { ...headers, "retry-after": error.status === 429 ? "1" : "10" } }
      : { ...said, headers };
  }
}
