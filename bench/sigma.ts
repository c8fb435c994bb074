/**
 * sigma: how fast the Sigma engine is on the recorded lanes: (a) JSON alone, (b) JSON and matching, (c) matching alone, with
 * load time, memory, two processes at once, and other engines where they are installed. Each lane in a process of its own;
 * rates are per second of CPU time of that process, its helper threads included, which other work on the machine disturbs
 * least. `node bench/sigma.ts [--runs n] [--json] [--input file…] [--rules dir…]`
 */
import { spawn, spawnSync } from "node:child_process";
import { createWriteStream, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { createInflateRaw } from "node:zlib";
import { spreadLists } from "./arguments.ts";
import type { Memory, Speed, Work } from "./sigma-lane.ts";
import { comparePeers } from "./sigma-peers.ts";

export interface BenchOptions {
  readonly runs?: number;
  /** NDJSON files; the lanes d1, d2, d3 when left out. */
  readonly input?: readonly string[];
  /** Folders of rules; the SigmaHQ rules when left out. */
  readonly rules?: readonly string[];
  readonly json?: boolean;
}

export interface BenchResult {
  readonly input: string;
  readonly events: number;
  readonly parse_eps: number;
  readonly parse_match_eps: number;
  readonly match_eps: number;
  /** parse_match_eps / parse_eps: what matching leaves of the speed of JSON.parse. */
  readonly ratio: number;
  readonly load_ms: number;
  readonly rss_mb: number;
  readonly matches: number;
  readonly candidates_per_event: number;
  /** Events per second of two processes over those of one, by the wall clock. */
  readonly two_cores: number | null;
}

const DATA = process.env["HOLDFAST_TEST_DATA"] ?? join(import.meta.dirname, "../../shared/data");
const LANE = join(import.meta.dirname, "sigma-lane.ts");
/**
 * Nearly all that an event leaves behind is garbage at once, and V8 lets more of it gather than the engine itself has. As in
 * the threads of `holdfast scan` the nursery is bounded, for speed and memory alike, so that the memory is the engine's.
 */
const NURSERY = "--max-semi-space-size=16";

export async function run(options: BenchOptions = {}): Promise<BenchResult[]> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  const runs = Math.max(1, options.runs ?? 5);
  const rules = options.rules ?? [join(DATA, "sigma/rules")];
  try {
    const inputs = options.input ?? (await extractLanes(["d1", "d2", "d3"], folder));
    const results: BenchResult[] = [];
    for (const input of inputs) {
      const result = await measure(input, rules, { runs, scaling: options.json !== true });
      results.push(result);
      if (options.json) console.log(JSON.stringify(lineOf(result)));
    }
    if (!options.json) print(results, { inputs, rules, runs });
    return results;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measure(
  input: string,
  rules: readonly string[],
  { runs, scaling }: { readonly runs: number; readonly scaling: boolean },
): Promise<BenchResult> {
  const speed = inChild<Speed>("speed", runs, [input, ...rules]);
  const memory = inChild<Memory>("memory", 1, [input, ...rules]);
  if (speed.skipped > 0) console.error(`${speed.skipped} rules were not loaded`);
  const two_cores = scaling ? await scalingOf([input, ...rules]) : null;
  const { events, matches, load_ms } = speed;
  return {
    input: basename(input),
    events,
    parse_eps: rate(events, speed.parse),
    parse_match_eps: rate(events, speed.both),
    match_eps: rate(events, speed.match),
    ratio: Math.round((speed.parse / speed.both) * 1000) / 1000,
    load_ms,
    rss_mb: memory.rss_mb,
    matches,
    candidates_per_event: speed.candidates,
    two_cores,
  };
}

/** What --json promises, and no more. */
function lineOf(result: BenchResult) {
  const { input, events, parse_eps, parse_match_eps, match_eps, ratio, load_ms, rss_mb, matches } = result;
  return { input, events, parse_eps, parse_match_eps, match_eps, ratio, load_ms, rss_mb, matches };
}

function inChild<Answer extends object>(mode: string, runs: number, about: readonly string[]): Answer {
  const child = spawnSync(process.execPath, [NURSERY, LANE, mode, String(runs), ...about], {
    encoding: "utf8",
    maxBuffer: 1 << 24,
  });
  if (child.status !== 0)
    throw new Error(`the process that measures ${mode} ended with ${child.status}: ${child.stderr}`);
  return JSON.parse(child.stdout);
}

async function scalingOf(about: readonly string[]): Promise<number> {
  const [alone = 0] = await atOnce(1, about);
  const together = await atOnce(2, about);
  return Math.round((together.reduce((sum, eps) => sum + eps, 0) / alone) * 100) / 100;
}

/** Events per second of each of some processes that start together when all have loaded and warmed up. */
async function atOnce(count: number, about: readonly string[]): Promise<number[]> {
  const children = Array.from({ length: count }, () =>
    spawn(process.execPath, [NURSERY, LANE, "work", "3", ...about], { stdio: ["pipe", "pipe", "inherit"] }),
  );
  const lines = children.map((child) => linesOf(child.stdout));
  for (const line of lines) await line.next();
  for (const child of children) child.stdin.write("go");
  return Promise.all(
    lines.map(async (line) => {
      const { value } = await line.next();
      const { events, milliseconds }: Work = JSON.parse(value ?? "{}");
      return rate(events, milliseconds);
    }),
  );
}

async function* linesOf(stream: Readable): AsyncGenerator<string, undefined> {
  let kept = "";
  for await (const chunk of stream) {
    kept += String(chunk);
    for (let end = kept.indexOf("\n"); end >= 0; end = kept.indexOf("\n")) {
      yield kept.slice(0, end);
      kept = kept.slice(end + 1);
    }
  }
  return undefined;
}

async function extractLanes(names: readonly string[], folder: string): Promise<string[]> {
  const lanes = join(DATA, "lanes");
  const paths: string[] = [];
  for (const name of names) {
    const archive = readdirSync(lanes).find((file) => file.startsWith(name) && file.endsWith(".zip"));
    if (archive === undefined) throw new Error(`no lane ${name} in ${lanes}: set HOLDFAST_TEST_DATA`);
    const bytes = readFileSync(join(lanes, archive));
    const end = bytes.lastIndexOf("PK\u0005\u0006", undefined, "latin1");
    const central = bytes.readUInt32LE(end + 16);
    const local = bytes.readUInt32LE(central + 42);
    const data = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const path = join(folder, archive.replace(/zip$/, "ndjson"));
    const stored = bytes.subarray(data, data + bytes.readUInt32LE(central + 20));
    await pipeline(Readable.from([stored]), createInflateRaw(), createWriteStream(path));
    paths.push(path);
  }
  return paths;
}

function rate(events: number, milliseconds: number): number {
  return Math.round((events / milliseconds) * 1000);
}

function print(
  results: readonly BenchResult[],
  about: { readonly inputs: readonly string[]; readonly rules: readonly string[]; readonly runs: number },
): void {
  console.log(`routing on, one core, load average ${loadavg()[0]?.toFixed(1)} (a busy machine slows every figure)`);
  console.table(results);
  for (const [index, input] of about.inputs.entries()) {
    const result = results[index];
    if (result === undefined) continue;
    const { events, parse_match_eps: ours } = result;
    const peers = comparePeers({ input, rules: about.rules, events, runs: about.runs, ours });
    if (peers.results.length > 0) console.table(peers.results);
    if (index === 0) for (const note of peers.notes) console.log(note);
  }
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    args: spreadLists(process.argv.slice(2), ["input", "rules"]),
    options: {
      runs: { type: "string" },
      json: { type: "boolean", default: false },
      input: { type: "string", multiple: true },
      rules: { type: "string", multiple: true },
    },
  });
  await run({
    json: values.json,
    ...(values.runs === undefined ? {} : { runs: Number(values.runs) }),
    ...(values.input === undefined ? {} : { input: values.input }),
    ...(values.rules === undefined ? {} : { rules: values.rules }),
  });
}
