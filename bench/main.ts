/**
 * main: `npm run bench -- [name …] [options]` runs all benchmarks or those named, prints a table each, and keeps the figures
 * as measured, with the facts of the machine, in bench/results/<name>.json.
 */
import { parseArgs } from "node:util";
import { spreadLists } from "./arguments.ts";
import { runCorrelation } from "./correlation.ts";
import { run as runEvtx } from "./evtx.ts";
import { runIngest } from "./ingest.ts";
import { runLatency } from "./latency.ts";
import { runPipeline } from "./pipeline.ts";
import { keepResult, type Machine, machineNow, printMachine, printResult, type Result } from "./result.ts";
import { runResponse } from "./response.ts";
import { runSearch } from "./search.ts";
import { run as runSigma } from "./sigma.ts";
import { runSilence } from "./silence.ts";
import { runStart } from "./start.ts";
import { runStorm } from "./storm.ts";

const USAGE = `npm run bench -- [name …] [options]
  sigma        rules matched against the recorded lanes   [--runs n] [--input file …] [--rules folder …]
  correlation  a million signals a type over 100,000 groups  [--events n] [--runs n]
  evtx         event log files read                       [--runs n]
  ingest       events/s of each protocol, to the store   [--seconds n] [--connections n]
  pipeline     events/s searchable over HTTP, all rules   [--seconds n] [--connections n] [--rules folder …]
  latency      event to alert                             [--seconds n] [--rate n] [--rules folder …] [--with-flood]
  search       queries on a million events                [--events n] [--runs n] [--with-ingest] [--rate n]
  response     effects from proposal to proof, and a restart with many asleep  [--runs n] [--events n]
  silence      known silences, drops, lost fields, wrong clocks: precision and recall  [--runs n]
  start        cold and warm start, and one with a full queue  [--runs n] [--events n]
  storm        100,000 alerts of three causes in a minute  [--events n] [--seconds n]
  --json       one JSON line a benchmark instead of tables; for sigma one a file
Without a name all are run. Recordings and rules are read from HOLDFAST_TEST_DATA (default ../shared/data).`;

const BENCHES = {
  sigma,
  correlation,
  evtx,
  ingest,
  pipeline,
  latency,
  search,
  response,
  silence: runSilence,
  start,
  storm,
} as const;
type Name = keyof typeof BENCHES;

interface Options {
  readonly json: boolean;
  readonly runs?: number;
  readonly seconds?: number;
  readonly connections?: number;
  readonly rate?: number;
  readonly events?: number;
  readonly rules?: readonly string[];
  readonly input?: readonly string[];
  readonly withIngest: boolean;
  readonly withFlood: boolean;
}

const DEFAULT_INGEST_RATE = 1000;

const { names, options } = read(process.argv.slice(2));
for (const name of names) await bench(name);

async function bench(name: Name): Promise<void> {
  const machine = machineNow();
  if (!options.json) {
    console.log(`\n== ${name}`);
    printMachine(machine);
  }
  try {
    report(await BENCHES[name](options), machine);
  } catch (error) {
    process.exitCode = 1;
    const cause = error instanceof Error && error.cause !== undefined ? ` (${String(error.cause)})` : "";
    console.error(`${name}: ${error instanceof Error ? error.message : String(error)}${cause}`);
  }
}

/** What prints its own tables has none here; its rows are kept all the same. */
function report(result: Result & { readonly printed?: boolean; readonly lines?: boolean }, machine: Machine): void {
  const { printed, lines, ...kept } = result;
  const file = keepResult(kept, machine);
  if (options.json && lines === true) return;
  if (options.json) console.log(JSON.stringify({ machine, ...kept }));
  else {
    if (printed !== true) printResult(kept);
    console.log(`kept in ${file}`);
  }
}

async function sigma(of: Options) {
  const rows = await runSigma({ ...picked(of, ["runs", "rules", "input"]), json: of.json });
  return {
    name: "sigma",
    lines: true,
    how: ["One core, median of the runs, in CPU time."],
    tables: { sigma: rows.map((row) => ({ ...row })) },
    printed: true,
  };
}

async function evtx(of: Options) {
  const rows = await runEvtx({ ...picked(of, ["runs"]), quiet: of.json });
  return {
    name: "evtx",
    how: ["One core, median of the runs."],
    tables: { evtx: rows.map((row) => ({ ...row })) },
    printed: true,
  };
}

function correlation(of: Options) {
  return runCorrelation(picked(of, ["events", "runs"]));
}

function storm(of: Options) {
  return runStorm(picked(of, ["events", "seconds"]));
}

function ingest(of: Options) {
  return runIngest(picked(of, ["seconds", "connections"]));
}

function pipeline(of: Options) {
  return runPipeline(picked(of, ["seconds", "connections", "rules"]));
}

function latency(of: Options) {
  return runLatency({ ...picked(of, ["seconds", "rate", "rules"]), withFlood: of.withFlood });
}

function search(of: Options) {
  const repetitions = of.runs === undefined ? {} : { repetitions: of.runs };
  const ingest = of.withIngest ? { ingestRate: of.rate ?? DEFAULT_INGEST_RATE } : {};
  return runSearch({ ...picked(of, ["events"]), ...repetitions, ...ingest });
}

function response(of: Options) {
  return runResponse(picked(of, ["runs", "events"]));
}

function start(of: Options) {
  return runStart(picked(of, ["runs", "events"]));
}

/** Only what was given: the defaults are those of each benchmark. */
function picked<K extends keyof Options>(of: Options, keys: readonly K[]): { [P in K]?: NonNullable<Options[P]> } {
  const found: { [P in K]?: NonNullable<Options[P]> } = {};
  for (const key of keys) {
    const value = of[key];
    if (value !== undefined && value !== null) found[key] = value;
  }
  return found;
}

function read(args: readonly string[]): { names: readonly Name[]; options: Options } {
  try {
    const { values, positionals } = parseArgs({
      args: spreadLists(args, ["input", "rules"]),
      allowPositionals: true,
      options: {
        json: { type: "boolean", default: false },
        runs: { type: "string" },
        seconds: { type: "string" },
        connections: { type: "string" },
        rate: { type: "string" },
        events: { type: "string" },
        rules: { type: "string", multiple: true },
        input: { type: "string", multiple: true },
        "with-ingest": { type: "boolean", default: false },
        "with-flood": { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    const names = positionals.map((name) => {
      if (isName(name)) return name;
      throw new Error(`"${name}" is not a benchmark`);
    });
    return {
      names: names.length > 0 ? names : (Object.keys(BENCHES) as Name[]),
      options: {
        json: values.json,
        withIngest: values["with-ingest"],
        withFlood: values["with-flood"],
        ...numbers(values, ["runs", "seconds", "connections", "rate", "events"]),
        ...(values.rules === undefined ? {} : { rules: values.rules }),
        ...(values.input === undefined ? {} : { input: values.input }),
      },
    };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    process.exit(2);
  }
}

type Counted = "runs" | "seconds" | "connections" | "rate" | "events";

function numbers(values: { readonly [K in Counted]?: string | undefined }, names: readonly Counted[]) {
  const found: { [K in Counted]?: number } = {};
  for (const name of names) {
    const text = values[name];
    if (text === undefined) continue;
    const number = Number(text);
    if (!(number > 0)) throw new Error(`--${name} ${text}: a number above 0 is expected`);
    found[name] = number;
  }
  return found;
}

function isName(name: string): name is Name {
  return Object.hasOwn(BENCHES, name);
}
