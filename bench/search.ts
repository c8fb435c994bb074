/**
 * search: how long typical queries take over the API on a million events, with one caller and with four, on warm caches.
 * `npm run bench -- search [--events n] [--with-ingest]`
 */
import { type BenchServer, withServer } from "./bench-server.ts";
import { quantile, type Result, rounded, type Row } from "./result.ts";
import { HOSTS, hostName, loadName } from "./sender.ts";

export interface SearchOptions {
  readonly events?: number;
  readonly repetitions?: number;
  /** Events keep arriving at this rate while it searches. */
  readonly ingestRate?: number;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

interface Query {
  readonly what: string;
  readonly query: string;
  /** Hours ago; the whole day when left out. */
  readonly hours?: readonly [from: number, to: number];
}

const QUERIES: readonly Query[] = [
  { what: "time range and host", query: `host:${hostName(6)}`, hours: [6, 2] },
  { what: "class, host and port", query: `class:network_activity host:${hostName(6)} dst_port:53` },
  { what: "rare free text", query: "SharpDump" },
  { what: "frequent free text", query: "wermgr" },
  { what: "substring with separators", query: '"System32\\lsass.exe"' },
  { what: "stats by host", query: "* | stats count, dc(process_path) as programs by host" },
  { what: "timechart by class", query: "* | timechart span=30m count by class" },
  { what: "top programs", query: "* | top 10 process_path" },
  { what: "field of the raw record", query: "GrantedAccess:0x1fffff" },
];

export async function runSearch(options: SearchOptions = {}): Promise<Result> {
  const events = options.events ?? 1_000_000;
  const repetitions = options.repetitions ?? 20;
  return withServer({}, async (running) => {
    const filled = await fill(running, events);
    const range = { from: new Date(filled.at - DAY_MS).toISOString(), to: new Date(filled.at + HOUR_MS).toISOString() };
    const { rows } = await running.api.search({ query: `source:${running.source.id} | stats count`, ...range });
    const tables: Record<string, readonly Row[]> = {};
    const rate = options.ingestRate;
    const sender = rate === undefined ? undefined : await running.send({ connections: 2, batch: 100, rate });
    for (const callers of [1, 4]) {
      const table: Row[] = [];
      for (const query of QUERIES) table.push(await time(running, query, { callers, repetitions, at: filled.at }));
      tables[`${callers} ${callers === 1 ? "caller" : "callers at a time"}, ${repetitions} times each`] = table;
    }
    await sender?.stop();
    const all = Object.values(tables).map((table) => table.map((row) => Number(row["p95_ms"])));
    return {
      name: "search",
      how: [
        `${Number(rows[0]?.[0])} events over one day, sent through POST /api/ingest/events in ${rounded(filled.seconds)} s (starter rules only): ${loadName()}.`,
        `Each query through POST /api/search, after one that is not counted${rate === undefined ? "" : `; ${rate} events/s arrive meanwhile`}.`,
      ],
      tables,
      notes: all.map(
        (p95, index) => `Slowest p95 with ${index === 0 ? "one caller" : "four callers"}: ${Math.max(...p95)} ms.`,
      ),
    };
  });
}

async function fill(running: BenchServer, events: number): Promise<{ at: number; seconds: number }> {
  const started = performance.now();
  const sender = await running.send({
    connections: 4,
    // A small run still reaches every host.
    batch: Math.max(1, Math.min(500, Math.floor(events / (HOSTS * 25)))),
    total: events,
    spreadMs: DAY_MS - HOUR_MS / 2,
  });
  await sender.done;
  await running.drained();
  return { at: Date.now(), seconds: (performance.now() - started) / 1000 };
}

async function time(
  running: BenchServer,
  { what, query, hours }: Query,
  by: { callers: number; repetitions: number; at: number },
): Promise<Row> {
  const [from, to] = hours ?? [24, -1];
  const request = {
    query,
    from: new Date(by.at - from * HOUR_MS).toISOString(),
    to: new Date(by.at - to * HOUR_MS).toISOString(),
    limit: 100,
  };
  const first = await running.api.search(request);
  const times: number[] = [];
  const one = async (): Promise<void> => {
    for (let n = 0; n < by.repetitions; n += 1) {
      const started = performance.now();
      await running.api.search(request);
      times.push(performance.now() - started);
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: by.callers }, one));
  return {
    what,
    query,
    rows: first.rows.length,
    p50_ms: rounded(quantile(times, 0.5)),
    p95_ms: rounded(quantile(times, 0.95)),
    most_ms: rounded(Math.max(...times)),
    per_second: rounded(times.length / ((performance.now() - started) / 1000), 1),
  };
}
