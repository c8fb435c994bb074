/** body: reads a request body whole, decompressing when it says so, and stops at the size limit.
 *  The client always sends chunked bodies, so there is no length to check beforehand: bytes are counted as they come. */
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createZstdDecompress } from "node:zlib";
import { fault } from "./fault.ts";
import type { Fault } from "./fault.ts";

export type Body = { readonly ok: true; readonly bytes: Buffer } | { readonly ok: false; readonly fault: Fault };

export async function readBody(request: IncomingMessage, limit: number): Promise<Body> {
  const encoding = request.headers["content-encoding"] ?? "identity";
  const source = decoded(request, encoding);
  if (source === undefined) {
    return {
      ok: false,
      fault: fault(
        48,
        "NOT_IMPLEMENTED",
        `bodies with Content-Encoding ${encoding} are not accepted; send gzip, br, zstd or none`,
      ),
    };
  }
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of source) {
      if (!Buffer.isBuffer(chunk)) continue;
      size += chunk.length;
      if (size > limit)
        return {
          ok: false,
          fault: fault(307, "TOO_MANY_BYTES", `the body is larger than ${limit} bytes; send smaller batches`),
        };
      chunks.push(chunk);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ok: false, fault: fault(354, "ZLIB_INFLATE_FAILED", `the body could not be read: ${reason}`) };
  }
  // Joined before any decoding: a character may be split over two chunks.
  return { ok: true, bytes: chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, size) };
}

function decoded(request: IncomingMessage, encoding: string): Readable | undefined {
  if (encoding === "identity") return request;
  const inflate =
    encoding === "gzip"
      ? createGunzip()
      : encoding === "br"
        ? createBrotliDecompress()
        : encoding === "zstd"
          ? createZstdDecompress()
          : undefined;
  if (inflate === undefined) return undefined;
  request.on("error", (error) => inflate.destroy(error));
  return request.pipe(inflate);
}
