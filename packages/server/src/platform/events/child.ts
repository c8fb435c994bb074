/** child: starts one event store process and waits until it serves. Its secret goes through a pipe, its environment holds
 *  nothing of ours, and its last words on stderr are kept, because the engine writes its reasons there. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Log } from "../log/index.ts";
import { eventsFail } from "./errors.ts";
import { CLOSE_LINE, parseFacadeReport, threadsFor } from "./facade/protocol.ts";
import type { FacadeConfig, FacadeReport } from "./facade/protocol.ts";
import { recordHolder } from "./holder.ts";

export interface Child {
  readonly pid: number;
  readonly version: string;
  readonly port: number;
  /** Resolves when the process has ended, whatever the reason. */
  readonly ended: Promise<{ reason: string }>;
  stop(): Promise<void>;
}

/** Loading a directory of many thousand parts takes a while. */
const READY_WITHIN_MS = 120_000;
const STOP_WITHIN_MS = 10_000;
const KEPT_LINES = 30;

/** The same file name, compiled or not. */
const ENTRY = fileURLToPath(
  new URL(`./facade/main${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url),
);

export async function startChild(options: {
  readonly config: FacadeConfig;
  readonly home: string;
  readonly log: Log;
}): Promise<Child> {
  const { config, home, log } = options;
  const process_ = spawn(process.execPath, [ENTRY], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { UV_THREADPOOL_SIZE: String(threadsFor(config.lanes)), TZ: "UTC", LANG: "C.UTF-8" },
    cwd: home,
  });
  const lastWords: string[] = [];
  createInterface({ input: process_.stderr }).on("line", (line) => {
    lastWords.push(line);
    if (lastWords.length > KEPT_LINES) lastWords.shift();
    log.debug({ line }, "the event store process wrote to stderr");
  });
  const ended = once(process_, "close").then(([code, signal]) => ({
    reason: `it ended with ${signal === null ? `code ${code}` : `signal ${signal}`}${lastWords.length === 0 ? "" : `; last words: ${lastWords.slice(-5).join(" | ")}`}`,
  }));
  process_.on("error", (error) => lastWords.push(error.message));
  process_.stdin.on("error", () => undefined);
  const { pid } = process_;
  if (pid === undefined)
    throw eventsFail("EVENTS_UNAVAILABLE", `The event store process could not be started: ${lastWords.join(" ")}`);
  await recordHolder(home, pid);
  const report = firstReport(createInterface({ input: process_.stdout }));
  process_.stdin.write(`${JSON.stringify(config)}\n`);
  const timer = new AbortController();
  const first = await Promise.race([
    report,
    ended.then(({ reason }): FacadeReport => ({ state: "failed", reason })),
    sleep(READY_WITHIN_MS, undefined, { signal: timer.signal }).then(
      (): FacadeReport => ({ state: "failed", reason: `it was not ready after ${READY_WITHIN_MS / 1000} s` }),
    ),
  ]);
  timer.abort();
  if (first.state === "failed") {
    process_.kill("SIGKILL");
    await ended;
    throw startFailure(home, `${first.reason} ${lastWords.join(" | ")}`);
  }
  return {
    pid,
    version: first.version,
    port: first.port,
    ended,
    async stop() {
      process_.stdin.end(`${CLOSE_LINE}\n`);
      const impatient = setTimeout(() => process_.kill("SIGKILL"), STOP_WITHIN_MS);
      await ended;
      clearTimeout(impatient);
    },
  };
}

function firstReport(
  lines: AsyncIterable<string> & { on(event: "line", listener: (line: string) => void): unknown },
): Promise<FacadeReport> {
  return new Promise((resolve) => {
    lines.on("line", (line) => {
      const report = parseFacadeReport(line);
      if (report !== undefined) resolve(report);
    });
  });
}

function startFailure(home: string, words: string): Error {
  if (/Cannot lock file/.test(words)) {
    return eventsFail(
      "EVENTS_IN_USE",
      `Another process has the event store in ${home} open. Stop it, or choose another HOLDFAST_HOME.`,
      {
        details: { directory: home },
      },
    );
  }
  return eventsFail("EVENTS_UNAVAILABLE", `The event store in ${home} could not be opened: ${words.trim()}`, {
    details: { directory: home },
  });
}
