/** exchange: one HTTP/1.1 request and its answer over a socket that was checked. Everything the far side sends is bounded: its head
 *  by Node, its body by us, all of it in time. A compressed answer is refused: we ask for none, and one can hold a bomb. */
import { request as httpRequest } from "node:http";
import type { Socket } from "node:net";
import { egressFail } from "./errors.ts";

export interface Exchange {
  readonly socket: Socket;
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
  readonly signal: AbortSignal;
  readonly maxBytes: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export function exchange({ socket, url, method, headers, body, signal, maxBytes }: Exchange): Promise<Answer> {
  return new Promise<Answer>((done, fail) => {
    const bytes = body === undefined ? undefined : Buffer.from(body);
    const stop = (why: string, cause?: unknown): void => {
      socket.destroy();
      fail(egressFail("EGRESS_INTERRUPTED", `${url.host} was asked, but ${why}. It may have acted.`, { cause }));
    };
    const call = httpRequest({
      createConnection: () => socket,
      method,
      path: `${url.pathname}${url.search}`,
      signal,
      maxHeaderSize: 16 * 1024,
      headers: {
        accept: "*/*",
        "user-agent": "holdfast",
        ...lowerCase(headers),
        host: url.host,
        connection: "close",
        "accept-encoding": "identity",
        ...(bytes === undefined ? {} : { "content-length": String(bytes.byteLength) }),
      },
    });
    call.on("error", (error) =>
      stop(signal.aborted ? "its answer did not come in time" : `the connection broke (${error.message})`, error),
    );
    call.on("response", (response) => {
      const encoding = response.headers["content-encoding"];
      if (encoding !== undefined && encoding !== "identity")
        return stop("it answered compressed, which we do not read");
      const parts: Buffer[] = [];
      let size = 0;
      response.on("data", (part: Buffer) => {
        size += part.length;
        if (size > maxBytes) stop(`its answer is larger than ${maxBytes} bytes`);
        else parts.push(part);
      });
      response.on("error", (error) =>
        stop(signal.aborted ? "its answer did not come in time" : `its answer broke off (${error.message})`, error),
      );
      response.on("end", () => {
        socket.destroy();
        done({ status: response.statusCode ?? 0, headers: joined(response.headers), body: Buffer.concat(parts) });
      });
    });
    call.end(bytes);
  });
}

const lowerCase = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

const joined = (headers: NodeJS.Dict<string | string[]>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, [value].flat().join(", ")]],
    ),
  );
