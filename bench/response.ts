/** response: proposals taken through approval, effect and proof: how many a second, how long each step takes; and a restart with many
 *  effects asleep and many approvals waiting: time to ready and memory. `npm run bench -- response [--runs n] [--events n]` */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { MANY_HOSTS, migrationsOfRespond } from "../packages/server/src/respond/area.testing.ts";
import { openTestTables } from "../packages/server/src/platform/tables/testing.ts";
import type { ResponseSetup } from "./response-process.ts";
import { quantile, type Result, type Row, rounded } from "./result.ts";

export interface ResponseBenchOptions {
  /** From proposal to proof. */
  readonly runs?: number;
  /** Effects asleep over the restart; a tenth as many approvals wait. */
  readonly events?: number;
}

const AT_ONCE = 8;
/** Approved right after the restart, and woken when all is taken up again. */
const WOKEN = 50;

interface Told {
  readonly ready?: number;
  readonly rss?: number;
  readonly tookMs?: number;
  readonly steps?: readonly Readonly<Record<"propose" | "approve" | "prove", number>>[];
  readonly filledMs?: number;
  readonly decided?: readonly number[];
  readonly takenUpMs?: number;
  readonly late?: readonly number[];
  readonly filled?: boolean;
}

export async function runResponse(options: ResponseBenchOptions = {}): Promise<Result> {
  const runs = options.runs ?? 500;
  const sleeping = options.events ?? 10_000;
  const waiting = Math.ceil(sleeping / 10);
  const opened = await openTestTables([...migrationsOfRespond(), { id: "9999-many", sql: MANY_HOSTS }]);
  try {
    const base = { url: opened.url, atOnce: AT_ONCE };
    const first = await live({ ...base, runs, sleeping, waiting, woken: 0 });
    const again = await live({ ...base, runs: 0, sleeping: 0, waiting: 0, woken: Math.min(WOKEN, waiting) });
    const seconds = (first.tookMs ?? 0) / 1000;
    const latency: Row[] = (["propose", "approve", "prove"] as const).map((step) => ({
      step,
      ...spreadOf((first.steps ?? []).map((one) => one[step])),
    }));
    const filledIn = (first.filledMs ?? 0) / 1000;
    return {
      name: "response",
      how: [
        `${runs} effects from proposal over impact, approval, sending and proof to "in place", ${AT_ONCE} at a time, each a durable workflow on the embedded PostgreSQL; the far side answers at once.`,
        `Then ${sleeping} effects in place that sleep until their undo, and ${waiting} approvals that wait, each proposed and approved in the same way, over a restart.`,
        "Right after it some of what waits is approved; when all is taken up again, some of what sleeps is woken by its time.",
      ],
      tables: {
        Runs: [{ runs, runs_per_second: rounded(runs / seconds, 1) }],
        Steps: latency,
        Filling: [
          {
            sleeping,
            waiting,
            took_s: rounded(filledIn),
            sleeping_per_second: rounded(sleeping / filledIn, 1),
            rss_mb: megabytes(first.rss),
          },
        ],
        Restart: [
          {
            ready_ms: Math.round(again.ready ?? 0),
            all_taken_up_ms: Math.round((again.ready ?? 0) + (again.takenUpMs ?? 0)),
            rss_mb: megabytes(again.rss),
          },
        ],
        "After the restart": [
          { what: "approval to proof, while all is taken up", ...spreadOf(again.decided ?? []) },
          { what: "undone after its time", ...spreadOf(again.late ?? []) },
        ],
      },
    };
  } finally {
    await opened.close();
  }
}

/** Everything that the process told, the last of each kind, until it was filled; then it ends in good order. */
function live(setup: ResponseSetup): Promise<Told> {
  const file = join(import.meta.dirname, "response-process.ts");
  const child = spawn(process.execPath, [file, JSON.stringify(setup)], { stdio: ["pipe", "pipe", "inherit"] });
  let told: Told = {};
  createInterface({ input: child.stdout }).on("line", (line) => {
    const one = JSON.parse(line) as Told;
    told = { ...told, ...one };
    if (one.filled === true) child.stdin.end();
  });
  return new Promise((resolve, reject) => {
    child.once("exit", (code) => (code === 0 ? resolve(told) : reject(new Error(`The process ended with ${code}.`))));
  });
}

function spreadOf(values: readonly number[]) {
  const at = (share: number): number => rounded(quantile(values, share), 1);
  return { n: values.length, p50_ms: at(0.5), p95_ms: at(0.95), p99_ms: at(0.99) };
}

const megabytes = (bytes = 0): number => Math.round(bytes / 2 ** 20);
