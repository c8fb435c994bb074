/** area.testing: the pulls area on a running ingest, for tests against brokers; and programs that such a test starts and kills. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Pull } from "@holdfast/contracts/pulls";
import type { Feed } from "../../ingest/index.ts";
import { createAuditLog } from "../../platform/audit-log/index.ts";
import { systemClock } from "../../platform/clock/index.ts";
import { createEgress } from "../../platform/egress/index.ts";
import type { CallContext } from "../../platform/http-contract.ts";
import { silentLog } from "../../platform/log/index.ts";
import { createSealer } from "../../platform/secrets/index.ts";
import type { Tables } from "../../platform/tables/index.ts";
import { PLACES } from "../../places.ts";
import { createPulls, type Pulls } from "../index.ts";

export async function openPulls(ingest: {
  readonly tables: Tables;
  readonly area: { readonly feed: Feed };
}): Promise<Pulls> {
  const { tables } = ingest;
  const pulls = createPulls({
    tables,
    clock: systemClock,
    audit: createAuditLog({ tables, clock: systemClock }),
    log: silentLog,
    sealer: createSealer({ get: () => "k".repeat(43) }),
    egress: createEgress({ log: silentLog }),
    feed: ingest.area.feed,
    definitions: PLACES.pulls,
    targets: "/nowhere",
  });
  await pulls.start();
  return pulls;
}

const READER: CallContext = {
  actor: { kind: "user", id: "u1", name: "tester" },
  role: "admin",
  team: "operations",
  permissions: new Set(["sources.read"]),
  sessionId: null,
  session: null,
  ip: "127.0.0.1",
  signal: new AbortController().signal,
  setSessionCookie: () => {},
};

export async function pullUntil(pulls: Pulls, id: string, holds: (pull: Pull) => boolean): Promise<Pull> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const pull = await pulls.routes.getPull({ params: { id }, query: {}, body: {} }, READER);
    if (holds(pull)) return pull;
    if (Date.now() > deadline) assert.fail(`${id} stays at ${JSON.stringify(pull)}`);
    await sleep(20);
  }
}

export function missing(programs: Readonly<Record<string, string>>): string | false {
  const absent = Object.entries(programs).filter(
    ([name]) => spawnSync("sh", ["-c", `command -v ${name}`]).status !== 0,
  );
  const words = absent.map(([name, of]) => `there is no ${name} (Debian package ${of})`).join("; ");
  return words === "" ? false : words;
}

export interface Program {
  readonly child: ChildProcess;
  output(): string;
  /** Until a text stands in what it wrote. */
  says(text: string): Promise<void>;
  kill(): Promise<void>;
  readonly ended: Promise<void>;
}

export function startProgram(name: string, parameters: readonly string[]): Program {
  const child = spawn(name, parameters, { stdio: ["pipe", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => (output += part.toString()));
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    child,
    ended,
    output: () => output,
    says: async (text) => {
      for (const deadline = Date.now() + 60_000; !output.includes(text); await sleep(20))
        if (Date.now() > deadline || child.exitCode !== null) assert.fail(`${name} does not say "${text}":\n${output}`);
    },
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}
