/**
 * processes: what the processes of a running Holdfast have used, read from /proc: processor time (with the busiest threads, a
 * full one is a bound), memory, and the processor time of everything else on the machine.
 */
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";

export interface Used {
  readonly at: number;
  /** Seconds a process group. */
  readonly cpu: Readonly<Record<string, number>>;
  /** Seconds a thread, `server/MainThread 123`. */
  readonly threads: Readonly<Record<string, number>>;
  /** Seconds of the whole machine. */
  readonly machine: number;
}

export type Groups = Readonly<Record<string, number | undefined>>;

/** A group is a process and all below it but the other groups: the engines are children of the server. */
export function readUse(groups: Groups): Used {
  const cpu: Record<string, number> = {};
  const threads: Record<string, number> = {};
  for (const [name, root] of Object.entries(groups)) {
    cpu[name] = 0;
    for (const pid of root === undefined ? [] : treeOf(root, groups)) {
      const stat = statOf(`/proc/${pid}/stat`);
      if (stat === undefined) continue;
      // Those of children that have ended, too.
      cpu[name] += stat.own + stat.ended;
      for (const tid of namesIn(`/proc/${pid}/task`)) {
        const thread = statOf(`/proc/${pid}/task/${tid}/stat`);
        if (thread !== undefined) threads[`${name}/${thread.name} ${tid}`] = thread.own;
      }
    }
  }
  return { at: performance.now(), cpu, threads, machine: machineSeconds() };
}

export interface ProcessRow {
  readonly process: string;
  readonly cpu_seconds: number;
  /** Of one core. */
  readonly cpu_percent: number;
  readonly busiest_thread_percent: number;
  readonly rss_mb: number;
  readonly pss_mb: number;
  readonly peak_rss_mb: number;
}

/** Use between two readings, memory as of now. */
export function processRows(groups: Groups, from: Used, to: Used): ProcessRow[] {
  const seconds = (to.at - from.at) / 1000;
  return Object.entries(groups).map(([name, root]) => {
    const spent = (to.cpu[name] ?? 0) - (from.cpu[name] ?? 0);
    const busiest = threadsOf(name, from, to)[0]?.seconds ?? 0;
    return {
      process: name,
      cpu_seconds: Math.round(spent * 10) / 10,
      cpu_percent: Math.round((spent / seconds) * 100),
      busiest_thread_percent: Math.round((busiest / seconds) * 100),
      ...memoryOf(root, groups),
    };
  });
}

/** Which process holds the rate down, in words, from what was used between two readings. */
export function boundBy(groups: Groups, from: Used, to: Used): string {
  const seconds = (to.at - from.at) / 1000;
  const cores = availableParallelism();
  const shares = Object.keys(groups)
    .map((name) => ({ name, share: ((to.cpu[name] ?? 0) - (from.cpu[name] ?? 0)) / seconds }))
    .sort((a, b) => b.share - a.share);
  const machine = (to.machine - from.machine) / seconds;
  const others = Math.max(0, machine - shares.reduce((sum, { share }) => sum + share, 0));
  const all = shares.map(({ name, share }) => `${name} ${percent(share)}`).join(", ");
  const rest = `of ${cores * 100} %: ${all}, everything else on the machine ${percent(others)}`;
  const full = Object.keys(groups)
    .flatMap((name) => threadsOf(name, from, to))
    .find((thread) => thread.seconds / seconds > 0.9);
  if (machine > cores * 0.93) return `the processors are full; ${shares[0]?.name} takes the most (${rest})`;
  if (full !== undefined) return `one thread is full: ${full.name} (${rest})`;
  return `no processor and no thread is full: waiting on disk or on each other (${rest})`;
}

/** Bytes of the blocks that the files under a folder take. */
export function bytesOnDisk(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    try {
      bytes += entry.isDirectory() ? bytesOnDisk(path) : lstatSync(path).blocks * 512;
    } catch {
      // Merged away meanwhile.
    }
  }
  return bytes;
}

const TICKS = 100;

function threadsOf(group: string, from: Used, to: Used): { name: string; seconds: number }[] {
  return Object.entries(to.threads)
    .filter(([name]) => name.startsWith(`${group}/`))
    .map(([name, seconds]) => ({ name, seconds: seconds - (from.threads[name] ?? 0) }))
    .sort((a, b) => b.seconds - a.seconds);
}

function treeOf(root: number, groups: Groups): number[] {
  const others = new Set(Object.values(groups));
  const children = new Map<number, number[]>();
  for (const pid of namesIn("/proc").map(Number).filter(Number.isInteger)) {
    const parent = statOf(`/proc/${pid}/stat`)?.parent;
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const tree = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []).filter((child) => !others.has(child)));
  return tree;
}

interface Stat {
  readonly name: string;
  readonly parent: number;
  readonly own: number;
  readonly ended: number;
}

function statOf(file: string): Stat | undefined {
  const text = read(file);
  const end = text.lastIndexOf(")");
  if (end < 0) return undefined;
  const fields = text.slice(end + 2).split(" ");
  const seconds = (at: number): number => Number(fields[at]) / TICKS;
  return {
    name: text.slice(text.indexOf("(") + 1, end),
    parent: Number(fields[1]),
    own: seconds(11) + seconds(12),
    ended: seconds(13) + seconds(14),
  };
}

function memoryOf(root: number | undefined, groups: Groups): Pick<ProcessRow, "rss_mb" | "pss_mb" | "peak_rss_mb"> {
  const sum = { rss_mb: 0, pss_mb: 0, peak_rss_mb: 0 };
  for (const pid of root === undefined ? [] : treeOf(root, groups)) {
    const rollup = read(`/proc/${pid}/smaps_rollup`);
    sum.rss_mb += kilobytes(rollup, "Rss:");
    sum.pss_mb += kilobytes(rollup, "Pss:");
    sum.peak_rss_mb += kilobytes(read(`/proc/${pid}/status`), "VmHWM:");
  }
  return {
    rss_mb: Math.round(sum.rss_mb / 1024),
    pss_mb: Math.round(sum.pss_mb / 1024),
    peak_rss_mb: Math.round(sum.peak_rss_mb / 1024),
  };
}

function kilobytes(text: string, name: string): number {
  const line = text.split("\n").find((candidate) => candidate.startsWith(name));
  return Number(/\d+/.exec(line ?? "")?.[0] ?? 0);
}

/** user, nice, system, irq and softirq of all processors. */
function machineSeconds(): number {
  const fields = (read("/proc/stat").split("\n")[0] ?? "").split(/\s+/).slice(1).map(Number);
  return [0, 1, 2, 5, 6].reduce((sum, at) => sum + (fields[at] ?? 0), 0) / TICKS;
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
