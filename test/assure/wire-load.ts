/** wire-load: sends one protocol as fast as it is taken over some connections, and counts what was acknowledged: by a 2xx answer,
 *  or, where a protocol has none, by the connection having taken the bytes and closed in good order. */
import { once } from "node:events";
import http from "node:http";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Protocol } from "./wire-protocols.ts";

export interface Load {
  counts(): Tally;
  /** Resolves when every request under way is answered. */
  stop(): Promise<void>;
}

interface Tally {
  readonly events: number;
  readonly pushedBack: number;
  /** Answers that are neither yes nor later. */
  readonly failed: number;
  /** Events of requests that ended without an answer: they may be stored, and are sent again. */
  readonly unanswered: number;
}

interface Target {
  /** Asked before each request: a server that is started again may be elsewhere. */
  readonly at: () => { readonly url: string; readonly syslogPort: number };
  readonly key: string;
  readonly protocol: Protocol;
  readonly connections: number;
  /** Between two requests of a connection. */
  readonly pauseMs?: number;
}

export function startWireLoad(target: Target): Load {
  const { protocol } = target;
  const tally = { events: 0, pushedBack: 0, failed: 0, unanswered: 0 };
  const agent = new http.Agent({ keepAlive: true, maxSockets: target.connections });
  let sending = true;
  let next = 0;

  async function overHttp(path: string): Promise<void> {
    const headers = protocol.headers?.(target.key) ?? {};
    while (sending) {
      const first = next;
      next += protocol.batch;
      const body = protocol.body(first, protocol.batch, target.key);
      // The same records again until they are taken, as clients do.
      for (let answered = false; !answered; ) {
        const url = `${target.at().url}${path}`;
        const status = await post({ url, headers, body, agent }).then(
          (answer) => answer.status,
          () => NO_ANSWER,
        );
        answered = status >= 200 && status < 300;
        if (answered) tally.events += protocol.batch;
        else if (status === 429 || status === 503) {
          tally.pushedBack += 1;
          await sleep(250);
        } else if (status === NO_ANSWER) {
          tally.unanswered += protocol.batch;
          await sleep(100);
        } else {
          tally.failed += 1;
          answered = true;
        }
      }
      if (target.pauseMs !== undefined) await sleep(target.pauseMs);
    }
  }

  async function overTcp(): Promise<void> {
    const socket = connect(target.at().syslogPort, "127.0.0.1");
    await once(socket, "connect");
    while (sending) {
      const first = next;
      next += protocol.batch;
      if (!socket.write(protocol.body(first, protocol.batch, ""))) await once(socket, "drain");
      tally.events += protocol.batch;
    }
    socket.end();
    await once(socket, "close");
  }

  const { path } = protocol;
  const loops = Array.from({ length: target.connections }, () =>
    path === undefined ? overTcp() : overHttp(path(target.key)),
  );
  return {
    counts: () => ({ ...tally }),
    stop: async () => {
      sending = false;
      await Promise.all(loops);
      agent.destroy();
    },
  };
}

const NO_ANSWER = 0;

export interface PostAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

export function post(request: {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  readonly agent?: http.Agent;
}): Promise<PostAnswer> {
  return new Promise((resolve, reject) => {
    const { url, headers, body, ...rest } = request;
    const outgoing = http.request(
      url,
      { method: "POST", ...rest, headers: { ...headers, "content-length": Buffer.byteLength(body) } },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.once("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text });
        });
      },
    );
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}
