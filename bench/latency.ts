/**
 * latency: from just before an event is sent until its alert is seen through GET /api/alerts, while other events arrive at a
 * moderate rate; with `--with-flood` once more while another source sends all that it can, which is many times what can be stored.
 * Each marked event has a host of its own, so each raises an alert of its own. `npm run bench -- latency`
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createSource } from "../test/assure/api.ts";
import { type BenchServer, rulesLoaded, rulesOf, withServer } from "./bench-server.ts";
import { quantile, type Result, rounded } from "./result.ts";
import { loadName, startSender } from "./sender.ts";

export interface LatencyOptions {
  readonly seconds?: number;
  /** Events a second beside the marked ones. */
  readonly rate?: number;
  readonly rules?: readonly string[];
  readonly withFlood?: boolean;
}

/** Of the source that floods: each offers a request again a second after it was pushed back, as it is told to. */
const FLOOD_CONNECTIONS = 400;
const FLOOD_BATCH = 500;
const MARK_EVERY_MS = 200;
const POLL_MS = 25;
const WARM_UP_MS = 3000;
const SEEN_WITHIN_MS = 30_000;
const MARKER = "holdfast-latency-marker";
const RULE_ID = "b3b4a8d2-52b5-4c80-9d0c-0b7b1f0a6c11";
const RULE = `title: Marker of the latency benchmark
id: ${RULE_ID}
status: test
description: Matches the marked events of the benchmark and nothing else.
author: Holdfast
date: 2026-11-22
logsource:
  product: windows
  category: process_creation
detection:
  marked:
    CommandLine|contains: ${MARKER}
  condition: marked
level: low
`;

export async function runLatency(options: LatencyOptions = {}): Promise<Result> {
  const seconds = options.seconds ?? 60;
  const rate = options.rate ?? 1000;
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-rules-"));
  try {
    writeFileSync(join(folder, "marker.yml"), RULE);
    return await withServer({ rules: [...rulesOf(options.rules), folder] }, async (running) => {
      const loaded = await rulesLoaded(running.api);
      const sender = await running.send({
        connections: 4,
        batch: Math.max(1, Math.min(500, Math.round(rate / 20))),
        rate,
      });
      await sleep(WARM_UP_MS);
      const before = { stored: await running.stored(), at: performance.now() };
      const calm = await marks(running, { seconds, name: "calm" });
      const background = ((await running.stored()) - before.stored) / ((performance.now() - before.at) / 1000);
      const flooded = options.withFlood === true ? await flood(running, seconds) : undefined;
      await sender.stop();
      const row = (what: string, values: readonly number[]) => ({
        what,
        events: values.length,
        p50_ms: rounded(quantile(values, 0.5)),
        p95_ms: rounded(quantile(values, 0.95)),
        p99_ms: rounded(quantile(values, 0.99)),
        most_ms: rounded(Math.max(...values)),
      });
      return {
        name: "latency",
        how: [
          `A marked event every ${MARK_EVERY_MS} ms for ${seconds} s, the alerts asked for every ${POLL_MS} ms; ${loaded}.`,
          `Beside it ${rounded(background)} events/s were stored (${rate} asked for): ${loadName()}.`,
        ],
        tables: {
          "From just before sending": [
            row("acknowledged", calm.acknowledged),
            row("alert visible", waitsOf(calm)),
            ...(flooded === undefined
              ? []
              : [
                  row("acknowledged, another source floods", flooded.marks.acknowledged),
                  row("alert visible, another source floods", waitsOf(flooded.marks)),
                ]),
          ],
        },
        notes: [
          seenOf(calm),
          ...(flooded === undefined
            ? []
            : [
                `While the other source floods: ${seenOf(flooded.marks)} It offered ${flooded.offered} events/s, ${rounded(flooded.offered / flooded.stored, 1)} times the ${flooded.stored} events/s of all sources that were stored meanwhile; ${flooded.acknowledged} events/s of it were taken, and it was pushed back ${flooded.pushedBack} times.`,
                `p99 to the alert is ${rounded(quantile(waitsOf(flooded.marks), 0.99) / quantile(waitsOf(calm), 0.99), 2)} times that without.`,
              ]),
        ],
      };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Marks {
  readonly sent: Map<string, number>;
  readonly seen: Map<string, number>;
  readonly acknowledged: number[];
}

const waitsOf = ({ sent, seen }: Marks): number[] => [...seen].map(([host, at]) => at - (sent.get(host) ?? at));

function seenOf({ sent, seen }: Marks): string {
  if (sent.size === seen.size) return `All ${sent.size} marked events raised their alert.`;
  return `${sent.size - seen.size} of ${sent.size} alerts were not seen within ${SEEN_WITHIN_MS / 1000} s; the figures leave them out.`;
}

async function flood(running: BenchServer, seconds: number) {
  const { server, api } = running;
  const other = await createSource(api, "Flood");
  const sender = await startSender({
    url: server.url,
    key: other.key,
    connections: FLOOD_CONNECTIONS,
    batch: FLOOD_BATCH,
    short: true,
  });
  try {
    await sleep(WARM_UP_MS);
    const storedNow = async (): Promise<number> => {
      const { stored } = (await api.get(`/api/sources/${other.id}`)) as { stored: number };
      return stored + (await running.stored());
    };
    const before = { ...sender.counts(), stored: await storedNow(), at: performance.now() };
    const found = await marks(running, { seconds, name: "flooded" });
    const { acknowledged, pushedBack, offered } = sender.counts();
    if (offered === before.offered) throw new Error("the sender of the flood ended before its time");
    const took = (performance.now() - before.at) / 1000;
    return {
      offered: rounded((offered - before.offered) / took),
      stored: rounded(((await storedNow()) - before.stored) / took),
      marks: found,
      acknowledged: rounded((acknowledged - before.acknowledged) / took),
      pushedBack: pushedBack - before.pushedBack,
    };
  } finally {
    await sender.stop();
    sender.kill();
  }
}

async function marks(
  running: BenchServer,
  { seconds, name }: { readonly seconds: number; readonly name: string },
): Promise<Marks> {
  const sent = new Map<string, number>();
  const seen = new Map<string, number>();
  const acknowledged: number[] = [];
  const posts: Promise<void>[] = [];
  const started = performance.now();
  let sending = true;
  const watching = watch(running, { sent, seen, isSending: () => sending });
  for (let n = 0; n * MARK_EVERY_MS < seconds * 1000; n += 1) {
    await sleep(Math.max(0, started + n * MARK_EVERY_MS - performance.now()));
    const host = `latency-${name}-${n}`;
    const at = performance.now();
    sent.set(host, at);
    posts.push(post(running, host).then(() => void acknowledged.push(performance.now() - at)));
  }
  sending = false;
  await Promise.all(posts);
  await watching;
  return { sent, seen, acknowledged };
}

async function watch(
  { api }: BenchServer,
  of: { sent: ReadonlyMap<string, number>; seen: Map<string, number>; isSending: () => boolean },
): Promise<void> {
  const { sent, seen, isSending } = of;
  let until = Number.POSITIVE_INFINITY;
  while (isSending() || (seen.size < sent.size && performance.now() < until)) {
    if (isSending()) until = performance.now() + SEEN_WITHIN_MS;
    const { items } = (await api.get(`/api/alerts?rule=${RULE_ID}&sort=newest&limit=100`)) as {
      items: { entity: { value: string } }[];
    };
    const at = performance.now();
    for (const { entity } of items) if (sent.has(entity.value) && !seen.has(entity.value)) seen.set(entity.value, at);
    await sleep(POLL_MS);
  }
}

async function post({ server, source }: BenchServer, host: string): Promise<void> {
  const time = new Date().toISOString();
  const event = {
    SourceName: "Microsoft-Windows-Sysmon",
    Channel: "Microsoft-Windows-Sysmon/Operational",
    Hostname: host,
    TimeCreated: time,
    EventID: 1,
    ProcessGuid: `{${host}}`,
    Image: "C:\\Program Files\\Probe\\probe.exe",
    CommandLine: `probe.exe ${MARKER}`,
  };
  for (;;) {
    const response = await fetch(`${server.url}/api/ingest/events`, {
      method: "POST",
      headers: { authorization: `Bearer ${source.key}`, "content-type": "application/x-ndjson" },
      body: `${JSON.stringify(event)}\n`,
    });
    const text = await response.text();
    if (response.ok) return;
    if (response.status !== 429 && response.status !== 503) throw new Error(`${response.status}: ${text}`);
    await sleep(Number(response.headers.get("retry-after") ?? 1) * 1000);
  }
}
