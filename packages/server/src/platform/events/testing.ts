/** testing: a real event store for tests of any area: a fresh database on an engine of its own, or on one that runs
 *  already when HOLDFAST_TEST_EVENTS_SOCKET describes it (JSON of a connection). Never used by the product itself. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "../log/index.ts";
import { createEventStore } from "./client.ts";
import type { EventConnection } from "./connection.ts";
import type { OpenEvents } from "./embedded.ts";
import { openEmbeddedEvents } from "./embedded.ts";
import { migrateEvents } from "./migrate.ts";

const RETENTION_DAYS = 20_000;

export async function openTestEvents(): Promise<OpenEvents> {
  const described = process.env["HOLDFAST_TEST_EVENTS_SOCKET"];
  return described === undefined || described === "" ? openOwn() : openOnRunning(parseConnection(described));
}

/** A ClickHouse server for the same contract, when HOLDFAST_TEST_CLICKHOUSE_URL names one; its database is dropped at the end. */
export function testServer(): (() => Promise<OpenEvents>) | undefined {
  const url = process.env["HOLDFAST_TEST_CLICKHOUSE_URL"];
  if (url === undefined || url === "") return undefined;
  const { username, password, origin } = new URL(url);
  return () =>
    openOnRunning({
      url: origin,
      user: decodeURIComponent(username) || "default",
      password: decodeURIComponent(password),
      database: "",
      engine: "server",
    });
}

async function openOwn(): Promise<OpenEvents> {
  const directory = await mkdtemp(join(tmpdir(), "hf-ev-"));
  const events = await openEmbeddedEvents({
    directory,
    database: randomName(),
    log: silentLog,
    retentionDays: RETENTION_DAYS,
  });
  const close = async (): Promise<void> => {
    await events.close();
    await rm(directory, { recursive: true, force: true });
  };
  return { store: { ...events.store, close }, connection: events.connection, close };
}

async function openOnRunning(running: EventConnection): Promise<OpenEvents> {
  const connection = { ...running, database: randomName() };
  const store = createEventStore(connection);
  await migrateEvents(store, { database: connection.database, retentionDays: RETENTION_DAYS });
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= store.command(`DROP DATABASE IF EXISTS \`${connection.database}\` SYNC`).then(() => store.close());
    return closed;
  };
  return { store: { ...store, close }, connection, close };
}

const randomName = (): string => `test_${randomBytes(6).toString("hex")}`;

function parseConnection(text: string): EventConnection {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null)
    throw new TypeError("HOLDFAST_TEST_EVENTS_SOCKET must hold the JSON of a connection");
  const read = (name: string): string => {
    const found: unknown = Reflect.get(value, name);
    if (typeof found !== "string") throw new TypeError(`HOLDFAST_TEST_EVENTS_SOCKET lacks "${name}"`);
    return found;
  };
  const base = { url: read("url"), user: read("user"), password: read("password"), database: read("database") };
  const engine = read("engine") === "server" ? "server" : "embedded";
  return "socketPath" in value ? { ...base, engine, socketPath: read("socketPath") } : { ...base, engine };
}
