/**
 * evtx: records per second of the event log reader over the recorded samples, one core, median of the runs, against
 * @ts-evtx/core in the same run when it is installed. `node bench/evtx.ts [--runs n] [--json]`
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readEvtx } from "@holdfast/evtx";
import { evtxSamples, type StoredFile, withoutData } from "../test/recordings.ts";

export interface BenchResult {
  readonly reader: string;
  readonly files: number;
  readonly records: number;
  readonly records_per_second: number;
  readonly megabytes_per_second: number;
}

/** @param options.quiet prints nothing: the caller has the rows. */
export async function run(
  options: { readonly runs?: number; readonly json?: boolean; readonly quiet?: boolean } = {},
): Promise<BenchResult[]> {
  const missing = withoutData("lanes");
  if (missing !== false) throw new Error(missing);
  const runs = options.runs ?? 5;
  const samples = evtxSamples();
  const results = [measure("holdfast", { samples, runs, read: ours })];
  const peer = await findPeer();
  if (peer !== undefined) results.push(measurePeer(peer, samples, Math.min(runs, 3)));
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

type Read = (sample: StoredFile) => number;

function ours({ bytes }: StoredFile): number {
  let records = 0;
  for (const { json } of readEvtx(bytes)) if (json !== "") records++;
  return records;
}

interface Peer {
  openSync(path: string): { records(): Iterable<{ renderXml(): string }> };
}

const PEER = "@ts-evtx/core";

async function findPeer(): Promise<Peer | undefined> {
  const loaded: { EvtxFile?: Peer } | undefined = await import(PEER).catch(() => undefined);
  return loaded?.EvtxFile;
}

/** The peer reads from disk; its files are written before the clock starts, and stay in the page cache. */
function measurePeer(peer: Peer, samples: readonly StoredFile[], runs: number): BenchResult {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  try {
    const copies = samples.map(({ bytes }, index) => {
      const path = join(folder, `${index}.evtx`);
      writeFileSync(path, bytes);
      return { path, bytes };
    });
    const read: Read = ({ path }) => {
      let records = 0;
      for (const record of peer.openSync(path).records()) if (record.renderXml() !== "") records++;
      return records;
    };
    return measure(PEER, { samples: copies, runs, read });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function measure(reader: string, given: { samples: readonly StoredFile[]; runs: number; read: Read }): BenchResult {
  const { samples, runs, read } = given;
  const once = (): { records: number; seconds: number } => {
    const started = performance.now();
    const records = samples.reduce((sum, sample) => sum + read(sample), 0);
    return { records, seconds: (performance.now() - started) / 1000 };
  };
  const { records } = once();
  const times = Array.from({ length: Math.max(1, runs) }, () => once().seconds).sort((a, b) => a - b);
  const seconds = times[times.length >> 1] ?? 1;
  const megabytes = samples.reduce((sum, { bytes }) => sum + bytes.length, 0) / 1e6;
  return {
    reader,
    files: samples.length,
    records,
    records_per_second: Math.round(records / seconds),
    megabytes_per_second: Math.round(megabytes / seconds),
  };
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({ options: { runs: { type: "string" }, json: { type: "boolean", default: false } } });
  await run({ json: values.json, ...(values.runs === undefined ? {} : { runs: Number(values.runs) }) });
}
