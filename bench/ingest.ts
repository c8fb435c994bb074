/**
 * ingest: events a second from the wire to the store, one protocol after the other on one server, with what each process spent
 * and what bounds it. Counts have to agree to the record: sent = stored + quarantined.
 * `npm run bench -- ingest [--seconds n] [--connections n]`
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type BenchServer, withServer } from "./bench-server.ts";
import { type Load, startWireLoad } from "../test/assure/wire-load.ts";
import { boundBy, processRows, readUse } from "./processes.ts";
import { type Result, rounded } from "./result.ts";
import { PROTOCOLS, type Protocol } from "../test/assure/wire-protocols.ts";

const SECONDS = 20;
const WARM_UP_MS = 3_000;
const SETTLE_MS = 300_000;

export async function runIngest(options: {
  readonly seconds?: number;
  readonly connections?: number;
}): Promise<Result> {
  const { seconds = SECONDS, connections = 4 } = options;
  return withServer({ rules: [] }, async (running) => {
    const rows: Record<string, string | number>[] = [];
    const notes: string[] = [];
    for (const protocol of PROTOCOLS) {
      const { row, bound } = await measure(running, protocol, { seconds, connections });
      rows.push(row);
      notes.push(`${protocol.name}: ${bound}.`);
    }
    return {
      name: "ingest",
      how: [
        `${seconds} s a protocol over ${connections} connections, sent as fast as it is taken; the starter rules loaded.`,
        "A log line of about 170 bytes an event (a point of a gauge for metrics), as many in a request as clients usually send.",
      ],
      tables: { "From the wire to the store": rows },
      notes,
    };
  });
}

async function measure(
  running: BenchServer,
  protocol: Protocol,
  { seconds, connections }: { readonly seconds: number; readonly connections: number },
): Promise<{ row: Record<string, string | number>; bound: string }> {
  const { server } = running;
  const made = protocol.kind === undefined ? undefined : await sourceOf(running, protocol);
  const source = made?.source.id ?? protocol.source ?? "";
  const before = await countsOf(running, source);
  const load: Load = startWireLoad({
    at: () => ({ url: server.url, syslogPort: server.syslog.port }),
    key: made?.key ?? "",
    protocol,
    connections,
  });
  const groups = { ...running.groups(), sender: process.pid };
  await sleep(WARM_UP_MS);
  const from = { at: performance.now(), use: readUse(groups), ...(await countsOf(running, source)) };
  await sleep(seconds * 1000);
  const to = { at: performance.now(), use: readUse(groups), ...(await countsOf(running, source)) };
  const processes = processRows(groups, from.use, to.use);
  await load.stop();
  const sent = load.counts();
  const end = await settled(running, { source, expected: before.stored + before.quarantined + sent.events });
  const steady = (to.at - from.at) / 1000;
  const share = (name: string): number => processes.find((one) => one.process === name)?.cpu_percent ?? 0;
  return {
    bound: boundBy(groups, from.use, to.use),
    row: {
      protocol: protocol.name,
      a_request: protocol.batch,
      stored_per_s: rounded((to.stored - from.stored) / steady),
      server_percent: share("server"),
      event_store_percent: share("event store"),
      sender_percent: share("sender"),
      acknowledged: sent.events,
      stored: end.stored - before.stored,
      quarantined: end.quarantined - before.quarantined,
      pushed_back: sent.pushedBack,
      failed: sent.failed,
    },
  };
}

interface Made {
  readonly source: { readonly id: string };
  readonly key: string;
}

async function sourceOf({ api }: BenchServer, protocol: Protocol): Promise<Made> {
  return (await api.post("/api/sources", { name: `Benchmark of ${protocol.name}`, kind: protocol.kind })) as Made;
}

interface Counts {
  readonly stored: number;
  readonly quarantined: number;
}

async function countsOf({ api }: BenchServer, source: string): Promise<Counts> {
  const { stored, quarantined } = (await api.get(`/api/sources/${source}`)) as Counts;
  return { stored, quarantined };
}

/** An answer that got lost can leave more stored than acknowledged, never less. */
async function settled(
  running: BenchServer,
  { source, expected }: { readonly source: string; readonly expected: number },
): Promise<Counts> {
  const began = performance.now();
  for (;;) {
    const counts = await countsOf(running, source);
    if (counts.stored + counts.quarantined >= expected && (await running.backlog()) === 0) return counts;
    if (performance.now() - began > SETTLE_MS)
      throw new Error(`${source}: ${expected} records are acknowledged, ${JSON.stringify(counts)} are there.`);
    await sleep(200);
  }
}
