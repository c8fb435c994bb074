/** rt-server.testing: Debian's Request Tracker 5 on a database of its own, which can be stopped and started again. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const SERVER = "/usr/share/request-tracker5/libexec/rt-server";
const SETUP = "/usr/sbin/rt-setup-database-5";

export interface RtServer {
  readonly url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** As somebody at Request Tracker would. */
  ask(method: "GET" | "POST" | "PUT", path: string, body?: unknown): Promise<unknown>;
  close(): Promise<void>;
}

/** Why it cannot be used here; undefined when it can. */
export function rtMissing(): string | undefined {
  return existsSync(SERVER)
    ? undefined
    : "Debian's request-tracker5, rt5-db-sqlite and rt5-standalone are not installed";
}

export async function openRt(): Promise<RtServer> {
  const directory = mkdtempSync(join(tmpdir(), "hf-rt-"));
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  const url = `http://127.0.0.1:${port}`;
  for (const name of ["d", "mason", "sessions"]) mkdirSync(join(directory, name));
  const settings: readonly (readonly [string, string | number])[] = [
    ["rtname", "holdfast.test"],
    ["Organization", "holdfast.test"],
    ["WebDomain", "127.0.0.1"],
    ["WebPort", port],
    ["WebBaseURL", url],
    ["WebPath", ""],
    ["DatabaseType", "SQLite"],
    ["DatabaseName", join(directory, "rt.db")],
    ["MailCommand", "testfile"],
    ["LogToSTDERR", "error"],
    ["WebSessionClass", "Apache::Session::File"],
    ["MasonDataDir", join(directory, "mason")],
    ["MasonSessionDir", join(directory, "sessions")],
  ];
  const lines = settings.map(([name, value]) => `Set($${name}, ${typeof value === "number" ? value : `'${value}'`});`);
  writeFileSync(join(directory, "RT_SiteConfig.pm"), `${lines.join("\n")}\nSet($LogToSyslog, undef);\n1;\n`);
  const env = {
    PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
    LANG: "C.UTF-8",
    RT_SITE_CONFIG: join(directory, "RT_SiteConfig.pm"),
    RT_SITE_CONFIG_DIR: join(directory, "d"),
  };
  const setup = spawnSync(SETUP, ["--action", "init", "--skip-create", "--dba-password", "x"], {
    env,
    encoding: "utf8",
    input: "",
  });
  if (setup.status !== 0)
    throw new Error(`Request Tracker's database could not be made: ${setup.stdout}${setup.stderr}`);
  let child: ChildProcess | undefined;
  const ask: RtServer["ask"] = async (method, path, body) => {
    const headers = {
      authorization: `Basic ${Buffer.from("root:password").toString("base64")}`,
      "content-type": "application/json",
    };
    const answer = await globalThis.fetch(`${url}/REST/2.0${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const server: RtServer = {
    url,
    ask,
    start: async () => {
      const args = ["--server", "Starlet", "--host", "127.0.0.1", "--port", String(port), "--max-workers", "2"];
      child = spawn(SERVER, args, { env, stdio: "ignore", detached: true });
      for (let tries = 0; tries < 600; tries += 1) {
        if (
          await ask("GET", "/rt").then(
            () => true,
            () => false,
          )
        )
          return;
        await delay(100);
      }
      throw new Error("Request Tracker did not answer within a minute.");
    },
    stop: async () => {
      const running = child;
      child = undefined;
      if (running?.pid === undefined || running.exitCode !== null) return;
      const ended = new Promise((resolve) => running.once("exit", resolve));
      // Its workers are of its group.
      process.kill(-running.pid, "SIGKILL");
      await ended;
    },
    close: async () => {
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}
