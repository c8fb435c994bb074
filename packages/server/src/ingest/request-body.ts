/** request-body: reads a request's body whole, unpacked, within limits: a body is either taken as a whole or not at all.
 *  A gzip bomb is cut off while it unpacks, and all bodies together may only hold so much memory. */
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { isAppError } from "../platform/errors/index.ts";
import { ingestFail } from "./errors.ts";
import { snappyLength, unpackSnappy } from "./snappy.ts";

export interface BodyLimits {
  /** Unpacked bytes of one body. */
  readonly bytes: number;
  /** Unpacked to packed, counted from `ratioFrom` bytes on. */
  readonly ratio: number;
  readonly ratioFrom: number;
}

export const BODY_LIMITS: BodyLimits = { bytes: 64 * 1024 * 1024, ratio: 100, ratioFrom: 16 * 1024 * 1024 };

/** Memory that all bodies being read may take. */
export class BodyBudget {
  readonly #most: number;
  #taken = 0;

  constructor(most = 256 * 1024 * 1024) {
    this.#most = most;
  }

  take(bytes: number): void {
    if (this.#taken + bytes > this.#most) {
      throw ingestFail("INGEST_BUSY", "Too many requests are being read at this moment; send again in a second.");
    }
    this.#taken += bytes;
  }

  give(bytes: number): void {
    this.#taken -= bytes;
  }
}

/** Runs `work` on the body; its memory counts against the budget until `work` is done. */
export async function withBody<T>(
  request: IncomingMessage,
  limits: { readonly body: BodyLimits; readonly budget: BodyBudget },
  work: (body: Buffer) => Promise<T>,
): Promise<T> {
  let taken = 0;
  const take = (bytes: number): void => {
    limits.budget.take(bytes);
    taken += bytes;
  };
  try {
    const body = await readBody(request, limits.body, take);
    return await work(encodingOf(request) === "snappy" ? unsnapped(body, limits.body, take) : body);
  } finally {
    limits.budget.give(taken);
  }
}

async function readBody(request: IncomingMessage, limits: BodyLimits, take: (bytes: number) => void): Promise<Buffer> {
  let packed = 0;
  const stream = unpacked(request, (bytes) => (packed += bytes));
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream) {
      if (!Buffer.isBuffer(chunk)) continue;
      bytes += chunk.length;
      if (bytes > limits.bytes) {
        throw ingestFail(
          "INGEST_BODY_TOO_LARGE",
          `The body is over ${limits.bytes} bytes unpacked; nothing of it was taken. Send smaller batches.`,
        );
      }
      if (stream !== request && bytes > limits.ratioFrom && bytes > packed * limits.ratio) {
        throw ingestFail(
          "INGEST_BODY_TOO_LARGE",
          `The body unpacks to more than ${limits.ratio} times its size; nothing of it was taken. Send it unpacked.`,
        );
      }
      take(chunk.length);
      chunks.push(chunk);
    }
  } catch (error) {
    if (isAppError(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw ingestFail("INGEST_BODY_BROKEN", `The body could not be read (${reason}); nothing of it was taken.`);
  } finally {
    if (stream !== request) stream.destroy();
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

/** A snappy block is unpacked whole, when its own length says that it fits. */
function unsnapped(body: Buffer, limits: BodyLimits, take: (bytes: number) => void): Buffer {
  const length = snappyLength(body) ?? 0;
  if (length > limits.bytes) {
    throw ingestFail(
      "INGEST_BODY_TOO_LARGE",
      `The body is over ${limits.bytes} bytes unpacked; nothing of it was taken. Send smaller batches.`,
    );
  }
  take(length);
  const bytes = unpackSnappy(body, limits.bytes);
  if (bytes === undefined) {
    throw ingestFail("INGEST_BODY_BROKEN", "The body is no block packed by snappy; nothing of it was taken.");
  }
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const encodingOf = (request: IncomingMessage): string =>
  (request.headers["content-encoding"] ?? "identity").trim().toLowerCase();

function unpacked(request: IncomingMessage, count: (bytes: number) => void): Readable {
  const encoding = encodingOf(request);
  if (encoding === "identity" || encoding === "" || encoding === "snappy") return request;
  if (encoding !== "gzip" && encoding !== "x-gzip") {
    throw ingestFail(
      "INGEST_ENCODING_UNKNOWN",
      `The encoding "${encoding.slice(0, 40)}" is not known; use gzip, snappy or none.`,
    );
  }
  const gunzip = createGunzip();
  request.on("data", (chunk: Buffer) => count(chunk.length));
  request.once("error", (error) => gunzip.destroy(error));
  request.once("aborted", () => gunzip.destroy(new Error("the sender went away")));
  return request.pipe(gunzip);
}
