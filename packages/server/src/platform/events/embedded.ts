/** embedded: the event store without a server of its own: keeps one child process on a data directory, starts it again with
 *  growing pauses when it dies, and ends it with its owner. While it is down, calls fail as EVENTS_UNAVAILABLE at once. */
import { randomBytes } from "node:crypto";
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../clock/index.ts";
import { systemClock } from "../clock/index.ts";
import type { Log } from "../log/index.ts";
import type { Child } from "./child.ts";
import { startChild } from "./child.ts";
import { createEventStore } from "./client.ts";
import type { EventConnection } from "./connection.ts";
import { isAppError } from "../errors/index.ts";
import type { FacadeConfig } from "./facade/protocol.ts";
import { claimDirectory, releaseDirectory } from "./holder.ts";
import { migrateEvents } from "./migrate.ts";
import type { EventStore } from "./port.ts";
import { settle } from "./settle.ts";
import { findSocketPlace } from "./socket-place.ts";

export interface OpenEvents {
  readonly store: EventStore;
  /** Plain data for worker threads and tests. */
  readonly connection: EventConnection;
  close(): Promise<void>;
}

export interface EmbeddedEvents extends OpenEvents {
  /** Process id of the engine, undefined while it is down; for doctor and for fault tests. */
  pid(): number | undefined;
  /** How often the engine had to be started again. */
  restarts(): number;
}

export interface EmbeddedOptions {
  /** A directory for the event store alone. */
  readonly directory: string;
  readonly database: string;
  readonly log: Log;
  readonly retentionDays: number;
  readonly clock?: Clock;
}

const LANES = { reads: 12, writes: 4, waiting: 400 };
const BODY_BYTES = 512 * 1024 * 1024;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 3_000;
/** A child that lived this long gets the short pause again. */
const STEADY_MS = 5_000;
const USER = "holdfast";

export async function openEmbeddedEvents(options: EmbeddedOptions): Promise<EmbeddedEvents> {
  const { directory, log } = options;
  const clock = options.clock ?? systemClock;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await chmod(directory, 0o700);
  await claimDirectory(directory);
  const place = await findSocketPlace(directory);
  const secret = randomBytes(32).toString("base64url");
  let port = 0;
  let child: Child | undefined;
  let stopping = false;
  let restarts = 0;
  let pause = FIRST_PAUSE_MS;
  let pending: NodeJS.Timeout | undefined;
  let starting: Promise<void> | undefined;

  const start = async (): Promise<void> => {
    const config: FacadeConfig = {
      directory: join(directory, "data"),
      listen: place.socketPath === undefined ? { host: "127.0.0.1", port } : { socketPath: place.socketPath },
      user: USER,
      secret,
      lanes: LANES,
      bodyBytes: BODY_BYTES,
    };
    await settle(directory);
    const started = await startChild({ config, home: directory, log });
    const since = clock.monotonic();
    child = started;
    port = started.port;
    log.info({ pid: started.pid, version: started.version }, "the event store is ready");
    void started.ended.then(({ reason }) => {
      child = undefined;
      if (stopping) return;
      if (clock.monotonic() - since >= STEADY_MS) pause = FIRST_PAUSE_MS;
      log.error({ pid: started.pid, reason, pauseMs: pause }, "the event store process died and will be started again");
      again();
    });
  };
  const again = (): void => {
    pending = setTimeout(() => {
      restarts += 1;
      starting = start().catch((error: unknown) => {
        if (stopping) return;
        log.error(
          { error: error instanceof Error ? error.message : String(error), pauseMs: pause },
          "the event store could not be started again",
        );
        again();
      });
    }, pause);
    pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
  };
  const stop = async (): Promise<void> => {
    stopping = true;
    clearTimeout(pending);
    await starting;
    await child?.stop();
    await place.remove();
    await releaseDirectory(directory);
  };

  try {
    await start();
  } catch (error) {
    await place.remove();
    if (!(isAppError(error) && error.code === "EVENTS_IN_USE")) await releaseDirectory(directory);
    throw error;
  }
  const connection: EventConnection = {
    ...(place.socketPath === undefined ? {} : { socketPath: place.socketPath }),
    url: place.socketPath === undefined ? `http://127.0.0.1:${port}` : "http://localhost",
    user: USER,
    password: secret,
    database: options.database,
    engine: "embedded",
  };
  const inner = createEventStore(connection);
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= inner.close().then(stop);
    return closed;
  };
  try {
    await migrateEvents(inner, { database: options.database, retentionDays: options.retentionDays });
    await reportSetAside(inner, options);
  } catch (error) {
    await close();
    throw error;
  }
  return { store: { ...inner, close }, connection, close, pid: () => child?.pid, restarts: () => restarts };
}

/** Parts that were broken when the store opened lie in "detached" folders: nothing reads them, so somebody has to know. */
async function reportSetAside(store: EventStore, options: EmbeddedOptions): Promise<void> {
  const rows = await store.query<{ table: string; parts: string }>(
    "SELECT table, count() AS parts FROM system.detached_parts WHERE database = {database:String} GROUP BY table",
    { params: { database: options.database } },
  );
  for (const { table, parts } of rows) {
    options.log.warn(
      { table, parts: Number(parts), directory: options.directory },
      "parts of the event store were broken and are set aside in its detached folder; acknowledged rows are fsynced, so these are unfinished inserts and merges",
    );
  }
}
