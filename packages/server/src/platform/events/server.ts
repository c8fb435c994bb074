/** server: the event store on a ClickHouse server of the operator's own; the same client, SQL and migrations. */
import type { Log } from "../log/index.ts";
import { createEventStore } from "./client.ts";
import type { EventConnection } from "./connection.ts";
import type { OpenEvents } from "./embedded.ts";
import { migrateEvents } from "./migrate.ts";

export interface ServerOptions {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly log: Log;
  readonly retentionDays: number;
  /** Name of the cluster when tables are to be replicated. */
  readonly cluster?: string;
}

export async function connectEvents(options: ServerOptions): Promise<OpenEvents> {
  const { url, user, password, database } = options;
  const connection: EventConnection = { url, user, password, database, engine: "server" };
  const store = createEventStore(connection);
  try {
    const { applied } = await migrateEvents(store, {
      database,
      retentionDays: options.retentionDays,
      ...(options.cluster === undefined ? {} : { cluster: options.cluster }),
    });
    options.log.info({ url: new URL(url).host, database, applied }, "connected to the event store server");
  } catch (error) {
    await store.close();
    throw error;
  }
  return { store, connection, close: () => store.close() };
}
