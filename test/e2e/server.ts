/** server: starts the real program as a child process and says how to reach it: the clone's sources, or the installed package
 *  that HOLDFAST_TEST_PACKED names. Nothing of the server is imported: what the tests see is what a user has. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

export interface StartOptions {
  /** A folder of its own, removed by `stop`, unless given. */
  readonly home?: string;
  /** The demo instead of an empty Holdfast; resolves when its incident stands. */
  readonly demo?: boolean;
  /** Folders or files of Sigma rules. */
  readonly rules?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  /** Given again for a second start on the same home, so that senders find it. */
  readonly ports?: Ports;
  /** Flags of Node itself, such as --cpu-prof. */
  readonly nodeFlags?: readonly string[];
  readonly readyWithinMs?: number;
  /** Called before it is ready, for faults during the start. */
  readonly onSpawn?: (pid: number) => void;
}

export interface Ports {
  readonly http: number;
  readonly syslog: number;
}

export interface Pids {
  readonly server: number | undefined;
  readonly postgres: number | undefined;
  readonly events: number | undefined;
}

export interface RunningServer {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** An API token of this machine's command line, with every permission. */
  readonly token: string;
  readonly home: string;
  readonly ports: Ports;
  readonly syslog: { readonly host: string; readonly port: number };
  /** From spawn to the line that says ready. */
  readonly readyMs: number;
  /** As of now: the engines get new ones when they are started again. */
  pids(): Pids;
  /** What the program has written to stderr, the last 200 lines. */
  log(): readonly string[];
  /** Resolves when the server process has ended. */
  readonly ended: Promise<void>;
  /** Ends it in good order. */
  stop(): Promise<void>;
  /** kill -9 of the server and both engines; the home stays. */
  kill(): Promise<void>;
}

export const TEST_PASSWORD = "a-password-for-tests-only";
const KEPT_LINES = 200;
/** A wait, not a promise: with three files at a time on a busy machine, the demo took more than two minutes. */
const READY_WITHIN_MS = 300_000;
const STOP_WITHIN_MS = 30_000;

export async function startHoldfast(options: StartOptions = {}): Promise<RunningServer> {
  const own = options.home === undefined;
  const home = options.home ?? mkdtempSync(join(tmpdir(), "holdfast-home-"));
  const ports = options.ports ?? { http: await freePort(), syslog: await freePort() };
  const started = performance.now();
  const child = spawn(
    process.execPath,
    [...(options.nodeFlags ?? []), entry(), ...commandOf(options, { home, ports })],
    {
      stdio: ["ignore", "pipe", "pipe"],
      env: environment(options.env ?? {}),
    },
  );
  const ended = once(child, "exit").then(() => undefined);
  if (child.pid !== undefined) options.onSpawn?.(child.pid);
  const lines: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => keep(lines, line));
  const pids = (): Pids => ({
    server: child.exitCode === null && child.signalCode === null ? child.pid : undefined,
    ...enginesOf(home),
  });
  const kill = async (): Promise<void> => {
    const { server, postgres, events } = pids();
    for (const pid of [server, postgres, events]) killNow(pid);
    await goneWithin([server, postgres, events], 10_000);
  };
  try {
    const ready = await readyLine(child, { lines, ended, withinMs: options.readyWithinMs ?? READY_WITHIN_MS });
    const readyMs = performance.now() - started;
    return {
      url: ready.url,
      user: "admin",
      password: TEST_PASSWORD,
      token: tokenOf(home),
      home,
      ports,
      syslog: { host: "127.0.0.1", port: ports.syslog },
      readyMs,
      pids,
      log: () => lines,
      ended,
      kill,
      stop: async () => {
        const before = pids();
        child.kill("SIGTERM");
        const impatient = setTimeout(() => void kill(), STOP_WITHIN_MS);
        await ended;
        clearTimeout(impatient);
        // After a kill -9 of the server its engines may still be there.
        for (const pid of [before.postgres, before.events]) killNow(pid);
        await goneWithin([before.postgres, before.events], 10_000);
        if (own) rmSync(home, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await kill();
    if (own) rmSync(home, { recursive: true, force: true });
    throw error;
  }
}

/** Below the range that the system gives to outgoing connections, so that none of those takes it in between. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (await isFree(port)) return port;
  }
}

function entry(): string {
  const packed = process.env["HOLDFAST_TEST_PACKED"];
  if (packed === undefined || packed === "") return join(import.meta.dirname, "../../packages/cli/src/main.ts");
  const description = JSON.parse(readFileSync(join(packed, "package.json"), "utf8")) as { bin?: { holdfast?: string } };
  const bin = description.bin?.holdfast;
  if (bin === undefined) throw new Error(`HOLDFAST_TEST_PACKED: ${packed}/package.json names no program "holdfast".`);
  return join(packed, bin);
}

function commandOf(options: StartOptions, place: { home: string; ports: Ports }): string[] {
  const { home, ports } = place;
  const all = ["--home", home];
  if (options.demo === true) return [...all, "demo", "--json", "--port", String(ports.http), ...(options.flags ?? [])];
  return [
    ...all,
    "up",
    "--json",
    "--port",
    String(ports.http),
    "--syslog-port",
    String(ports.syslog),
    ...(options.rules === undefined || options.rules.length === 0 ? [] : ["--rules", ...options.rules]),
    ...(options.flags ?? []),
  ];
}

/** What the person at the terminal has set must not reach the server under test. */
function environment(given: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith("HOLDFAST_") && name !== "NODE_TEST_CONTEXT",
  );
  return {
    ...Object.fromEntries(inherited),
    HOLDFAST_ADMIN_PASSWORD: TEST_PASSWORD,
    HOLDFAST_LOG_LEVEL: "warn",
    ...given,
  };
}

async function readyLine(
  child: ChildProcess,
  waiting: { lines: readonly string[]; ended: Promise<void>; withinMs: number },
): Promise<{ readonly url: string }> {
  const { lines, ended, withinMs } = waiting;
  const { stdout } = child;
  if (stdout === null) throw new Error("the program has no standard output");
  const first = new Promise<string>((resolve) => {
    createInterface({ input: stdout }).on("line", (line) => {
      if (line.startsWith("{") && line.includes('"url"')) resolve(line);
    });
  });
  const timer = new AbortController();
  const late = sleep(withinMs, "late" as const, { signal: timer.signal }).catch(() => "late" as const);
  const found = await Promise.race([first, late, ended.then(() => "ended" as const)]);
  timer.abort();
  if (found === "late" || found === "ended") {
    const what =
      found === "late"
        ? `was not ready within ${withinMs / 1000} s`
        : `ended with ${child.exitCode ?? child.signalCode}`;
    throw new Error(`The program ${what}. It said:\n${lines.slice(-20).join("\n")}`);
  }
  return JSON.parse(found) as { url: string };
}

function tokenOf(home: string): string {
  return (JSON.parse(readFileSync(join(home, "cli.json"), "utf8")) as { token: string }).token;
}

/** By their working directories: the files that name them cannot be read once a disk is dead. */
function enginesOf(home: string): Omit<Pids, "server"> {
  let postgres: number | undefined;
  let events: number | undefined;
  for (const pid of readdirSync("/proc").map(Number).filter(Number.isInteger)) {
    const cwd = directoryOf(pid);
    if (cwd === join(home, "state", "pg")) {
      // Its workers have titles of their own.
      if (read(`/proc/${pid}/cmdline`).includes("\0-D\0")) postgres = pid;
    } else if (cwd === join(home, "events") && read(`/proc/${pid}/cmdline`).includes("facade")) events = pid;
  }
  return { postgres, events };
}

function directoryOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return "";
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

export function killNow(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It had ended already.
  }
}

async function goneWithin(pids: readonly (number | undefined)[], ms: number): Promise<void> {
  const until = performance.now() + ms;
  while (pids.some((pid) => pid !== undefined && isAlive(pid)) && performance.now() < until) await sleep(20);
}

function isAlive(pid: number): boolean {
  const stat = read(`/proc/${pid}/stat`);
  return stat !== "" && stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3) !== "Z";
}

function keep(lines: string[], line: string): void {
  lines.push(line);
  if (lines.length > KEPT_LINES) lines.shift();
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}
