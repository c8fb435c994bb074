/** live: `GET /api/live`, a server-sent stream of topics (contracts/live). A client gets only what its permissions allow, and a
 *  slow one is cut rather than buffered without end: it reconnects and fetches. */
import { LIVE_PATH, TOPICS, type Topic } from "@holdfast/contracts/live";
import type { FastifyInstance } from "fastify";
import type { Tables } from "../platform/tables/port.ts";
import type { Caller } from "./caller.ts";

const HEARTBEAT_MS = 15_000;
const MAX_BUFFERED = 1 << 20;

export function mountLive(app: FastifyInstance, { tables, caller }: { tables: Tables; caller: Caller }): void {
  app.get(LIVE_PATH, { config: { permission: "self" } }, async (request, reply) => {
    const { permissions } = await caller.admit(request, reply, { permission: "self", mutates: false });
    reply.hijack();
    const out = reply.raw;
    out.writeHead(200, {
      ...headersOf(reply.getHeaders()),
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    });
    out.write("retry: 2000\n\nevent: hello\ndata: {}\n\n");
    const send = (text: string): void => {
      if (out.writableLength > MAX_BUFFERED) out.destroy();
      else out.write(text);
    };
    const stop = tables.subscribe((topic, payload) => {
      if (isTopic(topic) && permissions.has(TOPICS[topic].permission))
        send(`event: ${topic}\ndata: ${JSON.stringify(payload)}\n\n`);
    });
    const heartbeat = setInterval(() => send(": still here\n\n"), HEARTBEAT_MS);
    out.once("close", () => {
      clearInterval(heartbeat);
      stop();
    });
  });
}

const isTopic = (topic: string): topic is Topic => Object.hasOwn(TOPICS, topic);

const headersOf = (headers: Readonly<Record<string, number | string | string[] | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])),
  );
