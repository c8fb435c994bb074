/** main: the event store's own process. It holds the data directory, serves until its parent's pipe closes, then leaves.
 *  Started by embedded.ts; never opened to anybody else. */
import { rmSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { drainPending } from "chdb";
import { CLOSE_LINE, parseFacadeConfig } from "./protocol.ts";
import type { FacadeConfig, FacadeReport } from "./protocol.ts";
import { createFacade } from "./server.ts";
import { openSessions } from "./sessions.ts";

/** How long running statements may take to end before the process goes without them. */
const FAREWELL_MS = 1_000;

let serving: { stop(): void; close(): void } | undefined;

// The server decides when to stop: a signal to the whole group (Ctrl-C, a service manager) is meant for it first.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  if (line === CLOSE_LINE) {
    void leave({ polite: true });
    return;
  }
  const config = parseFacadeConfig(line);
  if (config === undefined) fail(new Error("the configuration line could not be read"));
  else start(config);
});
// Without a parent nobody may hold the directory: the next start wants it.
lines.once("close", () => void leave({ polite: false }));

function start(config: FacadeConfig): void {
  try {
    const sessions = openSessions(config);
    const server = createFacade(config, sessions);
    serving = {
      stop() {
        server.close();
        server.closeAllConnections();
      },
      close: () => sessions.close(),
    };
    server.on("error", (error) => fail(error));
    const ready = (): void => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      report({ state: "ready", version: sessions.version, port });
    };
    if ("socketPath" in config.listen) {
      rmSync(config.listen.socketPath, { force: true });
      server.listen(config.listen.socketPath, ready);
    } else {
      server.listen(config.listen.port, config.listen.host, ready);
    }
  } catch (error) {
    fail(error);
  }
}

function fail(error: unknown): void {
  report({ state: "failed", reason: error instanceof Error ? error.message : String(error) });
  void leave({ polite: false });
}

/** Ends by a signal to itself: an ordinary exit would wait for engine threads that may never come back.
 *  What was acknowledged is on disk already, so nothing is lost by it. */
async function leave(options: { polite: boolean }): Promise<void> {
  serving?.stop();
  await Promise.race([drainPending(), new Promise((resolve) => setTimeout(resolve, FAREWELL_MS))]);
  if (options.polite) serving?.close();
  process.kill(process.pid, "SIGKILL");
}

function report(what: FacadeReport): void {
  writeSync(1, `${JSON.stringify(what)}\n`);
}
