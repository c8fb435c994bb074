/** stores: opens the two engines, embedded or given, and migrates both. The same code path whichever runs. */
import { join } from "node:path";
import type { Sources } from "./backup/index.ts";
import type { Config } from "./platform/config/index.ts";
import {
  connectEvents,
  dropFrozen,
  type EventConnection,
  type EventStore,
  freezeEvents,
  openEmbeddedEvents,
} from "./platform/events/index.ts";
import type { Home } from "./platform/home/index.ts";
import type { Log } from "./platform/log/index.ts";
import {
  beginBaseBackup,
  createTables,
  launchPostgres,
  loadMigrations,
  migrate,
  type Tables,
} from "./platform/tables/index.ts";

export interface Stores {
  readonly tables: Tables;
  /** Connection string of the state store. */
  readonly stateUrl: string;
  readonly events: EventStore;
  /** For the worker threads. */
  readonly connection: EventConnection;
  /** How the embedded ones are copied while they run; undefined for servers. */
  readonly copies: Pick<Sources, "state" | "events">;
  /** Process ids of the embedded engines; undefined for servers and while one is down. */
  pids(): { readonly state: number | undefined; readonly events: number | undefined };
  close(): Promise<void>;
}

const DATABASE = "holdfast";

export async function openStores(options: {
  config: Config;
  home: Home;
  log: Log;
  onProgress: (sentence: string) => void;
}): Promise<Stores> {
  // Both start at the same time: each takes about a second, and the first start of PostgreSQL five.
  const [state, events] = await Promise.allSettled([openState(options), openEvents(options)]);
  if (state.status === "rejected" || events.status === "rejected") {
    if (state.status === "fulfilled") await state.value.close();
    if (events.status === "fulfilled") await events.value.close();
    throw state.status === "rejected" ? state.reason : events.status === "rejected" ? events.reason : undefined;
  }
  return {
    tables: state.value.tables,
    stateUrl: state.value.url,
    events: events.value.store,
    connection: events.value.connection,
    copies: { state: state.value.copy, events: events.value.copy },
    pids: () => ({ state: state.value.pid(), events: events.value.pid() }),
    async close() {
      await events.value.close();
      await state.value.close();
    },
  };
}

async function openState({
  config,
  home,
  log,
  onProgress,
}: {
  config: Config;
  home: Home;
  log: Log;
  onProgress: (sentence: string) => void;
}) {
  const given = config.database.url;
  const embedded =
    given === undefined
      ? await launchPostgres({
          directory: home.paths.state,
          password: home.secrets.get("state-password"),
          log: log.child("state"),
          onProgress,
        })
      : undefined;
  try {
    const url = given ?? embedded?.url ?? "";
    const tables = await createTables({
      url,
      engine: given === undefined ? "embedded" : "server",
      log: log.child("state"),
      connections: 20,
    });
    const applied = await migrate(tables, loadMigrations());
    if (applied.length > 0) log.info({ applied }, "The state store was migrated.");
    return {
      tables,
      url,
      pid: () => embedded?.pid,
      copy:
        embedded === undefined
          ? undefined
          : { begin: () => beginBaseBackup({ url, dataDirectory: join(home.paths.state, "pg") }) },
      async close() {
        await tables.close();
        await embedded?.close();
      },
    };
  } catch (error) {
    await embedded?.close();
    throw error;
  }
}

async function openEvents({ config, home, log }: { config: Config; home: Home; log: Log }) {
  const { url, user, password } = config.clickhouse;
  if (url !== undefined) {
    const opened = await connectEvents({
      url,
      user: user ?? "default",
      password: password ?? "",
      database: DATABASE,
      log: log.child("events"),
      retentionDays: config.retention.days,
    });
    return { ...opened, pid: () => undefined, copy: undefined };
  }
  const directory = join(home.paths.events, "data");
  // Links that a killed backup left would keep what retention lets go.
  await dropFrozen(directory);
  const opened = await openEmbeddedEvents({
    directory: home.paths.events,
    database: DATABASE,
    log: log.child("events"),
    retentionDays: config.retention.days,
  });
  return {
    ...opened,
    copy: {
      freeze: (work: string) => freezeEvents({ store: opened.store, database: DATABASE, directory, work }),
      drop: () => dropFrozen(directory),
    },
  };
}
