/**
 * evtx: records per second of the event log reader over the recorded samples, one core, median of the runs, against
 * @ts-evtx/core in the same run when it is installed: their runs alternate, so that both meet the same machine. Counted
 * in CPU time, which other work on the machine disturbs least; the wall clock stands beside it.
 * `node bench/evtx.ts [--runs n] [--json]`
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createEvtxReader } from "@holdfast/evtx";
import { evtxSamples, type StoredFile, withoutData } from "../test/recordings.ts";
import { median } from "./result.ts";

export interface BenchResult {
  readonly reader: string;
  readonly files: number;
  readonly records: number;
  /** Of CPU time. */
  readonly records_per_second: number;
  readonly megabytes_per_second: number;
  readonly records_per_second_wall: number;
}

/** @param options.quiet prints nothing: the caller has the rows. */
export async function run(
  options: { readonly runs?: number; readonly json?: boolean; readonly quiet?: boolean } = {},
): Promise<BenchResult[]> {
  const missing = withoutData("lanes");
  if (missing !== false) throw new Error(missing);
  const runs = options.runs ?? 5;
  const samples = evtxSamples();
  const peer = await findPeer();
  const results = peer === undefined ? compare(samples, runs, [OURS]) : comparePeer(peer, samples, runs);
  if (options.quiet) return results;
  if (options.json) for (const result of results) console.log(JSON.stringify(result));
  else {
    console.log(`one core, load average ${loadavg()[0]?.toFixed(1)} (a busy machine slows every figure)`);
    console.table(results);
    const [first, second] = results.map(({ records_per_second }) => records_per_second);
    if (first !== undefined && second !== undefined) {
      console.log(`holdfast reads ${(first / second).toFixed(1)} times as many records per second`);
    }
  }
  return results;
}

interface Reader {
  readonly name: string;
  /** Answers the number of records. */
  readonly read: (sample: StoredFile) => number;
}

const known = createEvtxReader();
const OURS: Reader = {
  name: "holdfast",
  read({ bytes }) {
    let records = 0;
    for (const { json } of known(bytes)) if (json !== "") records++;
    return records;
  },
};

interface Peer {
  openSync(path: string): { records(): Iterable<{ renderXml(): string }> };
}

const PEER = "@ts-evtx/core";

async function findPeer(): Promise<Peer | undefined> {
  const loaded: { EvtxFile?: Peer } | undefined = await import(PEER).catch(() => undefined);
  return loaded?.EvtxFile;
}

/** The peer reads from disk; its files are written before the clock starts, and stay in the page cache. */
function comparePeer(peer: Peer, samples: readonly StoredFile[], runs: number): BenchResult[] {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  try {
    const copies = samples.map(({ bytes }, index) => {
      const path = join(folder, `${index}.evtx`);
      writeFileSync(path, bytes);
      return { path, bytes };
    });
    const theirs: Reader = {
      name: PEER,
      read({ path }) {
        let records = 0;
        for (const record of peer.openSync(path).records()) if (record.renderXml() !== "") records++;
        return records;
      },
    };
    return compare(copies, runs, [OURS, theirs]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Run {
  readonly records: number;
  readonly cpu: number;
  readonly wall: number;
}

/** A run reads the samples over and over for a while, so that the faster reader is not measured by a glance. */
const RUN_SECONDS = 1;

/** The first round warms up and is not counted. */
function compare(samples: readonly StoredFile[], runs: number, readers: readonly Reader[]): BenchResult[] {
  const kept = readers.map((): Run[] => []);
  for (let round = 0; round <= runs; round++) {
    for (const [index, reader] of readers.entries()) {
      const run = once(samples, reader);
      if (round > 0) kept[index]?.push(run);
    }
  }
  const megabytes = samples.reduce((sum, { bytes }) => sum + bytes.length, 0) / 1e6;
  return readers.map(({ name }, index) => {
    const of = kept[index] ?? [];
    const cpu = median(of.map((run) => run.cpu));
    const records = of[0]?.records ?? 0;
    return {
      reader: name,
      files: samples.length,
      records,
      records_per_second: Math.round(records / cpu),
      megabytes_per_second: Math.round(megabytes / cpu),
      records_per_second_wall: Math.round(records / median(of.map((run) => run.wall))),
    };
  });
}

/** Per reading of all samples. */
function once(samples: readonly StoredFile[], { read }: Reader): Run {
  const started = performance.now();
  const before = process.cpuUsage();
  for (let times = 1; ; times++) {
    const records = samples.reduce((sum, sample) => sum + read(sample), 0);
    const { user, system } = process.cpuUsage(before);
    const cpu = (user + system) / 1e6;
    if (cpu >= RUN_SECONDS) return { records, cpu: cpu / times, wall: (performance.now() - started) / 1000 / times };
  }
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({ options: { runs: { type: "string" }, json: { type: "boolean", default: false } } });
  await run({ json: values.json, ...(values.runs === undefined ? {} : { runs: Number(values.runs) }) });
}
