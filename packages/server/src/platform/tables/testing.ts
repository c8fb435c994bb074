/** testing: a migrated, empty database for one test. On the server that HOLDFAST_TEST_STATE_URL names (an administrator's
 *  connection to an embedded one that the test run started), else on an embedded PostgreSQL that this process starts once and removes at its end.
 *  An embedded server is migrated once for each choice of migrations, and copies that: forty files of SQL take ten times as long. */
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { silentLog } from "../log/index.ts";
import { launchPostgres } from "./launcher.ts";
import { loadMigrations, type Migration, migrate } from "./migrate.ts";
import type { Tables } from "./port.ts";
import { createTables } from "./postgres.ts";
import { isServerOf, runningPostmaster } from "./postmaster.ts";

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
  const template = migrations.length === 0 ? undefined : await migratedOnce(adminUrl, migrations);
  return openTestTablesOn({
    adminUrl,
    engine: "embedded",
    migrations,
    ...(template === undefined ? {} : { template }),
  });
}

/** The same on a given server. */
export async function openTestTablesOn(options: {
  adminUrl: string;
  engine: "embedded" | "server";
  migrations: readonly Migration[];
  /** A database that has these migrations, to be copied; nobody may be connected to it. */
  template?: string;
}): Promise<TestTables> {
  const name = `test_${randomBytes(8).toString("hex")}`;
  await administer(
    options.adminUrl,
    `create database ${name} template ${options.template ?? "template0"} encoding 'UTF8'`,
  );
  const url = withDatabase(options.adminUrl, name);
  const drop = () => administer(options.adminUrl, `drop database if exists ${name} with (force)`);
  try {
    const tables = await createTables({ url, engine: options.engine, log: silentLog, connections: 12 });
    const close = () => tables.close().then(drop);
    if (options.template === undefined)
      await migrate(tables, options.migrations).catch((error: unknown) => close().then(() => Promise.reject(error)));
    return { tables, url, close };
  } catch (error) {
    await drop();
    throw error;
  }
}

/** The name of a database that has these migrations; the first to ask makes it, the others wait. */
async function migratedOnce(adminUrl: string, migrations: readonly Migration[]): Promise<string> {
  const key = createHash("sha256")
    .update(JSON.stringify(migrations.map(({ id, sql }) => [id, sql])))
    .digest("hex");
  const name = `migrated_${key.slice(0, 16)}`;
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    // Held by the session, so a process that dies while it migrates lets the next one try.
    await client.query("select pg_advisory_lock(hashtext($1))", [name]);
    const found = await client.query("select 1 from pg_database where datname = $1", [name]);
    if (found.rows.length > 0) return name;
    const building = `building_${key.slice(0, 16)}`;
    await client.query(`drop database if exists ${building} with (force)`);
    await client.query(`create database ${building} template template0 encoding 'UTF8'`);
    const tables = await createTables({
      url: withDatabase(adminUrl, building),
      engine: "embedded",
      log: silentLog,
      connections: 2,
    });
    await migrate(tables, migrations).finally(() => tables.close());
    await client.query(`alter database ${building} rename to ${name}`);
    return name;
  } finally {
    await client.end();
  }
}

/** A server of the machine on which the contract is to be run as well; undefined when there is none. */
export function testServerUrl(): string | undefined {
  return process.env["HOLDFAST_TEST_DATABASE_URL"];
}

let embedded: Promise<string> | undefined;

function embeddedOnce(): Promise<string> {
  embedded ??= startEmbedded();
  return embedded;
}

async function startEmbedded(): Promise<string> {
  removeAbandoned();
  const directory = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  const server = await launchPostgres({
    directory: join(directory, "state"),
    password: randomBytes(16).toString("hex"),
    log: silentLog,
  });
  process.once("exit", () => {
    endNow(server.pid, join(directory, "state", "pg"));
    rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  });
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.once(signal, () => process.exit(1));
  return server.url;
}

const PREFIX = "holdfast-test-";

/** What test processes left behind that were killed too hard to clean up. */
function removeAbandoned(): void {
  for (const name of readdirSync(tmpdir())) {
    const owner = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length).split("-")[0]) : Number.NaN;
    if (!Number.isInteger(owner) || isAlive(owner)) continue;
    const directory = join(tmpdir(), name);
    const left = runningPostmaster(join(directory, "state", "pg"));
    if (left !== undefined) endNow(left.pid, join(directory, "state", "pg"));
    rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
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
