/**
 * result: what every benchmark hands back: tables of figures as measured, beside the facts of the machine that they were
 * measured on. Prints them, and keeps them in bench/results/<name>.json (not in the repository).
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";

export type Cell = string | number | boolean | null;
export type Row = Readonly<Record<string, Cell>>;

export interface Result {
  readonly name: string;
  /** What was done, in a sentence each. */
  readonly how: readonly string[];
  readonly tables: Readonly<Record<string, readonly Row[]>>;
  /** What follows from the figures. */
  readonly notes?: readonly string[];
}

export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memory_gb: number;
  readonly load_average_at_start: number;
  readonly node: string;
  readonly platform: string;
  readonly started_at: string;
}

export function machineNow(): Machine {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() ?? "unknown",
    memory_gb: Math.round(totalmem() / 1e9),
    load_average_at_start: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    started_at: new Date().toISOString(),
  };
}

export function printMachine(machine: Machine): void {
  const { cores, processor, memory_gb, load_average_at_start, node } = machine;
  console.log(
    `${cores} cores (${processor}), ${memory_gb} GB, Node ${node}, load average at start ${load_average_at_start}` +
      (load_average_at_start > cores / 2 ? ": the machine is busy with other work, which slows every figure" : ""),
  );
}

export function printResult(result: Result): void {
  for (const line of result.how) console.log(line);
  for (const [title, rows] of Object.entries(result.tables)) {
    console.log(`\n${title}`);
    console.table(rows);
  }
  for (const note of result.notes ?? []) console.log(note);
}

/** Answers the path of the file. */
export function keepResult(result: Result, machine: Machine): string {
  const folder = join(import.meta.dirname, "results");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${result.name}.json`);
  writeFileSync(file, `${JSON.stringify({ machine, ...result }, null, 2)}\n`);
  return file;
}

/** Nearest rank: a value that was measured. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export const rounded = (value: number, digits = 0): number => Number(value.toFixed(digits));
