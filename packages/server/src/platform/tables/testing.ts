/** testing: a migrated, empty database for one test. On the server that HOLDFAST_TEST_STATE_URL names (an administrator's
 *  connection), else on an embedded PostgreSQL that this process starts once and removes at its end. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { silentLog } from "../log/index.ts";
import { launchPostgres } from "./launcher.ts";
import { loadMigrations, type Migration, migrate } from "./migrate.ts";
import type { Tables } from "./port.ts";
import { createTables } from "./postgres.ts";
import { isServerOf } from "./postmaster.ts";

export interface TestTables {
  readonly tables: Tables;
  /** Connection string of this test's own database. */
  readonly url: string;
  close(): Promise<void>;
}

/** @param migrations all that ship with the program, unless the test brings its own */
export async function openTestTables(migrations: readonly Migration[] = loadMigrations()): Promise<TestTables> {
  const given = process.env["HOLDFAST_TEST_STATE_URL"];
  const adminUrl = given ?? (await embeddedOnce());
  return openTestTablesOn({ adminUrl, engine: given === undefined ? "embedded" : "server", migrations });
}

/** The same on a given server. */
export async function openTestTablesOn(options: {
  adminUrl: string;
  engine: "embedded" | "server";
  migrations: readonly Migration[];
}): Promise<TestTables> {
  const name = `test_${randomBytes(8).toString("hex")}`;
  await administer(options.adminUrl, `create database ${name} template template0 encoding 'UTF8'`);
  const url = withDatabase(options.adminUrl, name);
  const tables = await createTables({ url, engine: options.engine, log: silentLog, connections: 12 });
  await migrate(tables, options.migrations);
  return {
    tables,
    url,
    close: async () => {
      await tables.close();
      await administer(options.adminUrl, `drop database if exists ${name} with (force)`);
    },
  };
}

let embedded: Promise<string> | undefined;

function embeddedOnce(): Promise<string> {
  embedded ??= startEmbedded();
  return embedded;
}

async function startEmbedded(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "holdfast-test-"));
  const server = await launchPostgres({
    directory: join(directory, "state"),
    password: randomBytes(16).toString("hex"),
    log: silentLog,
  });
  process.once("exit", () => {
    endNow(server.pid, join(directory, "state", "pg"));
    rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  });
  return server.url;
}

/** Only synchronous work runs while a process exits. The data goes away, so the server need not close it well. */
function endNow(pid: number, dataDirectory: string): void {
  try {
    process.kill(pid, "SIGQUIT");
  } catch {
    return;
  }
  const cell = new Int32Array(new SharedArrayBuffer(4));
  for (let waited = 0; waited < 200 && isServerOf(pid, dataDirectory); waited += 1) Atomics.wait(cell, 0, 0, 25);
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function withDatabase(url: string, name: string): string {
  return url.replace(/^([a-z]+:\/\/[^/]*)\/[^?]*/, `$1/${name}`);
}
