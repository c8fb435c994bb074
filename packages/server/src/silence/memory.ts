/** memory: everything learned, by source and by host within it, and what of it is wrong at a moment. Pure but for what it remembers;
 *  its size is bounded, and what found no place is counted. */
import type { SeenFill, SeenLane, SeenSource } from "./seen.ts";
import { addFill, type Fill, newFill } from "./fill.ts";
import { closeHours, hear, type Interval, interrupt, newInterval } from "./interval.ts";
import { addDelays, newSkew, type Skew } from "./skew.ts";
import { addVolume, interruptVolume, newVolume, passTime, type Volume } from "./volume.ts";
import { DAY_MS, UTC_WEEK, type Week } from "./week.ts";

/** A source (`host` is "") or one host within it. */
export interface Lane {
  readonly source: string;
  readonly host: string;
  readonly interval: Interval;
  readonly skew: Skew;
  /** Of a source only. */
  readonly volume: Volume | undefined;
  /** It is silent by the latest judgement: what comes now ends a silence. */
  silent: boolean;
  /** Its volume is down: such hours are not what is usual. */
  down: boolean;
  /** As what it stands in what was found. */
  named: "log" | "host" | null;
  /** When it was heard again after its last silence; 0 before the first. */
  backMs: number;
  changed: boolean;
}

export interface FillLane {
  readonly source: string;
  readonly class: string;
  readonly fill: Fill;
}

export interface BlockSeen {
  readonly sources: readonly SeenSource[];
  readonly lanes: readonly SeenLane[];
  readonly fills: readonly SeenFill[];
}

export interface Memory {
  readonly lanes: ReadonlyMap<string, Lane>;
  readonly fills: ReadonlyMap<string, FillLane>;
  observe(seen: BlockSeen): void;
  /** Takes the hours in that are over; call it now and then, also while nothing comes. */
  pass(ms: number): void;
  /** Nobody could speak, or nobody listened, until now. */
  interrupt(ms: number): void;
  restore(lane: Lane): void;
  restoreFill(fill: FillLane): void;
  /** Lets go of hosts that were not heard for a month. */
  forget(ms: number): Lane[];
  /** Hosts and classes that found no place. */
  readonly dropped: { lanes: number; fills: number };
}

export interface MemoryLimits {
  readonly lanes: number;
  readonly fills: number;
}

export const laneKey = (source: string, host: string): string => `${source}\u0000${host}`;

const LIMITS: MemoryLimits = { lanes: 10_000, fills: 2_000 };
const FORGET_MS = 30 * DAY_MS;

export function createMemory(
  fields: number,
  { limits = LIMITS, week = UTC_WEEK }: { readonly limits?: MemoryLimits; readonly week?: Week } = {},
): Memory {
  const lanes = new Map<string, Lane>();
  const fills = new Map<string, FillLane>();
  const dropped = { lanes: 0, fills: 0 };

  function laneOf(source: string, host: string, ms: number): Lane | undefined {
    const key = laneKey(source, host);
    const known = lanes.get(key);
    if (known !== undefined) return known;
    if (lanes.size >= limits.lanes) {
      dropped.lanes += 1;
      return undefined;
    }
    const lane = newLane({ source, host, week }, ms);
    lanes.set(key, lane);
    return lane;
  }

  function hearLane(lane: Lane | undefined, of: SeenLane): void {
    if (lane === undefined) return;
    hear(lane.interval, of, lane.silent);
    if (lane.silent) {
      lane.backMs = of.firstMs;
      // The hour of a silence is not what is usual, and says nothing about volume.
      if (lane.volume !== undefined) interruptVolume(lane.volume, of.firstMs);
    }
    if (lane.volume !== undefined) {
      const teach = !lane.silent && !lane.down;
      for (const part of spread(of)) addVolume(lane.volume, part, teach);
    }
    addDelays(lane.skew, of.delaysMs, of.lastMs);
    lane.silent = false;
    lane.changed = true;
  }

  return {
    lanes,
    fills,
    dropped,
    observe: (seen) => {
      const whole = new Map<string, SeenLane>();
      for (const lane of seen.lanes) {
        const before = whole.get(lane.source);
        whole.set(lane.source, before === undefined ? lane : joined(before, lane));
        if (lane.host !== "") hearLane(laneOf(lane.source, lane.host, lane.firstMs), lane);
      }
      for (const { source, lastReceivedMs: ms } of seen.sources) {
        const at = { source, host: "", count: 0, firstMs: ms, lastMs: ms, longestMs: 0, delaysMs: [] };
        const of = whole.get(source) ?? at;
        hearLane(laneOf(source, "", of.firstMs), of);
      }
      for (const one of seen.fills) {
        const key = laneKey(one.source, one.class);
        let lane = fills.get(key);
        if (lane === undefined) {
          if (fills.size >= limits.fills) {
            dropped.fills += 1;
            continue;
          }
          lane = { source: one.source, class: one.class, fill: newFill(one.lastMs, fields) };
          fills.set(key, lane);
        }
        addFill(lane.fill, one, one.lastMs);
      }
    },
    pass: (ms) => {
      for (const lane of lanes.values()) {
        closeHours(lane.interval, ms, !lane.silent);
        if (lane.volume !== undefined) passTime(lane.volume, ms, !lane.silent && !lane.down);
      }
    },
    interrupt: (ms) => {
      for (const lane of lanes.values()) {
        interrupt(lane.interval, ms);
        if (lane.volume !== undefined) interruptVolume(lane.volume, ms);
      }
    },
    restore: (lane) => void lanes.set(laneKey(lane.source, lane.host), lane),
    restoreFill: (lane) => void fills.set(laneKey(lane.source, lane.class), lane),
    forget: (ms) => {
      const old = [...lanes].filter(([, lane]) => lane.host !== "" && ms - lane.interval.lastMs > FORGET_MS);
      for (const [key] of old) lanes.delete(key);
      return old.map(([, lane]) => lane);
    },
  };
}

function newLane(
  { source, host, week }: { readonly source: string; readonly host: string; readonly week: Week },
  ms: number,
): Lane {
  return {
    source,
    host,
    interval: newInterval(ms, week),
    skew: newSkew(),
    volume: host === "" ? newVolume(ms, week) : undefined,
    silent: false,
    down: false,
    named: null,
    backMs: 0,
    changed: true,
  };
}

/** The source heard what any of its hosts said. That pauses of one are filled by another is not seen within a block, which is short. */
function joined(a: SeenLane, b: SeenLane): SeenLane {
  return {
    source: a.source,
    host: "",
    count: a.count + b.count,
    firstMs: Math.min(a.firstMs, b.firstMs),
    lastMs: Math.max(a.lastMs, b.lastMs),
    longestMs: Math.min(a.longestMs, b.longestMs),
    delaysMs: a.delaysMs.length >= MOST_DELAYS ? a.delaysMs : [...a.delaysMs, ...b.delaysMs],
  };
}

const MOST_DELAYS = 8;
const STEP_MS = 300_000;

/** A block that was held up belongs to all of its time. */
function spread({ firstMs, lastMs, count }: SeenLane): { ms: number; count: number }[] {
  const parts = Math.min(12, Math.floor((lastMs - firstMs) / STEP_MS) + 1);
  return Array.from({ length: parts }, (_, at) => ({
    ms: parts === 1 ? lastMs : firstMs + ((lastMs - firstMs) * at) / (parts - 1),
    count: count / parts,
  }));
}
