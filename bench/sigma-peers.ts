/**
 * sigma-peers: other Sigma engines on the same files and rules, when they are on PATH. Each runs as a whole program, so what
 * the same command takes on an empty file (start and load) is taken off, and it is given one thread where it can be told.
 */
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { median } from "./result.ts";

interface Peer {
  readonly name: string;
  readonly args: (about: { input: string; rules: readonly string[]; out: string }) => readonly string[];
  /** The events come on standard input. */
  readonly stdin?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
  /** How far its work is the same as ours. */
  readonly fairness: string;
}

const PEERS: readonly Peer[] = [
  {
    name: "rsigma",
    args: ({ rules }) => [
      "engine",
      "eval",
      ...rules.flatMap((folder) => ["-r", folder]),
      "--logsource-routing",
      "--quiet",
      "--output-format",
      "ndjson",
    ],
    stdin: true,
    environment: { RAYON_NUM_THREADS: "1" },
    fairness:
      "its log source routing is switched on; it routes by conflict, not by channel and event id, so it tries more rules on each event",
  },
  {
    name: "hayabusa",
    args: ({ input, rules, out }) => [
      "dfir-timeline",
      "-J",
      "-f",
      input,
      "-r",
      rules[0] ?? "",
      "-o",
      join(out, "timeline.jsonl"),
      "-w",
      "-q",
      "-C",
    ],
    environment: { RAYON_NUM_THREADS: "1" },
    fairness:
      "it takes one folder of rules and leaves out rules it has no channel for; writing its timeline is part of its time",
  },
  {
    name: "chainsaw",
    args: ({ input, rules, out }) => [
      "hunt",
      input,
      ...rules.flatMap((folder) => ["-s", folder]),
      "--mapping",
      process.env["HOLDFAST_BENCH_CHAINSAW_MAPPING"] ?? "mappings/sigma-event-logs-all.yml",
      "--jsonl",
      "-o",
      join(out, "hunt.jsonl"),
      "-q",
    ],
    environment: { RAYON_NUM_THREADS: "1" },
    fairness:
      "it refuses rules with modifiers it does not know, and its mapping (HOLDFAST_BENCH_CHAINSAW_MAPPING) expects the nested form of EVTX, so on flat events it finds less",
  },
  {
    name: "zircolite",
    args: ({ input, rules, out }) => [
      "--events",
      input,
      "--json-input",
      "--ruleset",
      ...rules,
      "--outfile",
      join(out, "detected.json"),
    ],
    fairness:
      "it loads the events into SQLite and runs each rule as a query over all of them, so it pays for events and rules separately",
  },
];

export interface PeerResult {
  readonly engine: string;
  readonly events_per_second: number;
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
    if (!onPath(peer.name)) {
      notes.push(`${peer.name} is not on PATH: not compared.`);
      continue;
    }
    const seconds = secondsOf(peer, task);
    if (typeof seconds === "string") notes.push(`${peer.name} did not run: ${seconds}`);
    else {
      const rate = Math.round(task.events / seconds);
      results.push({
        engine: peer.name,
        events_per_second: rate,
        holdfast_is_times_as_fast: Math.round((task.ours / rate) * 100) / 100,
        fairness: peer.fairness,
      });
    }
  }
  return { results, notes };
}

function secondsOf(peer: Peer, { input, rules, runs }: PeerTask): number | string {
  const out = mkdtempSync(join(tmpdir(), "holdfast-peer-"));
  try {
    const empty = join(out, "empty.json");
    writeFileSync(empty, "");
    const time = (file: string): number | string => {
      const stdin = peer.stdin ? openSync(file, "r") : undefined;
      const started = performance.now();
      const done = spawnSync(peer.name, peer.args({ input: file, rules, out }), {
        stdio: [stdin ?? "ignore", "ignore", "pipe"],
        env: { ...process.env, ...peer.environment },
        encoding: "utf8",
      });
      const spent = (performance.now() - started) / 1000;
      if (stdin !== undefined) closeSync(stdin);
      const failed = file !== empty && done.status !== 0;
      return failed ? (done.error?.message ?? done.stderr.trim().slice(0, 300)) : spent;
    };
    const load = time(empty);
    const times: number[] = [];
    for (let n = 0; n < runs; n++) {
      const spent = time(input);
      if (typeof spent === "string") return spent;
      times.push(spent);
    }
    return Math.max(0.001, median(times) - (typeof load === "number" ? load : 0));
  } finally {
    rmSync(out, { recursive: true });
  }
}

function onPath(name: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    const file = join(folder, name);
    return existsSync(file) && statSync(file).isFile();
  });
}
