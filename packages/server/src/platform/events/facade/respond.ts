/** respond: sends answers the way the ClickHouse client reads them. An error before the first byte is an ordinary error
 *  answer; one after it ends the body with the tagged exception block, so that a cut result is never taken for a whole one. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { Writable } from "node:stream";
import { createGzip } from "node:zlib";
import { faultOf } from "./fault.ts";
import type { Fault } from "./fault.ts";

export interface Answer {
  readonly id: string;
  readonly gzip: boolean;
  readonly summary?: Readonly<Record<string, string>>;
}

export function sendFault(response: ServerResponse, problem: Fault): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(problem.status, {
    "Content-Type": "text/plain; charset=UTF-8",
    "X-ClickHouse-Exception-Code": String(problem.code),
    ...(problem.status === 503 ? { "Retry-After": "1" } : {}),
  });
  response.end(`${problem.text}\n`);
}

/** A small or already whole answer. */
export function sendWhole(response: ServerResponse, answer: Answer, bytes: Uint8Array): void {
  const body = begin(response, answer, undefined);
  body.end(bytes);
}

/** Chunks as the engine makes them, waiting while the reader is slow. Headers go out with the first chunk. */
export async function sendStream(
  response: ServerResponse,
  answer: Answer,
  chunks: AsyncIterable<{ raw(): Uint8Array }>,
): Promise<void> {
  const tag = randomBytes(8).toString("hex");
  let body: Writable | undefined;
  try {
    for await (const chunk of chunks) {
      body ??= begin(response, answer, tag);
      if (!body.write(chunk.raw()) && !response.destroyed) {
        await Promise.race([once(body, "drain"), once(response, "close")]);
      }
      if (response.destroyed) return;
    }
    body ??= begin(response, answer, tag);
    body.end();
  } catch (error) {
    if (body === undefined) throw error;
    body.end(exceptionBlock(faultOf(error), tag));
  }
}

function begin(response: ServerResponse, answer: Answer, tag: string | undefined): Writable {
  response.writeHead(200, {
    "Content-Type": "application/x-ndjson; charset=UTF-8",
    "X-ClickHouse-Query-Id": printable(answer.id),
    "X-ClickHouse-Timezone": "UTC",
    "X-ClickHouse-Summary": JSON.stringify(answer.summary ?? {}),
    ...(tag === undefined ? {} : { "X-ClickHouse-Exception-Tag": tag }),
    ...(answer.gzip ? { "Content-Encoding": "gzip" } : {}),
  });
  if (!answer.gzip) return response;
  const gzip = createGzip({ level: 1 });
  gzip.pipe(response);
  response.on("close", () => gzip.destroy());
  return gzip;
}

/** The block the client looks for at the end of a stream; its length counts the message and its line end. */
function exceptionBlock(problem: Fault, tag: string): string {
  const message = `${problem.text.replaceAll("\n", " ")}\n`;
  return `\r\n__exception__\r\n${tag}\r\n${message}${Buffer.byteLength(message)} ${tag}\r\n__exception__\r\n`;
}

const printable = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, "?");
