/** launcher.test: the launcher over kills of parent, server and both, in odd places and as other users. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { sql } from "drizzle-orm";
import pg from "pg";
import { silentLog } from "../log/index.ts";
import { launchPostgres } from "./launcher.ts";
import { RECONNECTED } from "./listener.ts";
import { createTables } from "./postgres.ts";
import { isServerOf, runningPostmaster, stopPostmaster } from "./postmaster.ts";

const isRoot = process.getuid?.() === 0;
const base = mkdtempSync(join(tmpdir(), "holdfast-launch-"));
const directories: string[] = [];
after(async () => {
  for (const directory of directories) {
    const left = runningPostmaster(join(directory, "pg"));
    if (left !== undefined) await stopPostmaster(left.pid, join(directory, "pg"));
  }
  rmSync(base, { recursive: true, force: true });
});

function stateIn(name: string): string {
  const directory = join(base, name);
  directories.push(directory);
  return directory;
}

const launch = (directory: string, password = "p@ss/w?rd'") => launchPostgres({ directory, password, log: silentLog });

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

/** A whole server process of its own: opens the home, launches, then writes a row after another and prints its number. */
const SERVER = `
  import pg from "pg";
  import { openHome } from ${source("../home/index.ts")};
  import { silentLog } from ${source("../log/index.ts")};
  import { launchPostgres } from ${source("./launcher.ts")};
  const fail = (error) => { console.log("FAILED " + error.message); process.exit(3); };
  const home = await openHome(process.argv[1]).catch(fail);
  const server = await launchPostgres({ directory: home.paths.state, password: home.secrets.get("database"), log: silentLog }).catch(fail);
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query("create table if not exists acked (n serial primary key)");
  console.log("READY " + JSON.stringify({ pid: server.pid, reattached: server.reattached }));
  if (process.argv[2] === "once") { await client.end(); await server.close(); home.close(); }
  else for (;;) console.log("A " + (await client.query("insert into acked default values returning n")).rows[0].n);
`;

function source(path: string): string {
  return JSON.stringify(fileURLToPath(new URL(path, import.meta.url)));
}

interface Running {
  readonly child: ChildProcess;
  readonly first: string;
  lines(): string[];
}

function startServer(home: string, wrap: readonly string[] = []): Promise<Running> {
  const script = fileURLToPath(new URL(".", import.meta.url));
  const command = [...wrap, process.execPath, "--input-type=module", "-e", SERVER, home];
  const child = spawn(command[0] ?? "", command.slice(1), { cwd: script, stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  return new Promise((resolve, reject) => {
    child.stdout?.on("data", (chunk: Buffer) => {
      text += chunk.toString("utf8");
      const lines = () => text.split("\n");
      if (text.includes("\n")) resolve({ child, first: lines()[0] ?? "", lines });
    });
    child.once("exit", (code) => reject(new Error(`the server ended with ${code} before it said anything`)));
  });
}

function ready(running: Running): { pid: number; reattached: boolean } {
  assert.match(running.first, /^READY /);
  return JSON.parse(running.first.slice("READY ".length));
}

describe("launcher", () => {
  test("creates a private cluster, keeps its data over a restart, and lets nobody in without the password", async () => {
    const directory = stateIn("first");
    const progress: string[] = [];
    const first = await launchPostgres({
      directory,
      password: "p1",
      log: silentLog,
      onProgress: (sentence) => progress.push(sentence),
    });
    assert.match(progress.join(), /first start/);
    assert.equal(statSync(join(directory, "pg")).mode & 0o777, 0o700);
    await query(first.url, "create table kept (n int); insert into kept values (7)");
    await assert.rejects(query(first.url.replace(":p1@", ":wrong@"), "select 1"), { code: "28P01" });
    const listening = await query(
      first.url,
      "select current_setting('listen_addresses') as tcp, current_setting('fsync') as fsync",
    );
    assert.deepEqual(listening, [{ tcp: "", fsync: "on" }]);
    await first.close();
    assert.equal(isServerOf(first.pid, join(directory, "pg")), false);
    const second = await launch(directory, "p1");
    assert.equal(second.reattached, false);
    assert.deepEqual(await query(second.url, "select n from kept"), [{ n: 7 }]);
    await second.close();
  });

  test("works in a path with spaces, and in one that is too long for a socket", async () => {
    for (const name of ["with spaces & 'quotes'", `long ${"ü".repeat(60)}`]) {
      const server = await launch(stateIn(name));
      assert.equal((await query(server.url, "select 1 as one")).length, 1, name);
      const sockets = new URL(server.url.replace("@/", "@h/")).searchParams.get("host") ?? "";
      assert.ok(existsSync(sockets));
      await server.close();
      assert.equal(existsSync(sockets), false, "nothing is left in the temporary directory");
    }
  });

  test("takes over the server of a killed parent, and loses nothing it acknowledged", async () => {
    const home = join(base, "killed home");
    directories.push(join(home, "state"));
    let acked = 0;
    for (let round = 0; round < 3; round += 1) {
      const running = await startServer(home);
      assert.equal(ready(running).reattached, round > 0, `round ${round}`);
      assert.equal(statSync(home).mode & 0o777, 0o700);
      await sleep(300);
      running.child.kill("SIGKILL");
      await new Promise((resolve) => running.child.once("close", resolve));
      acked = Math.max(acked, ...running.lines().map((line) => Number(/^A (\d+)$/.exec(line)?.[1] ?? 0)));
    }
    assert.ok(acked > 3);
    const secrets: unknown = JSON.parse(readFileSync(join(home, "secrets.json"), "utf8"));
    assert.ok(
      typeof secrets === "object" && secrets !== null && "database" in secrets && typeof secrets.database === "string",
    );
    const server = await launch(join(home, "state"), secrets.database);
    const rows = await query(server.url, `select count(*) as n from acked where n <= ${acked}`);
    assert.deepEqual(rows, [{ n: String(acked) }]);
    await server.close();
  });

  test("ends in good order some seconds after its parent was killed, when nobody takes it over", async () => {
    const home = join(base, "left alone");
    const data = join(home, "state", "pg");
    directories.push(join(home, "state"));
    const running = await startServer(home);
    const { pid } = ready(running);
    running.child.kill("SIGKILL");
    for (let waited = 0; isServerOf(pid, data) && waited < 60_000; waited += 200) await sleep(200);
    assert.equal(isServerOf(pid, data), false);
    assert.equal(existsSync(join(data, "postmaster.pid")), false, "a clean stop removes it");
    const next = await startServer(home);
    assert.equal(ready(next).reattached, false);
    next.child.kill("SIGKILL");
  });

  test("starts again after the database itself was killed, with its parent or alone", async () => {
    const home = join(base, "crashed");
    directories.push(join(home, "state"));
    for (let round = 0; round < 2; round += 1) {
      const running = await startServer(home);
      const { pid, reattached } = ready(running);
      assert.equal(reattached, false);
      process.kill(pid, "SIGKILL");
      running.child.kill("SIGKILL");
    }
    const last = await startServer(home);
    assert.equal(ready(last).reattached, false);
    last.child.kill("SIGKILL");
  });

  test("starts the database again when it is killed alone, and pool and listener find it", async () => {
    const server = await launch(stateIn("alone"));
    const tables = await createTables({ url: server.url, engine: "embedded", log: silentLog });
    const topics: string[] = [];
    tables.subscribe((topic) => topics.push(topic));
    await tables.db.execute(sql`create table kept (n int)`);
    for (let round = 1; round <= 3; round += 1) {
      await tables.db.execute(sql`insert into kept values (${round})`);
      const { pid } = server;
      process.kill(pid, "SIGKILL");
      const started = performance.now();
      while (server.pid === pid || !(await tables.ping())) await sleep(20);
      assert.ok(performance.now() - started < 10_000, "it was away for more than 10 s");
      const found = await tables.db.execute(sql`select count(*) as n from kept`);
      assert.deepEqual(found.rows, [{ n: round }]);
    }
    while (!topics.includes(RECONNECTED)) await sleep(20);
    await tables.close();
    const { pid } = server;
    await server.close();
    await sleep(500);
    assert.equal(server.pid, pid);
    assert.equal(isServerOf(pid, join(base, "alone", "pg")), false, "it stays down once it was stopped");
  });

  test("is refused in clear words while another process has the home", async () => {
    const home = join(base, "twice");
    directories.push(join(home, "state"));
    const running = await startServer(home);
    const second = await startServer(home);
    assert.ok(
      second.first.startsWith(`FAILED ${home} is in use by another Holdfast (process ${running.child.pid}`),
      second.first,
    );
    running.child.kill("SIGKILL");
  });

  test("replaces a running server that has other settings or another password", async () => {
    const home = join(base, "changed");
    directories.push(join(home, "state"));
    const first = await startServer(home);
    first.child.kill("SIGKILL");
    const options = join(home, "state", "pg", "postmaster.opts");
    writeFileSync(options, `${readFileSync(options, "utf8").trim()} "-c" "work_mem=1MB"\n`);
    const second = await startServer(home);
    assert.equal(ready(second).reattached, false);
    assert.notEqual(ready(second).pid, ready(first).pid);
    second.child.kill("SIGKILL");
    await assert.rejects(launch(join(home, "state"), "p2"), { code: "TABLES_START", message: /password/ });
  });

  test("is not misled by a stale pid file that names a living stranger", async () => {
    const directory = stateIn("stranger");
    const first = await launch(directory);
    const pidFile = join(directory, "pg", "postmaster.pid");
    const lines = readFileSync(pidFile, "utf8").split("\n");
    await first.close();
    const stranger = spawn("sleep", ["60"], { stdio: "ignore" });
    writeFileSync(pidFile, [stranger.pid, ...lines.slice(1)].join("\n"), { mode: 0o600 });
    const second = await launch(directory);
    assert.equal(second.reattached, false);
    assert.equal(stranger.exitCode, null, "the stranger was left alone");
    stranger.kill();
    await second.close();
  });

  test("builds the cluster anew when its first start was cut short, and never over foreign files", async () => {
    const directory = stateIn("cut");
    mkdirSync(join(directory, "pg.new-0123"), { recursive: true });
    const server = await launch(directory);
    assert.equal(existsSync(join(directory, "pg.new-0123")), false);
    await server.close();
    const foreign = stateIn("foreign");
    mkdirSync(join(foreign, "pg"), { recursive: true });
    writeFileSync(join(foreign, "pg", "letter.txt"), "dear");
    await assert.rejects(launch(foreign), { code: "TABLES_START", message: /is no PostgreSQL data directory/ });
    assert.ok(existsSync(join(foreign, "pg", "letter.txt")));
  });

  test("says why when PostgreSQL does not start", async () => {
    const directory = stateIn("broken");
    await (await launch(directory)).close();
    writeFileSync(join(directory, "pg", "postgresql.auto.conf"), "nonsense = 1\n");
    await assert.rejects(launch(directory), { code: "TABLES_START", message: /nonsense.*pg\.log/s });
  });

  const rootOnly = { skip: isRoot ? false : "needs root to become another user" };

  test("runs as an ordinary user", rootOnly, async () => {
    const home = join(base, "ordinary home");
    mkdirSync(home, { mode: 0o700 });
    chmodSync(base, 0o711);
    directories.push(join(home, "state"));
    const { uid, gid } = nobody();
    chownSync(home, uid, gid);
    const running = await startServer(home, ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups"]);
    const { pid } = ready(running);
    assert.equal(statSync(`/proc/${pid}`).uid, uid);
    running.child.kill("SIGKILL");
  });

  test("names the ways out when the kernel gives root no user namespace", rootOnly, async (context) => {
    // Inside a namespace of its own the limit can be set to zero, which is a real refusal of the kernel.
    const deny = [
      "unshare",
      "--user",
      "--map-root-user",
      "sh",
      "-c",
      'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"',
      "sh",
    ];
    if (spawnSync(deny[0] ?? "", [...deny.slice(1), "true"]).status !== 0)
      return context.skip("this kernel has no such limit to set");
    const running = await startServer(stateIn("denied"), deny);
    assert.match(running.first, /^FAILED PostgreSQL refuses to run as root.*ordinary user.*HOLDFAST_DATABASE_URL/);
  });
});

function nobody(): { uid: number; gid: number } {
  const fields = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((line) => line.startsWith("nobody:"))
    ?.split(":");
  return { uid: Number(fields?.[2] ?? 65534), gid: Number(fields?.[3] ?? 65534) };
}
