/** lanes: who spoke in a block and how: per source and host the arrivals and how late they were, per source and class which fields
 *  a sample of its events has. For whoever watches for silence. Bounded: a sender that invents hosts fills its block's list and no more. */
import { classNameOf } from "@holdfast/ocsf";
import type { EventColumns } from "@holdfast/sdk";

export interface SeenLane {
  readonly source: string;
  /** As written; "" where the event names none. */
  readonly host: string;
  readonly count: number;
  /** Times of arrival. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** Longest time between two of them. */
  readonly longestMs: number;
  /** From the event's own time to its arrival, of a few. */
  readonly delaysMs: readonly number[];
}

export interface SeenFill {
  readonly source: string;
  readonly class: string;
  readonly sampled: number;
  /** By `FILL_FIELDS`. */
  readonly filled: readonly number[];
  readonly lastMs: number;
}

/** What was received of a source, whatever became of it. */
export interface SeenSource {
  readonly source: string;
  readonly lastReceivedMs: number;
}

/** Columns whose loss blinds rules. Their order is kept in what was learned: new ones go to the end. */
export const FILL_FIELDS = [
  "event_code",
  "host",
  "user",
  "user_domain",
  "target_user",
  "src_ip",
  "src_port",
  "dst_ip",
  "dst_port",
  "peer_host",
  "process_path",
  "process_cmd",
  "parent_path",
  "parent_cmd",
  "file_path",
  "reg_path",
  "reg_value",
  "sha256",
  "md5",
  "domain",
  "url",
  "http_method",
  "http_status",
  "object",
  "session",
] as const satisfies readonly (keyof EventColumns)[];

export interface LaneLog {
  add(of: {
    readonly source: string;
    readonly receivedMs: number;
    readonly columns: EventColumns;
    /** Its time is its own. */
    readonly timed: boolean;
    readonly unclassified: boolean;
  }): void;
  result(): { readonly lanes: readonly SeenLane[]; readonly fills: readonly SeenFill[]; readonly lanesDropped: number };
}

export function createLaneLog(): LaneLog {
  const lanes = new Map<string, Map<string, WritableLane>>();
  const fills = new Map<string, Map<number, WritableFill>>();
  let [count, dropped] = [0, 0];

  function laneOf(source: string, host: string, ms: number): WritableLane | undefined {
    let hosts = lanes.get(source);
    if (hosts === undefined) lanes.set(source, (hosts = new Map()));
    let lane = hosts.get(host);
    if (lane === undefined) {
      if (count >= MOST_LANES) {
        dropped += 1;
        return undefined;
      }
      count += 1;
      lane = { source, host, count: 0, firstMs: ms, lastMs: ms, longestMs: 0, delaysMs: [] };
      hosts.set(host, lane);
    }
    return lane;
  }

  function sample(source: string, columns: EventColumns, ms: number): void {
    let classes = fills.get(source);
    if (classes === undefined) fills.set(source, (classes = new Map()));
    let fill = classes.get(columns.class_uid);
    if (fill === undefined) {
      if (classes.size >= MOST_CLASSES) return;
      const filled = new Array<number>(FILL_FIELDS.length).fill(0);
      fill = { source, class: classNameOf(columns.class_uid), seen: 0, sampled: 0, filled, lastMs: ms };
      classes.set(columns.class_uid, fill);
    }
    fill.seen += 1;
    if (fill.seen > ALL_OF && fill.seen % EVERY !== 0) return;
    fill.sampled += 1;
    fill.lastMs = ms;
    for (let at = 0; at < FILL_FIELDS.length; at += 1) {
      const value = columns[FILL_FIELDS[at] as (typeof FILL_FIELDS)[number]];
      if (value !== "" && value !== 0) fill.filled[at] = (fill.filled[at] ?? 0) + 1;
    }
  }

  return {
    add: ({ source, receivedMs, columns, timed, unclassified }) => {
      const host = columns.host.length > LONGEST || columns.host === "-" ? "" : columns.host;
      const lane = laneOf(source, host, receivedMs);
      if (lane !== undefined) {
        lane.count += 1;
        if (receivedMs > lane.lastMs) {
          lane.longestMs = Math.max(lane.longestMs, receivedMs - lane.lastMs);
          lane.lastMs = receivedMs;
        } else if (receivedMs < lane.firstMs) lane.firstMs = receivedMs;
        if (timed && lane.delaysMs.length < MOST_DELAYS) lane.delaysMs.push(receivedMs - columns.time_ms);
      }
      if (!unclassified) sample(source, columns, receivedMs);
    },
    result: () => ({
      lanes: [...lanes.values()].flatMap((hosts) => [...hosts.values()]),
      fills: [...fills.values()].flatMap((classes) => [...classes.values()].map(({ seen: _, ...fill }) => fill)),
      lanesDropped: dropped,
    }),
  };
}

const MOST_LANES = 2_000;
const MOST_CLASSES = 16;
const MOST_DELAYS = 8;
const LONGEST = 255;
/** The first of a block, and then one of so many. */
const ALL_OF = 4;
const EVERY = 16;

type WritableLane = { -readonly [K in keyof SeenLane]: K extends "delaysMs" ? number[] : SeenLane[K] };
type WritableFill = { -readonly [K in keyof SeenFill]: K extends "filled" ? number[] : SeenFill[K] } & { seen: number };
