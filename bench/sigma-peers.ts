/**
 * sigma-peers: other Sigma engines on the same files and rules, when they are on PATH. Each runs as a whole program, so what
 * the same command takes on an empty file (start and load) is taken off, and it is given one thread where it can be told.
 */
import { spawnSync } from "node:child_process";
import {
  closeSync,
  cpSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { median } from "./result.ts";

interface Peer {
  readonly name: string;
  /** Other names the program goes by on PATH. */
  readonly also?: string;
  readonly args: (about: { input: string; rules: readonly string[]; out: string }) => readonly string[];
  /** The events come on standard input. */
  readonly stdin?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
  /** Why it cannot run here although it is installed. */
  readonly missing?: () => string | undefined;
  /** Matches, from what it wrote to standard output or to its file. */
  readonly matches: (stdout: string, out: string) => number;
  /** How far its work is the same as ours. */
  readonly fairness: string;
}

const PEERS: readonly Peer[] = [
  {
    name: "rsigma",
    args: ({ rules, out }) => [
      "engine",
      "eval",
      "--rules",
      oneFolder(rules, out),
      "--logsource-routing",
      "--quiet",
      "--output-format",
      "ndjson",
    ],
    stdin: true,
    environment: { RAYON_NUM_THREADS: "1" },
    matches: (stdout) => linesIn(stdout),
    fairness:
      "its log source routing is switched on; it routes by conflict, not by channel and event id, so it tries more rules on each event",
  },
  {
    name: "hayabusa",
    args: ({ input, rules, out }) => [
      "dfir-timeline",
      "--json-input",
      "--file",
      input,
      "--rules",
      oneFolder(rules, out),
      "--rules-config",
      process.env["HOLDFAST_BENCH_HAYABUSA_CONFIG"] ?? "",
      "--output-type",
      "jsonl",
      "--output",
      join(out, "timeline.jsonl"),
      "--threads",
      "1",
      "--no-wizard",
      "--no-summary",
      "--quiet",
      "--quiet-errors",
      "--clobber",
    ],
    missing: () =>
      process.env["HOLDFAST_BENCH_HAYABUSA_CONFIG"] === undefined
        ? "HOLDFAST_BENCH_HAYABUSA_CONFIG has to name its folder rules/config"
        : undefined,
    matches: (_, out) => linesIn(textOf(join(out, "timeline.jsonl"))),
    fairness: "rules as SigmaHQ writes them name no channel for it to go by; writing its timeline is part of its time",
  },
  {
    name: "chainsaw",
    args: ({ input, rules, out }) => [
      "--no-banner",
      "--num-threads",
      "1",
      "hunt",
      input,
      ...rules.flatMap((folder) => ["--sigma", folder]),
      "--mapping",
      process.env["HOLDFAST_BENCH_CHAINSAW_MAPPING"] ?? "",
      "--jsonl",
      "--output",
      join(out, "hunt.jsonl"),
      "-q",
    ],
    missing: () =>
      process.env["HOLDFAST_BENCH_CHAINSAW_MAPPING"] === undefined
        ? "HOLDFAST_BENCH_CHAINSAW_MAPPING has to name a mapping of kind jsonl: those that come with it read event logs only"
        : undefined,
    matches: (_, out) => linesIn(textOf(join(out, "hunt.jsonl"))),
    fairness: "it refuses rules with modifiers it does not know, and asks only the rules that its mapping routes",
  },
  {
    name: "zircolite",
    also: "zircolite.py",
    args: ({ input, rules, out }) => [
      "--events",
      input,
      "--json-input",
      "--ruleset",
      ...rules,
      "--pipeline",
      "sysmon",
      "windows-logsources",
      "--no-parallel",
      "--nolog",
      "--outfile",
      join(out, "detected.json"),
    ],
    matches: (_, out) => countsIn(textOf(join(out, "detected.json"))),
    fairness:
      "it loads the events into SQLite and runs each rule as a query over all of them, so it pays for events and rules separately; converting the rules is part of its load",
  },
];

export interface PeerResult {
  readonly engine: string;
  readonly events_per_second: number;
  readonly matches: number;
  /** Ours over theirs. */
  readonly holdfast_is_times_as_fast: number;
  readonly fairness: string;
}

export interface PeerTask {
  readonly input: string;
  readonly rules: readonly string[];
  readonly events: number;
  readonly runs: number;
  /** Our events per second with parsing. */
  readonly ours: number;
}

/** What of them is on PATH; those that fail are reported with what they said. */
export function comparePeers(task: PeerTask): {
  readonly results: readonly PeerResult[];
  readonly notes: readonly string[];
} {
  const results: PeerResult[] = [];
  const notes: string[] = [];
  for (const peer of PEERS) {
    const program = [peer.name, peer.also ?? peer.name].find(onPath);
    const missing = peer.missing?.();
    if (program === undefined) {
      notes.push(`${peer.name} is not on PATH: not compared.`);
      continue;
    }
    if (missing !== undefined) {
      notes.push(`${peer.name} was not run: ${missing}.`);
      continue;
    }
    const timed = timesOf(peer, program, task);
    if (typeof timed === "string") notes.push(`${peer.name} did not run: ${timed}`);
    else {
      const rate = Math.round(task.events / timed.seconds);
      results.push({
        engine: peer.name,
        events_per_second: rate,
        matches: timed.matches,
        holdfast_is_times_as_fast: Math.round((task.ours / rate) * 100) / 100,
        fairness: peer.fairness,
      });
    }
  }
  return { results, notes };
}

function timesOf(
  peer: Peer,
  program: string,
  { input, rules, runs }: PeerTask,
): { readonly seconds: number; readonly matches: number } | string {
  const out = mkdtempSync(join(tmpdir(), "holdfast-peer-"));
  try {
    // Some go by the name: .jsonl is what they all take.
    const events = join(out, "events.jsonl");
    const empty = join(out, "empty.jsonl");
    const stdout = join(out, "stdout");
    symlinkSync(resolve(input), events);
    writeFileSync(empty, "");
    const time = (file: string): number | string => {
      const stdin = peer.stdin ? openSync(file, "r") : undefined;
      const written = openSync(stdout, "w");
      const started = performance.now();
      const done = spawnSync(program, peer.args({ input: file, rules: rules.map((folder) => resolve(folder)), out }), {
        cwd: out,
        stdio: [stdin ?? "ignore", written, "pipe"],
        env: { ...process.env, ...peer.environment },
        encoding: "utf8",
        maxBuffer: 1 << 26,
      });
      const spent = (performance.now() - started) / 1000;
      closeSync(written);
      if (stdin !== undefined) closeSync(stdin);
      const failed = file !== empty && done.status !== 0;
      return failed ? (done.error?.message ?? done.stderr.trim().slice(0, 300)) : spent;
    };
    const load = time(empty);
    const times: number[] = [];
    for (let n = 0; n < runs; n++) {
      const spent = time(events);
      if (typeof spent === "string") return spent;
      times.push(spent);
    }
    const matches = peer.matches(textOf(stdout), out);
    return { seconds: Math.max(0.001, median(times) - (typeof load === "number" ? load : 0)), matches };
  } finally {
    rmSync(out, { recursive: true });
  }
}

/** Some take one folder only. */
function oneFolder(rules: readonly string[], out: string): string {
  const [only = "", ...more] = rules;
  if (more.length === 0) return only;
  const all = join(out, "rules");
  if (!existsSync(all))
    for (const [index, folder] of rules.entries()) cpSync(folder, join(all, String(index)), { recursive: true });
  return all;
}

function textOf(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

function linesIn(text: string): number {
  return text.split("\n").filter((line) => line !== "").length;
}

/** A list of rules, each with how many events it found. */
function countsIn(text: string): number {
  const found: unknown = text === "" ? [] : JSON.parse(text);
  const rules = Array.isArray(found) ? found : [];
  return rules.reduce((sum: number, rule: { readonly count?: number }) => sum + (rule.count ?? 0), 0);
}

function onPath(name: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    const file = join(folder, name);
    return existsSync(file) && statSync(file).isFile();
  });
}
