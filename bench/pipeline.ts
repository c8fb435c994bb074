/**
 * pipeline: events a second that become searchable, end to end: HTTP, spool, parsing, matching all rules, event store. Counted
 * is what is stored over the steady part, not what is acknowledged. `npm run bench -- pipeline [--seconds n]`
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type BenchServer, rulesLoaded, rulesOf, withServer } from "./bench-server.ts";
import { boundBy, bytesOnDisk, processRows, readUse } from "./processes.ts";
import { type Result, rounded } from "./result.ts";
import { loadName, type Sender } from "./sender.ts";

export interface PipelineOptions {
  readonly seconds?: number;
  readonly connections?: number;
  readonly batch?: number;
  /** Folders of Sigma rules beside the starter pack; the SigmaHQ rules when left out. */
  readonly rules?: readonly string[];
}

/** Left out of the steady part, after these many events are searchable: until then the workers compile the rules. */
const FIRST_EVENTS = 10_000;
const WARM_UP = { share: 0.15, mostSeconds: 15 };
const FIRST_WITHIN_MS = 120_000;

export async function runPipeline(options: PipelineOptions = {}): Promise<Result> {
  const seconds = options.seconds ?? 120;
  const connections = options.connections ?? 4;
  const batch = options.batch ?? 500;
  const rules = rulesOf(options.rules);
  return withServer({ rules }, async (running) => {
    const loaded = await rulesLoaded(running.api);
    const emptyBytes = diskOf(running);
    const sender = await running.send({ connections, batch });
    const steady = await measure(running, sender, seconds);
    const { bytes, acknowledged } = sender.counts();
    const drained = await running.drained();
    const stored = await running.stored();
    const found = await running.api.search({ query: `source:${running.source.id} | stats count` });
    const disk = diskOf(running);
    return {
      name: "pipeline",
      how: [
        `${seconds} s of POST /api/ingest/events over ${connections} connections, ${batch} events a request; ${loaded}.`,
        `Events: ${loadName()}; ${acknowledged === 0 ? 0 : rounded(bytes / acknowledged)} bytes each.`,
      ],
      tables: {
        "Rates over the steady part": [steady.rates],
        "Processes over the steady part (percent of one core; memory at its end)": steady.processes,
        "Through the pipe": [
          {
            acknowledged,
            stored,
            found_by_search: Number(found.rows[0]?.[0]),
            drained_after_s: rounded(drained, 1),
            pushed_back_429_503: sender.counts().pushedBack,
            failed_requests: sender.counts().failed,
          },
        ],
        "Bytes on disk an event": [
          {
            events_folder: rounded((disk.events - emptyBytes.events) / stored),
            state_folder: rounded((disk.state - emptyBytes.state) / stored),
            raw_event: rounded(bytes / acknowledged),
            events_mb: rounded(disk.events / 1e6, 1),
            state_mb: rounded(disk.state / 1e6, 1),
          },
        ],
      },
      notes: [`Bound by: ${steady.bound}.`],
    };
  });
}

async function measure(running: BenchServer, sender: Sender, seconds: number) {
  const groups = { ...running.groups(), sender: sender.pid };
  const begun = performance.now();
  while ((await running.stored()) < FIRST_EVENTS && performance.now() - begun < FIRST_WITHIN_MS) await sleep(100);
  const first = (performance.now() - begun) / 1000;
  const warmUp = Math.min(seconds * WARM_UP.share, WARM_UP.mostSeconds);
  await sleep(warmUp * 1000);
  const started = await reading(running, sender);
  const from = readUse(groups);
  await sleep((seconds - warmUp) * 1000);
  const to = readUse(groups);
  const ended = await reading(running, sender);
  // Memory of the sender, too: it has to be there still.
  const processes = processRows(groups, from, to);
  const backlog = await running.backlog();
  await sender.stop();
  const steady = (ended.at - started.at) / 1000;
  const stored = (ended.stored - started.stored) / steady;
  const acknowledged = (ended.acknowledged - started.acknowledged) / steady;
  return {
    rates: {
      first_10000_stored_after_s: rounded(first, 1),
      steady_s: rounded(steady, 1),
      acknowledged_per_s: rounded(acknowledged),
      stored_per_s: rounded(stored),
      mb_per_s: rounded((stored * ended.bytes) / Math.max(1, ended.acknowledged) / 1e6, 1),
      stored_of_acknowledged: rounded(stored / acknowledged, 2),
      backlog_at_end: backlog,
    },
    processes: processes.map((row) => ({ ...row })),
    bound: boundBy(groups, from, to),
  };
}

async function reading(running: BenchServer, sender: Sender) {
  const stored = await running.stored();
  return { at: performance.now(), stored, ...sender.counts() };
}

function diskOf({ server }: BenchServer): { events: number; state: number } {
  return { events: bytesOnDisk(join(server.home, "events")), state: bytesOnDisk(join(server.home, "state")) };
}
