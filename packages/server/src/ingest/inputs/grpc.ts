/** grpc: unary calls of gRPC over HTTP/2, plain or over TLS: one message in, one out. Messages are bounded, also unpacked, and a refusal says
 *  in gRPC's own words whether and when the same call may be made again. */
import {
  createSecureServer,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { promisify } from "node:util";
import { gunzip, inflate } from "node:zlib";
import protobuf from "protobufjs/minimal.js";
import { type AppError, isAppError } from "../../platform/errors/index.ts";
import { renewCertificates } from "../../platform/certificate-renewal.ts";
import type { Log } from "../../platform/log/index.ts";
import { ingestFail } from "../errors.ts";
import type { BodyBudget } from "../request-body.ts";
import { type Certificates, demandOf } from "./certificates.ts";
import { addressOf, type Input, listening, type Place } from "./listener.ts";

export interface GrpcCall {
  readonly headers: IncomingHttpHeaders;
  readonly ip: string;
}

/** Takes the message of a call and answers with the message of its response. What it throws as AppError is answered as a status. */
export interface GrpcMethod {
  /** Refuses before the message is read. */
  admit(call: GrpcCall): void;
  take(call: GrpcCall, message: Buffer): Promise<Uint8Array>;
}

export interface GrpcOptions extends Place {
  /** By path: "/package.Service/Method". */
  readonly methods: ReadonlyMap<string, GrpcMethod>;
  readonly messageBytes: number;
  readonly budget: BodyBudget;
  readonly log: Log;
  readonly tls?: Certificates;
}

export const GRPC = { invalidArgument: 3, notFound: 5, permissionDenied: 7, resourceExhausted: 8 } as const;
const UNIMPLEMENTED = 12;
const INTERNAL = 13;
const UNAVAILABLE = 14;
const UNAUTHENTICATED = 16;
const PREFIX = 5;
const MOST_STREAMS = 64;
const MOST_SESSIONS = 2_000;
const BUSY_SECONDS = 1;
const AWAY_SECONDS = 10;

export async function listenGrpc(options: GrpcOptions): Promise<Input> {
  const { log } = options;
  const sessions = new Set<ServerHttp2Session>();
  const running = new Set<Promise<void>>();
  const server = open(options);
  server.maxConnections = MOST_SESSIONS;
  server.on("session", (session) => {
    sessions.add(session);
    session.on("error", () => session.destroy());
    session.once("close", () => sessions.delete(session));
  });
  server.on("stream", (stream, headers) => {
    stream.on("error", () => stream.destroy());
    const work = answer(stream, headers, options).catch((error: unknown) => {
      log.error({ reason: error instanceof Error ? error.message : String(error) }, "a gRPC call failed");
      say(stream, { code: INTERNAL, message: "the call could not be finished" });
    });
    running.add(work);
    void work.finally(() => running.delete(work));
  });
  await listening(server, options);
  return {
    address: addressOf(server),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const session of sessions) session.close();
      await Promise.race([Promise.all(running), closed]);
      for (const session of sessions) session.destroy();
      await closed;
    },
  };
}

function open({ tls, log, setting }: GrpcOptions) {
  const settings = { maxConcurrentStreams: MOST_STREAMS };
  if (tls === undefined) return createServer({ settings });
  const shown = demandOf(tls);
  const server = createSecureServer({ settings, allowHTTP1: false, ...shown });
  renewCertificates(server, { shown, read: async () => demandOf(await tls.again()), setting, log });
  server.on("tlsClientError", (error, socket) =>
    log.info({ peer: socket.remoteAddress, reason: error.message }, "a TLS connection was not established"),
  );
  return server;
}

async function answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, options: GrpcOptions): Promise<void> {
  if (!String(headers["content-type"] ?? "").startsWith("application/grpc")) {
    stream.respond({ ":status": 415 }, { endStream: true });
    return;
  }
  const method = options.methods.get(String(headers[":path"]));
  if (method === undefined) {
    return say(stream, {
      code: UNIMPLEMENTED,
      message: `there is no method ${String(headers[":path"]).slice(0, 200)}`,
    });
  }
  const call = { headers, ip: stream.session?.socket.remoteAddress ?? "" };
  let reserved = 0;
  try {
    method.admit(call);
    const message = await readMessage(stream, headers, {
      limit: options.messageBytes,
      take: (bytes) => {
        options.budget.take(bytes);
        reserved += bytes;
      },
    });
    const response = await method.take(call, message);
    finish(stream, response);
  } catch (error) {
    if (!isAppError(error)) throw error;
    say(stream, statusOf(error));
  } finally {
    options.budget.give(reserved);
  }
}

interface Reading {
  readonly limit: number;
  readonly take: (bytes: number) => void;
}

async function readMessage(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, of: Reading): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes > of.limit + PREFIX) throw tooLarge(of.limit);
    of.take(chunk.length);
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  if (body.length < PREFIX || body.readUInt32BE(1) !== body.length - PREFIX)
    throw ingestFail("INGEST_BODY_BROKEN", "The call does not hold exactly one message.");
  const message = body.subarray(PREFIX);
  if (body[0] === 0) return message;
  const encoding = String(headers["grpc-encoding"] ?? "identity");
  const unpack = encoding === "gzip" ? promisify(gunzip) : encoding === "deflate" ? promisify(inflate) : undefined;
  if (unpack === undefined)
    throw ingestFail(
      "INGEST_ENCODING_UNKNOWN",
      `The encoding "${encoding.slice(0, 40)}" is not known; use gzip or none.`,
    );
  try {
    const unpacked = await unpack(message, { maxOutputLength: of.limit });
    of.take(unpacked.length);
    return unpacked;
  } catch (error) {
    if (isAppError(error)) throw error;
    if (error instanceof RangeError) throw tooLarge(of.limit);
    throw ingestFail("INGEST_BODY_BROKEN", "The message could not be unpacked.");
  }
}

const tooLarge = (limit: number): AppError =>
  ingestFail("INGEST_BODY_TOO_LARGE", `The message is over ${limit} bytes unpacked; nothing of it was taken.`);

interface Status {
  readonly code: number;
  readonly message: string;
  /** Seconds after which the same call may be made again; undefined: it should not be. */
  readonly retryAfter?: number;
}

function statusOf(refusal: AppError): Status {
  const { message, status } = refusal;
  if (refusal.retryable)
    return status === 429
      ? { code: GRPC.resourceExhausted, message, retryAfter: BUSY_SECONDS }
      : { code: UNAVAILABLE, message, retryAfter: AWAY_SECONDS };
  if (status === 401) return { code: UNAUTHENTICATED, message };
  if (status === 403) return { code: GRPC.permissionDenied, message };
  // Without a time to wait this says: never again, as it is.
  if (status === 413) return { code: GRPC.resourceExhausted, message };
  return { code: GRPC.invalidArgument, message };
}

const HEADERS = { ":status": 200, "content-type": "application/grpc", "grpc-accept-encoding": "identity,gzip,deflate" };

function finish(stream: ServerHttp2Stream, response: Uint8Array): void {
  if (stream.destroyed || stream.headersSent) return;
  stream.respond(HEADERS, { waitForTrailers: true });
  stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  const prefix = Buffer.alloc(PREFIX);
  prefix.writeUInt32BE(response.length, 1);
  stream.end(Buffer.concat([prefix, response]));
}

function say(stream: ServerHttp2Stream, status: Status): void {
  if (stream.destroyed || stream.headersSent) return;
  stream.respond(
    {
      ...HEADERS,
      "grpc-status": String(status.code),
      "grpc-message": encodeURIComponent(status.message).replaceAll("%20", " "),
      ...(status.retryAfter === undefined ? {} : { "grpc-status-details-bin": details(status, status.retryAfter) }),
    },
    { endStream: true },
  );
  // What is left of the message is not read.
  stream.close();
}

/** google.rpc.Status with a RetryInfo. */
function details({ code, message }: Status, seconds: number): string {
  const { Writer } = protobuf;
  const retry = Writer.create().uint32(10).fork().uint32(8).int64(seconds).ldelim().finish();
  const any = Writer.create().uint32(10).string("type.googleapis.com/google.rpc.RetryInfo").uint32(18).bytes(retry);
  const status = Writer.create().uint32(8).int32(code).uint32(18).string(message).uint32(26).bytes(any.finish());
  return Buffer.from(status.finish()).toString("base64");
}
