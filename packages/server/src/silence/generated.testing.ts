/** generated.testing: five weeks of a floor with eight sources, seeded: busy and quiet ones, office hours, nightly runs, bursts, batches,
 *  a slow holiday; and in the last two weeks known faults. What is found is compared with what was done: precision and recall by kind. */
import { FILL_FIELDS, type SeenLane } from "../ingest/index.ts";
import { judge, type Condition, type ConditionKind } from "./judge.ts";
import { createMemory } from "./memory.ts";
import { HOUR_MS } from "./week.ts";

export type FaultKind = "source stopped" | "log stopped" | "host down" | "volume drop" | "field loss" | "clock skew";

export interface Score {
  readonly kind: FaultKind;
  readonly faults: number;
  readonly noticed: number;
  readonly alarms: number;
  readonly right: number;
  /** Silences that the drop of volume of the same source explains: true, but not what happened. */
  readonly ofDrops: number;
  /** Of those noticed, how many within twice what was learned (or the floor). */
  readonly inTime: number;
}

export interface Run {
  readonly scores: readonly Score[];
  /** Alarms that no fault explains, and faults that nobody noticed, in words. */
  readonly wrong: readonly string[];
  readonly lanes: number;
  readonly records: number;
}

interface Feed {
  readonly id: string;
  readonly hosts: readonly string[];
  /** Records a second of one host at a moment. */
  readonly rate: (at: Moment, host: number) => number;
  /** Comes in bundles, this far apart. */
  readonly bundleMs?: number;
  /** Every so often, with little jitter, instead of by chance. */
  readonly beatMs?: number;
  readonly delayMs: number;
  readonly office?: boolean;
}

interface Moment {
  readonly ms: number;
  /** Hour of the day, with its fraction, and day of the week from Monday. */
  readonly hour: number;
  readonly day: number;
}

interface Fault {
  readonly kind: FaultKind;
  readonly source: string;
  readonly host: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly size: number;
  noticedMs?: number;
  late?: boolean;
}

const TICK_MS = 30_000;
/** Judged each minute. */
const EVERY = 2;
const START = Date.UTC(2026, 8, 7);
const LEARNING_DAYS = 21;
const DAYS = 35;
/** A Wednesday. */
const HOLIDAY = 23;

const wave = (hour: number): number => 1 + 0.5 * Math.sin(((hour - 9) / 24) * 2 * Math.PI);
const inOffice = ({ hour, day }: Moment): boolean => day < 5 && hour >= 8 && hour < 18;
const names = (stem: string, count: number): string[] => Array.from({ length: count }, (_, at) => `${stem}-${at + 1}`);

const WEB = names("web", 5);
const FEEDS: readonly Feed[] = [
  { id: "auth", hosts: WEB, rate: ({ hour }) => 0.08 * wave(hour), delayMs: 1_500 },
  { id: "audit", hosts: WEB, rate: ({ hour }) => 0.15 * wave(hour), delayMs: 800 },
  { id: "desks", hosts: names("pc", 6), rate: (at) => (inOffice(at) ? 0.05 : 0), delayMs: 2_000, office: true },
  { id: "beats", hosts: names("db", 4), rate: () => 0, beatMs: 60_000, delayMs: 500 },
  { id: "dbaudit", hosts: names("db", 4), rate: ({ hour }) => 0.03 * wave(hour), delayMs: 900 },
  { id: "batch", hosts: names("gw", 2), rate: () => 0.7, bundleMs: 300_000, delayMs: 150_000 },
  { id: "rare", hosts: names("bak", 2), rate: () => 1 / 10_800, delayMs: 1_000 },
  { id: "nightly", hosts: names("job", 2), rate: ({ hour }) => (hour >= 2 && hour < 3 ? 0.5 : 0), delayMs: 1_000 },
];

export function runGenerated(seed: number): Run {
  const random = generator(seed);
  const faults = plan(random);
  const memory = createMemory(FILL_FIELDS.length);
  const sources = new Map(FEEDS.map(({ id }) => [id, { name: id, watched: true, enabled: true }]));
  const open = new Map<string, { condition: Condition; fromMs: number }>();
  const alarms: { condition: Condition; fromMs: number; fault: Fault | undefined }[] = [];
  let records = 0;
  let tick = 0;
  for (let ms = START; ms < START + DAYS * 24 * HOUR_MS; ms += TICK_MS) {
    tick += 1;
    const lanes = FEEDS.flatMap((feed) => speak(feed, { ms, faults, random }));
    records += lanes.reduce((sum, { count }) => sum + count, 0);
    memory.observe({
      lanes,
      sources: [...new Set(lanes.map(({ source }) => source))].map((source) => ({
        source,
        lastReceivedMs: ms + TICK_MS - 1,
      })),
      fills: [...Map.groupBy(lanes, ({ source }) => source)].map(([source, of]) =>
        fillOf(source, { of, ms, faults, random }),
      ),
    });
    const now = ms + TICK_MS;
    if (tick % 120 === 0) memory.pass(now);
    if (tick % EVERY !== 0) continue;
    if (ms < START + LEARNING_DAYS * 24 * HOUR_MS) continue;
    const found = judge(memory, { ms: now, fromMs: START, source: (id) => sources.get(id) });
    const keys = new Set(found.map(({ key }) => key));
    for (const key of open.keys()) if (!keys.has(key)) open.delete(key);
    for (const condition of found) {
      if (open.has(condition.key)) continue;
      open.set(condition.key, { condition, fromMs: now });
      const fault =
        faults.find((one) => explains(one, condition, now)) ?? faults.find((one) => isPartOf(one, condition, now));
      if (fault !== undefined && fault.noticedMs === undefined && fault.kind === kindOf(condition)) {
        fault.noticedMs = now;
        const { pause } = condition;
        fault.late =
          pause !== undefined && pause.ms > Math.max(60_000 + EVERY * TICK_MS, 2 * pause.learnedMs + EVERY * TICK_MS);
      }
      alarms.push({ condition, fromMs: now, fault });
    }
  }
  return {
    scores: KINDS.map((kind) => scoreOf(kind, { faults, alarms })),
    wrong: mistakes(faults, alarms),
    lanes: memory.lanes.size,
    records,
  };
}

const KINDS: readonly FaultKind[] = [
  "source stopped",
  "log stopped",
  "host down",
  "volume drop",
  "field loss",
  "clock skew",
];

const KIND_OF: Readonly<Record<FaultKind, readonly [ConditionKind, Condition["reach"] | undefined]>> = {
  "source stopped": ["silence", "source"],
  "log stopped": ["silence", "log"],
  "host down": ["silence", "host"],
  "volume drop": ["volume", undefined],
  "field loss": ["field-loss", undefined],
  "clock skew": ["skew", undefined],
};

const kindOf = ({ kind, reach }: Condition): FaultKind =>
  KINDS.find((one) => KIND_OF[one][0] === kind && (KIND_OF[one][1] ?? reach) === reach) ?? "source stopped";

/** It is of its kind and place, and while the fault lasts or just after. */
function explains(fault: Fault, condition: Condition, now: number): boolean {
  if (kindOf(condition) !== fault.kind) return false;
  if (now < fault.fromMs || now > fault.toMs + HOUR_MS) return false;
  if (fault.kind !== "host down" && condition.source !== fault.source) return false;
  return fault.host === "" || condition.host === fault.host;
}

function isPartOf(drop: Fault, { kind, source }: Condition, now: number): boolean {
  return kind === "silence" && drop.kind === "volume drop" && drop.source === source && during(drop, now);
}

function scoreOf(
  kind: FaultKind,
  of: { faults: readonly Fault[]; alarms: readonly { condition: Condition; fault: Fault | undefined }[] },
): Score {
  const faults = of.faults.filter((fault) => fault.kind === kind);
  const alarms = of.alarms.filter(({ condition }) => kindOf(condition) === kind);
  const noticed = faults.filter(({ noticedMs }) => noticedMs !== undefined);
  return {
    kind,
    faults: faults.length,
    noticed: noticed.length,
    alarms: alarms.length,
    right: alarms.filter(({ fault }) => fault?.kind === kind).length,
    ofDrops: alarms.filter(({ fault }) => fault !== undefined && fault.kind !== kind).length,
    inTime: noticed.filter(({ late }) => late !== true).length,
  };
}

function mistakes(
  faults: readonly Fault[],
  alarms: readonly { condition: Condition; fromMs: number; fault: Fault | undefined }[],
): string[] {
  const at = (ms: number): string => new Date(ms).toISOString().slice(0, 16);
  return [
    ...alarms
      .filter(({ fault }) => fault === undefined)
      .map(({ condition, fromMs }) => `${at(fromMs)} wrong: ${condition.key}: ${condition.sentence}`),
    ...faults
      .filter(({ noticedMs }) => noticedMs === undefined)
      .map((fault) => `missed: ${fault.kind} ${fault.source} ${fault.host} ${at(fault.fromMs)} to ${at(fault.toMs)}`),
  ];
}

function plan(random: () => number): Fault[] {
  const faults: Fault[] = [];
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const add = (kind: FaultKind, of: { feeds: readonly string[]; hours: number; size?: () => number }): void => {
    for (let tries = 0; tries < 200; tries += 1) {
      const feed = feedOf(pick(of.feeds));
      const day = LEARNING_DAYS + Math.floor(random() * (DAYS - LEARNING_DAYS - 1));
      const hour = feed.office === true ? 9 + random() * 4 : random() * 18;
      if (day === HOLIDAY || (feed.office === true && day % 7 >= 5)) continue;
      const fromMs = START + (day * 24 + hour) * HOUR_MS;
      const toMs = fromMs + of.hours * HOUR_MS;
      const host = kind === "source stopped" || kind === "volume drop" || kind === "field loss" ? "" : pick(feed.hosts);
      const near = (one: Fault): boolean => fromMs < one.toMs + 14 * HOUR_MS && toMs + 14 * HOUR_MS > one.fromMs;
      const shares = (one: Fault): boolean =>
        one.source === feed.id ||
        feed.hosts.some((name) => name === one.host) ||
        feedOf(one.source).hosts.some((name) => feed.hosts.includes(name));
      if (faults.some((one) => near(one) && shares(one))) continue;
      faults.push({ kind, source: feed.id, host, fromMs, toMs, size: of.size?.() ?? 0 });
      return;
    }
  };
  const often = ["auth", "audit", "desks", "beats", "dbaudit"];
  for (let n = 0; n < 8; n += 1) {
    add("source stopped", { feeds: ["auth", "audit", "desks", "beats", "dbaudit", "batch"], hours: 3 });
    add("log stopped", { feeds: ["auth", "audit", "beats", "dbaudit"], hours: 3 });
    add("host down", { feeds: often, hours: 3 });
    add("volume drop", {
      feeds: ["auth", "audit", "desks", "batch", "dbaudit"],
      hours: 4,
      size: () => 0.1 + random() * 0.2,
    });
    add("field loss", { feeds: ["auth", "audit", "dbaudit", "batch"], hours: 4, size: () => random() * 0.2 });
    add("clock skew", {
      feeds: ["auth", "audit", "dbaudit", "batch"],
      hours: 5,
      size: () => (random() < 0.5 ? -1 : 1) * (400 + random() * 7_000),
    });
  }
  return faults;
}

const feedOf = (id: string): Feed => FEEDS.find((feed) => feed.id === id) as Feed;

const during = (fault: Fault, ms: number): boolean => ms >= fault.fromMs && ms < fault.toMs;

function speak(
  feed: Feed,
  at: { readonly ms: number; readonly faults: readonly Fault[]; readonly random: () => number },
): SeenLane[] {
  const { ms, random } = at;
  const sinceStart = ms - START;
  const day = Math.floor(sinceStart / (24 * HOUR_MS));
  const moment = { ms, hour: (sinceStart % (24 * HOUR_MS)) / HOUR_MS, day: day % 7 };
  const active = at.faults.filter((fault) => during(fault, ms));
  const slow = day === HOLIDAY && feed.beatMs === undefined ? 0.4 : 1;
  return feed.hosts.flatMap((host, index): SeenLane[] => {
    let rate = feed.rate(moment, index) * slow;
    // Now and then one has a lot to say.
    if (feed.id === "audit" && Math.floor(sinceStart / 900_000 + index * 7) % 53 === 0) rate *= 12;
    let delay = feed.delayMs;
    for (const fault of active) {
      if (fault.kind === "host down" && fault.host === host) return [];
      if (fault.source !== feed.id) continue;
      if (fault.kind === "source stopped" || (fault.kind === "log stopped" && fault.host === host)) return [];
      if (fault.kind === "volume drop") rate *= fault.size;
      if (fault.kind === "clock skew" && fault.host === host) delay += fault.size * 1000;
    }
    const times = timesOf(feed, { rate, ms, index, random });
    const [first, last] = [times[0], times.at(-1)];
    if (first === undefined || last === undefined) return [];
    const longestMs = times.reduce((most, time, n) => Math.max(most, n === 0 ? 0 : time - (times[n - 1] ?? time)), 0);
    const delaysMs = times.slice(0, 8).map(() => delay + random() * feed.delayMs);
    return [{ source: feed.id, host, count: times.length, firstMs: first, lastMs: last, longestMs, delaysMs }];
  });
}

function timesOf(feed: Feed, of: { rate: number; ms: number; index: number; random: () => number }): number[] {
  const { rate, ms, index, random } = of;
  if (feed.beatMs !== undefined) {
    const due = Math.ceil(ms / feed.beatMs) * feed.beatMs + index * 3_000 + Math.floor(random() * 1_000);
    return due >= ms && due < ms + TICK_MS ? [due] : [];
  }
  const { bundleMs } = feed;
  if (bundleMs !== undefined) {
    if (Math.floor(ms / bundleMs) === Math.floor((ms - TICK_MS) / bundleMs)) return [];
    const count = chance((rate * bundleMs) / 1000, random);
    return count === 0 ? [] : Array.from({ length: Math.min(count, 300) }, (_, n) => ms + n);
  }
  return Array.from(
    { length: chance((rate * TICK_MS) / 1000, random) },
    () => ms + Math.floor(random() * TICK_MS),
  ).sort((a, b) => a - b);
}

function fillOf(
  source: string,
  of: { of: readonly SeenLane[]; ms: number; faults: readonly Fault[]; random: () => number },
) {
  const sampled = Math.min(
    12,
    of.of.reduce((sum, { count }) => sum + count, 0),
  );
  const fault = of.faults.find((one) => one.kind === "field loss" && one.source === source && during(one, of.ms));
  const { hour } = { hour: ((of.ms - START) % (24 * HOUR_MS)) / HOUR_MS };
  // Addresses are in fewer events by night; some fields are rare at all times.
  const shares: Partial<Record<(typeof FILL_FIELDS)[number], number>> = {
    host: 1,
    user: 0.95,
    src_ip: hour < 6 ? 0.6 : 0.9,
    process_cmd: 0.2,
  };
  const filled = FILL_FIELDS.map((field) => {
    const share = (shares[field] ?? 0) * (fault !== undefined && field === "user" ? fault.size : 1);
    let count = 0;
    for (let n = 0; n < sampled; n += 1) if (of.random() < share) count += 1;
    return count;
  });
  return { source, class: "authentication", sampled, filled, lastMs: of.ms + TICK_MS - 1 };
}

/** How many come when so many are expected (Poisson). */
function chance(expected: number, random: () => number): number {
  if (expected <= 0) return 0;
  if (expected > 50)
    return Math.max(0, Math.round(expected + Math.sqrt(expected) * (random() + random() + random() - 1.5) * 2));
  const limit = Math.exp(-expected);
  let count = 0;
  for (let product = random(); product > limit; product *= random()) count += 1;
  return count;
}

function generator(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
