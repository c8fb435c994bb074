/**
 * storm: 100,000 alerts of three causes in 60 seconds with five unrelated attacks among them, against triage on the embedded
 * state store: what they end as, whether every signal is counted, and how long a page of the queue takes meanwhile and after.
 * `npm run bench -- storm [--events n] [--seconds n]`
 */
import { setTimeout as sleep } from "node:timers/promises";
import { triageRoutes } from "@holdfast/contracts/triage";
import type { Signal } from "../packages/server/src/detect/index.ts";
import { openArea } from "../packages/server/src/triage/area.testing.ts";
import { signalOf } from "../packages/server/src/triage/signals.testing.ts";
import { attacks, storm } from "../packages/server/src/triage/storm.testing.ts";
import { type Result, rounded } from "./result.ts";

export interface StormBenchOptions {
  /** Alerts of the storm. */
  readonly events?: number;
  /** Within which they come. */
  readonly seconds?: number;
}

const BLOCK = 2_500;
const ATTACKS = 5;
const PAGE_EVERY_MS = 250;

export async function runStorm(options: StormBenchOptions = {}): Promise<Result> {
  const size = options.events ?? 100_000;
  const seconds = options.seconds ?? 60;
  const area = await openArea();
  try {
    const all = [...storm(size), ...attacks(ATTACKS)].sort((a, b) => a.timeMs - b.timeMs);
    // The first block also pays for empty tables: it is not part of the storm.
    await area.apply([signalOf({ n: 999_999, minute: 0, rule: "before", host: "before" })]);
    const pages: number[] = [];
    let over = false;
    const reading = readPages(area, pages, () => over);
    const began = performance.now();
    const blocks = await pour(area, { all, seconds });
    const tookMs = performance.now() - began;
    over = true;
    await reading;
    const after: number[] = [];
    for (let round = 0; round < 40; round += 1) after.push(await timedPage(area, round));
    const incidents = await area.incidents({ limit: "1000" });
    const open = await area.list({ state: "new,acknowledged", limit: "1" });
    const signals = incidents.reduce((sum, incident) => sum + incident.signals, 0);
    const apart = incidents.filter(({ wave, alerts }) => wave === null && alerts === 2).length;
    return {
      name: "storm",
      how: [
        `${all.length} signals in blocks of ${BLOCK}, paced over ${seconds} s, while a reader asks for a page of the queue every ${PAGE_EVERY_MS} ms.`,
        "Embedded PostgreSQL, one process; matching and the event store are not part of it.",
      ],
      tables: {
        storm: [
          {
            alerts: (open.total ?? 0) - 1,
            signals: all.length,
            took_s: rounded(tookMs / 1000),
            incidents: incidents.length,
            waves: incidents.filter(({ wave }) => wave !== null).length,
            attacks_apart: apart,
            signals_in_incidents: signals,
            lost: all.length - signals,
          },
        ],
        time: [
          { what: "block", ...spread(blocks) },
          { what: "queue page during the storm", ...spread(pages) },
          { what: "queue page after it", ...spread(after) },
        ],
      },
    };
  } finally {
    await area.close();
  }
}

type Area = Awaited<ReturnType<typeof openArea>>;

async function pour(
  area: Area,
  work: { readonly all: readonly Signal[]; readonly seconds: number },
): Promise<number[]> {
  const { all, seconds } = work;
  const began = performance.now();
  const times: number[] = [];
  for (let at = 0; at < all.length; at += BLOCK) {
    const due = began + (at / all.length) * seconds * 1000;
    const early = due - performance.now();
    if (early > 0) await sleep(early);
    const started = performance.now();
    await area.apply(all.slice(at, at + BLOCK));
    times.push(performance.now() - started);
  }
  return times;
}

async function readPages(area: Area, times: number[], isOver: () => boolean): Promise<void> {
  for (let round = 0; !isOver(); round += 1) {
    times.push(await timedPage(area, round));
    await sleep(PAGE_EVERY_MS);
  }
}

/** In turn the queue as it opens, newest first, what is grave, and the page after the first. */
async function timedPage(area: Area, round: number): Promise<number> {
  const open = { state: "new,acknowledged", limit: "200" };
  const queries = [
    open,
    { ...open, sort: "newest" },
    { ...open, severity: "high,critical" },
    { ...open, incident: "none" },
  ];
  const query = triageRoutes.listAlerts.query.parse(queries[round % queries.length] ?? open);
  const started = performance.now();
  await area.triage.routes.listAlerts({ params: {}, query, body: {} }, area.nora);
  return performance.now() - started;
}

function spread(times: readonly number[]) {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): number => rounded(sorted[Math.floor((sorted.length - 1) * share)] ?? 0);
  return { n: sorted.length, p50_ms: at(0.5), p95_ms: at(0.95), most_ms: at(1) };
}
