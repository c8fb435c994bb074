/** response: proposals taken through approval, effect and proof: how many a second, how long each step takes; and a restart with many
 *  effects asleep and many approvals waiting: time to ready and memory. `npm run bench -- response [--runs n] [--events n]` */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { MANY_HOSTS, migrationsOfRespond } from "../packages/server/src/respond/area.testing.ts";
import { openTestTables } from "../packages/server/src/platform/tables/testing.ts";
import type { ResponseSetup } from "./response-process.ts";
import { type Result, type Row, rounded } from "./result.ts";

export interface ResponseBenchOptions {
  /** From proposal to proof. */
  readonly runs?: number;
  /** Effects asleep over the restart; a tenth as many approvals wait. */
  readonly events?: number;
}

const AT_ONCE = 8;

interface Told {
  readonly ready?: number;
  readonly rss?: number;
  readonly tookMs?: number;
  readonly steps?: readonly Readonly<Record<"propose" | "approve" | "prove", number>>[];
  readonly filled?: boolean;
}

export async function runResponse(options: ResponseBenchOptions = {}): Promise<Result> {
  const runs = options.runs ?? 500;
  const sleeping = options.events ?? 10_000;
  const waiting = Math.ceil(sleeping / 10);
  const opened = await openTestTables([...migrationsOfRespond(), { id: "9999-many", sql: MANY_HOSTS }]);
  try {
    const base = { url: opened.url, atOnce: AT_ONCE };
    const first = await live({ ...base, runs, sleeping, waiting });
    const again = await live({ ...base, runs: 0, sleeping: 0, waiting: 0 });
    const steps = first.find((told) => told.steps !== undefined);
    const seconds = (steps?.tookMs ?? 0) / 1000;
    const latency: Row[] = (["propose", "approve", "prove"] as const).map((name) => {
      const sorted = (steps?.steps ?? []).map((step) => step[name]).sort((a, b) => a - b);
      const at = (share: number): number => rounded(sorted[Math.floor((sorted.length - 1) * share)] ?? 0, 1);
      return { step: name, p50_ms: at(0.5), p95_ms: at(0.95), p99_ms: at(0.99) };
    });
    const ready = again.find((told) => told.ready !== undefined);
    const settled = again.findLast((told) => told.rss !== undefined);
    return {
      name: "response",
      how: [
        `${runs} effects from proposal over impact, approval, sending and proof to "in place", ${AT_ONCE} at a time, each a durable workflow on the embedded PostgreSQL; the far side answers at once.`,
        `Then ${sleeping} effects in place that sleep until their undo, and ${waiting} approvals that wait, over a restart.`,
      ],
      tables: {
        Runs: [{ runs, runs_per_second: rounded(runs / seconds, 1) }],
        Steps: latency,
        Restart: [
          {
            sleeping,
            waiting,
            ready_ms: Math.round(ready?.ready ?? 0),
            rss_mb: Math.round((settled?.rss ?? 0) / 2 ** 20),
          },
        ],
      },
    };
  } finally {
    await opened.close();
  }
}

/** Everything that the process told until it was filled; then it ends in good order. */
function live(setup: ResponseSetup): Promise<Told[]> {
  const file = join(import.meta.dirname, "response-process.ts");
  const child = spawn(process.execPath, [file, JSON.stringify(setup)], { stdio: ["pipe", "pipe", "inherit"] });
  const told: Told[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    const one = JSON.parse(line) as Told;
    told.push(one);
    if (one.filled === true) child.stdin.end();
  });
  return new Promise((resolve, reject) => {
    child.once("exit", (code) => (code === 0 ? resolve(told) : reject(new Error(`The process ended with ${code}.`))));
  });
}
