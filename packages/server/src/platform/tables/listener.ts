/** listener: one connection that LISTENs for everybody and opens itself again when it is lost. Messages sent while it was
 *  away are gone (PostgreSQL keeps none), so listeners get the topic RECONNECTED and read their state anew. */
import pg from "pg";
import type { Log } from "../log/index.ts";
import { tablesError } from "./errors.ts";

export const CHANNEL = "holdfast";
/** Delivered to every listener after a lost connection was replaced. */
export const RECONNECTED = "tables.reconnected";

export type Listener = (topic: string, payload: unknown) => void;

export interface Subscriptions {
  add(listener: Listener): () => void;
  close(): Promise<void>;
}

const PROBE_EVERY_MS = 30_000;
const LONGEST_PAUSE_MS = 5_000;

/** Resolves when the connection listens, so that a message sent after that is never missed. */
export async function openSubscriptions(options: { url: string; log: Log }): Promise<Subscriptions> {
  const listeners = new Set<Listener>();
  const deliver: Listener = (topic, payload) => {
    for (const listener of listeners) {
      try {
        listener(topic, payload);
      } catch (error) {
        options.log.error({ topic, error: String(error) }, "a listener failed on a notification");
      }
    }
  };
  const connection = keepListening(options, deliver);
  await connection.first;
  return {
    add: (listener) => {
      // A wrapper per call, so that one function can be subscribed twice and stopped once.
      const own: Listener = (topic, payload) => listener(topic, payload);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    close: connection.close,
  };
}

function keepListening(options: { url: string; log: Log }, deliver: Listener) {
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let pauseMs = 50;

  const open = async (): Promise<void> => {
    const next = await listen(options.url, deliver, options.log);
    if (closed) return void next.end().catch(() => {});
    client = next;
    pauseMs = 50;
    const lose = (reason: string) => {
      if (client !== next || closed) return;
      client = undefined;
      options.log.warn({ reason }, "lost the connection for notifications");
      next.end().catch(() => {});
      schedule();
    };
    next.on("error", (error) => lose(error.message));
    next.on("end", () => lose("it was closed"));
    probe(next, lose);
  };

  /** A peer that vanished without a word never ends the connection: ask now and then. */
  const probe = (probed: pg.Client, lose: (reason: string) => void): void => {
    timer = setTimeout(() => {
      if (client !== probed) return;
      probed.query({ text: "select 1" }).then(
        () => probe(probed, lose),
        (error: Error) => lose(error.message),
      );
    }, PROBE_EVERY_MS).unref();
  };

  const schedule = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      open().then(
        () => deliver(RECONNECTED, null),
        () => closed || schedule(),
      );
    }, pauseMs);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  };

  return {
    first: open(),
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await client?.end().catch(() => {});
    },
  };
}

async function listen(url: string, deliver: Listener, log: Log): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: "holdfast listener",
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
    query_timeout: 10_000,
  });
  client.on("error", () => {});
  client.on("notification", (message) => {
    const parsed = parse(message.payload);
    if (parsed === undefined)
      log.warn({ bytes: message.payload?.length ?? 0 }, "ignored a notification that is not ours");
    else deliver(parsed.topic, parsed.payload);
  });
  try {
    await client.connect();
    await client.query(`listen ${CHANNEL}`);
    return client;
  } catch (error) {
    client.end().catch(() => {});
    throw tablesError(error);
  }
}

function parse(text: string | undefined): { topic: string; payload: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text ?? "");
    if (typeof value !== "object" || value === null || !("topic" in value) || typeof value.topic !== "string")
      return undefined;
    return { topic: value.topic, payload: "payload" in value ? value.payload : null };
  } catch {
    return undefined;
  }
}
