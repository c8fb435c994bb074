/**
 * start: from spawning the program to the line that says ready: on a fresh home (both engines are set up) and on one that was
 * stopped in good order. `npm run bench -- start [--runs n]`
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startHoldfast } from "../test/e2e/server.ts";
import { median, type Result, rounded } from "./result.ts";

export async function runStart(options: { readonly runs?: number } = {}): Promise<Result> {
  const runs = options.runs ?? 5;
  const cold: number[] = [];
  const warm: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const home = mkdtempSync(join(tmpdir(), "holdfast-bench-home-"));
    try {
      cold.push(await readyAfter(home));
      warm.push(await readyAfter(home));
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  }
  const row = (start: string, times: readonly number[]) => ({
    start,
    runs: times.length,
    median_ms: rounded(median(times)),
    least_ms: rounded(Math.min(...times)),
    most_ms: rounded(Math.max(...times)),
  });
  return {
    name: "start",
    how: [`Starter rules only, program files in the page cache after the first run.`],
    tables: { "From spawn to ready": [row("cold: fresh home", cold), row("warm: same home again", warm)] },
    notes: [`A warm start takes ${rounded(median(warm) / median(cold), 2)} of the time of a cold one.`],
  };
}

async function readyAfter(home: string): Promise<number> {
  const server = await startHoldfast({ home });
  await server.stop();
  return server.readyMs;
}
