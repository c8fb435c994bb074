/**
 * sigma: how fast the Sigma engine is on the recorded lanes: JSON alone, JSON and matching, matching alone, with load time
 * and memory. One core, median of the runs after a warm-up. `node bench/sigma.ts [--runs n] [--json] [--input file…] [--rules dir…]`
 */
import {
  closeSync,
  createWriteStream,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
} from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { createInflateRaw } from "node:zlib";
import { compile, type Engine, parseRules } from "@holdfast/sigma";

export interface BenchOptions {
  readonly runs?: number;
  /** NDJSON files; the lanes d1, d2, d3 when left out. */
  readonly input?: readonly string[];
  /** Folders of rules; the SigmaHQ rules when left out. */
  readonly rules?: readonly string[];
  readonly json?: boolean;
  /** Prints nothing: the caller has the rows. */
  readonly quiet?: boolean;
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
}

const DATA = process.env["HOLDFAST_TEST_DATA"] ?? join(import.meta.dirname, "../../shared/data");
const BLOCK = 1 << 20;
const BATCH = 4000;

export async function run(options: BenchOptions = {}): Promise<BenchResult[]> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  try {
    const inputs = options.input ?? (await extractLanes(["d1", "d2", "d3"], folder));
    const files = ruleFiles(options.rules ?? [join(DATA, "sigma/rules")]);
    const started = performance.now();
    const { rules, problems } = parseRules(files);
    const engine = compile(rules);
    const load = performance.now() - started;
    if (problems.length > 0)
      console.error(`${problems.length} rules were not loaded, the first: ${problems[0]?.message}`);
    const results = inputs.map((input) => measure(engine, input, { runs: options.runs ?? 5, load }));
    if (options.quiet) return results;
    if (options.json) for (const result of results) console.log(JSON.stringify(result));
    else print(results, rules.length);
    return results;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function measure(engine: Engine, input: string, { runs, load }: { runs: number; load: number }): BenchResult {
  let events = 0;
  let matches = 0;
  const parseOnly = (line: string): void => {
    JSON.parse(line);
    events++;
  };
  const parseAndMatch = (line: string): void => {
    matches += engine.match({ fields: JSON.parse(line) }).length;
  };
  const timed = (work: (line: string) => void): number => {
    events = 0;
    matches = 0;
    const started = performance.now();
    eachLine(input, work);
    return performance.now() - started;
  };
  timed(parseAndMatch);
  const parse = median(runs, () => timed(parseOnly));
  const count = events;
  const before = engine.stats();
  const both = median(runs, () => timed(parseAndMatch));
  const found = matches;
  const match = median(Math.min(runs, 3), () => matchAlone(engine, input));
  return {
    input: basename(input),
    events: count,
    parse_eps: rate(count, parse),
    parse_match_eps: rate(count, both),
    match_eps: rate(count, match),
    ratio: Math.round((parse / both) * 1000) / 1000,
    load_ms: Math.round(load),
    rss_mb: Math.round(process.memoryUsage().rss / 1e6),
    matches: found,
    candidates_per_event: Math.round(before.candidatesPerEvent * 1000) / 1000,
  };
}

/** Time spent matching events that are parsed already, a batch at a time so that they need not all be in memory. */
function matchAlone(engine: Engine, input: string): number {
  let spent = 0;
  let batch: Record<string, unknown>[] = [];
  const flush = (): void => {
    const started = performance.now();
    for (const fields of batch) engine.match({ fields });
    spent += performance.now() - started;
    batch = [];
  };
  eachLine(input, (line) => {
    batch.push(JSON.parse(line));
    if (batch.length === BATCH) flush();
  });
  flush();
  return spent;
}

/** Reads in blocks, so that the memory of a run is that of the engine and not of the file. */
function eachLine(path: string, work: (line: string) => void): void {
  const file = openSync(path, "r");
  try {
    let buffer = Buffer.alloc(BLOCK);
    let kept = 0;
    for (;;) {
      const read = readSync(file, buffer, kept, buffer.length - kept, null);
      const end = kept + read;
      let from = 0;
      for (let to = buffer.indexOf(10); to >= 0 && to < end; to = buffer.indexOf(10, from)) {
        if (to > from) work(buffer.toString("utf8", from, to));
        from = to + 1;
      }
      if (read === 0) {
        if (end > from) work(buffer.toString("utf8", from, end));
        return;
      }
      kept = end - from;
      if (from === 0 && end === buffer.length) buffer = Buffer.concat([buffer, Buffer.alloc(buffer.length)]);
      else buffer.copyWithin(0, from, end);
    }
  } finally {
    closeSync(file);
  }
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

function ruleFiles(folders: readonly string[]): { path: string; text: string }[] {
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => /\.ya?ml$/.test(file) && statSync(join(folder, file)).isFile())
      .map((file) => ({ path: file, text: readFileSync(join(folder, file), "utf8") })),
  );
}

function median(runs: number, measureOnce: () => number): number {
  const times = Array.from({ length: Math.max(1, runs) }, measureOnce).sort((a, b) => a - b);
  return times[times.length >> 1] ?? 0;
}

function rate(events: number, milliseconds: number): number {
  return Math.round((events / milliseconds) * 1000);
}

function print(results: readonly BenchResult[], rules: number): void {
  console.log(
    `${rules} rules, routing on, one core, load average ${loadavg()[0]?.toFixed(1)} (a busy machine slows every figure)`,
  );
  console.table(results);
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
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
