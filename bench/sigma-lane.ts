/**
 * sigma-lane: one process of the Sigma benchmark: loads the rules, reads one file and prints one line of JSON. In mode `speed`
 * the runs of reading alone and of reading and matching alternate, so that both meet the same machine; in mode `memory` the
 * process only loads and matches, so that its memory is the engine's; mode `work` matches the file a few times and says how
 * long that took, for two at once. `node bench/sigma-lane.ts <mode> <runs> <file> <folder of rules…>`
 */
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { compile, type Engine, parseRules, type SigmaEvent } from "@holdfast/sigma";
import { median } from "./result.ts";

export interface Speed {
  readonly rules: number;
  readonly skipped: number;
  readonly events: number;
  readonly matches: number;
  readonly load_ms: number;
  /** CPU milliseconds of a run, helper threads of the engine's process included: (a), (b) and (c). */
  readonly parse: number;
  readonly both: number;
  readonly match: number;
  readonly candidates: number;
}

export interface Memory {
  readonly rss_mb: number;
}

export interface Work {
  readonly milliseconds: number;
  readonly events: number;
}

const BLOCK = 1 << 20;
const BATCH = 2000;

if (process.argv[1] === import.meta.filename) {
  const [mode = "", runs = "5", input = "", ...folders] = process.argv.slice(2);
  const started = process.cpuUsage();
  const { rules, problems } = parseRules(ruleFiles(folders));
  const engine = compile(rules);
  const load = cpu(started);
  const loaded = { rules: rules.length, skipped: problems.length + engine.problems.length, load_ms: Math.round(load) };
  if (mode === "speed") console.log(JSON.stringify({ ...loaded, ...speed(engine, input, Number(runs)) }));
  if (mode === "memory") console.log(JSON.stringify(memory(engine, input)));
  if (mode === "work") {
    process.stdin.once("data", () => {
      console.log(JSON.stringify(work(engine, input, Number(runs))));
      process.exit();
    });
    run(engine, input);
    console.log("ready");
  }
}

function speed(engine: Engine, input: string, runs: number): Omit<Speed, "rules" | "skipped" | "load_ms"> {
  // Warm: the second pass meets compiled code and full tables.
  run(engine, input);
  const parse: number[] = [];
  const both: number[] = [];
  const match: number[] = [];
  let seen = { events: 0, matches: 0 };
  for (let n = 0; n < runs; n++) {
    let started = process.cpuUsage();
    eachLine(input, (line) => JSON.parse(line));
    parse.push(cpu(started));
    started = process.cpuUsage();
    seen = run(engine, input);
    both.push(cpu(started));
    match.push(matchAlone(engine, input));
  }
  const candidates = Math.round(engine.stats().candidatesPerEvent * 1000) / 1000;
  return { ...seen, parse: median(parse), both: median(both), match: median(match), candidates };
}

function memory(engine: Engine, input: string): Memory {
  run(engine, input);
  run(engine, input);
  return { rss_mb: Math.round(process.memoryUsage().rss / 1e6) };
}

function work(engine: Engine, input: string, runs: number): Work {
  const started = performance.now();
  let events = 0;
  for (let n = 0; n < runs; n++) events += run(engine, input).events;
  return { milliseconds: performance.now() - started, events };
}

function run(engine: Engine, input: string): { events: number; matches: number } {
  let events = 0;
  let matches = 0;
  eachLine(input, (line, { buffer, from, to }) => {
    events++;
    matches += engine.match({ fields: JSON.parse(line), bytes: buffer.subarray(from, to) }).length;
  });
  return { events, matches };
}

/** Time spent matching events that are parsed already, a batch at a time so that they need not all be in memory. */
function matchAlone(engine: Engine, input: string): number {
  let spent = 0;
  let batch: SigmaEvent[] = [];
  const flush = (): void => {
    const started = process.cpuUsage();
    for (const event of batch) engine.match(event);
    spent += cpu(started);
    batch = [];
  };
  eachLine(input, (line, { buffer, from, to }) => {
    batch.push({ fields: JSON.parse(line), bytes: Uint8Array.from(buffer.subarray(from, to)) });
    if (batch.length === BATCH) flush();
  });
  flush();
  return spent;
}

/** Where the bytes of the line are; one object for all lines. */
interface LinePlace {
  buffer: Buffer;
  from: number;
  to: number;
}

/** Reads in blocks, so that the memory of a run is that of the engine and not of the file. */
function eachLine(path: string, work: (line: string, place: LinePlace) => void): void {
  const file = openSync(path, "r");
  const place: LinePlace = { buffer: Buffer.alloc(0), from: 0, to: 0 };
  const take = (buffer: Buffer, from: number, to: number): void => {
    place.buffer = buffer;
    place.from = from;
    place.to = to;
    work(buffer.toString("utf8", from, to), place);
  };
  try {
    let buffer = Buffer.alloc(BLOCK);
    let kept = 0;
    for (;;) {
      const read = readSync(file, buffer, kept, buffer.length - kept, null);
      const end = kept + read;
      let from = 0;
      for (let to = buffer.indexOf(10); to >= 0 && to < end; to = buffer.indexOf(10, from)) {
        if (to > from) take(buffer, from, to);
        from = to + 1;
      }
      if (read === 0) {
        if (end > from) take(buffer, from, end);
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

function ruleFiles(folders: readonly string[]): { path: string; text: string }[] {
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => /\.ya?ml$/.test(file) && statSync(join(folder, file)).isFile())
      .map((file) => ({ path: file, text: readFileSync(join(folder, file), "utf8") })),
  );
}

function cpu(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}
