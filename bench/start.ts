/**
 * start: from spawning the program to the line that says ready: on a fresh home (both engines are set up) and on one that was
 * stopped in good order; with `--events n` also one whose queue holds n single records.
 * `npm run bench -- start [--runs n] [--events n]`
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApi, createSource } from "../test/assure/api.ts";
import { startHoldfast } from "../test/e2e/server.ts";
import { median, type Result, rounded } from "./result.ts";
import { leaveWaiting } from "./waiting.ts";

export async function runStart(options: { readonly runs?: number; readonly events?: number } = {}): Promise<Result> {
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
  const rows = [row("cold: fresh home", cold), row("warm: same home again", warm)];
  const notes = [`A warm start takes ${rounded(median(warm) / median(cold), 2)} of the time of a cold one.`];
  if (options.events !== undefined) {
    const full = await withQueue(options.events);
    rows.push(row("with a queue of single records", [full.readyMs]));
    notes.push(`The queue held ${options.events} records in ${Math.round(full.bytes / 1e6)} MB.`);
  }
  return {
    name: "start",
    how: [`Starter rules only, program files in the page cache after the first run.`],
    tables: { "From spawn to ready": rows },
    notes,
  };
}

async function withQueue(records: number): Promise<{ readyMs: number; bytes: number }> {
  const home = mkdtempSync(join(tmpdir(), "holdfast-bench-home-"));
  try {
    const first = await startHoldfast({ home });
    const source = await createSource(createApi(first), "Queue");
    await first.stop();
    const bytes = await leaveWaiting(home, source.id, records);
    const second = await startHoldfast({ home });
    await second.kill();
    return { readyMs: second.readyMs, bytes };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

async function readyAfter(home: string): Promise<number> {
  const server = await startHoldfast({ home });
  await server.stop();
  return server.readyMs;
}
