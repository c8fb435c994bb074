/** group: what sliding and settled groups have in common, the shape in which a group is written down, and the counters. */
import type { CorrelationMatch } from "../correlation.ts";
import type { Announced } from "./episode.ts";
import type { Plan } from "./plan.ts";
import type { Row, WindowLog } from "./window-log.ts";

/** [time, id, what is read], or [time, id, null]: the input was taken back. */
export type RowState = readonly [number, string, (string | number | null)?];

/** A group without its rows: small, and written down anew whenever the group changes. */
export interface GroupMeta {
  readonly shown: Readonly<Record<string, string>>;
  readonly maxMs: number;
  /** Number of rows, counted from the last; rows before them are forgotten. */
  readonly rows: number;
  /** Sequence number of the first of them. */
  readonly first: number;
  /** Inputs before this time are too late. */
  readonly frozenMs: number | null;
  /** Sliding: the episode as of the last row before that time. */
  readonly base: EpisodeState | null;
  /** Settled: end of the last window that was judged. */
  readonly closedMs: number | null;
  readonly announced: readonly Announced[];
}

export interface EpisodeState {
  readonly firstSeq: number;
  readonly firstMs: number;
  readonly firstId: string;
  readonly formedMs: number;
  readonly lastSeq: number;
  readonly lastMs: number;
  readonly count: number;
  readonly value: number;
}

/** A group as it is written down whole. */
export interface GroupState {
  readonly ruleId: string;
  /** Of the rule's meaning: the state is of use only as long as it is the same. */
  readonly fingerprint: string;
  readonly key: string;
  readonly meta: GroupMeta;
  readonly rows: readonly RowState[];
}

/** What changed in a group since the last time. */
export interface GroupChange {
  readonly ruleId: string;
  readonly fingerprint: string;
  readonly key: string;
  /** Null: the group is gone. */
  readonly meta: GroupMeta | null;
  /** In the order of arrival. */
  readonly added: readonly RowState[];
  /** Rows before this time are not needed any more. */
  readonly neededFromMs: number;
}

export interface CorrelatorStats {
  /** Groups held now. */
  readonly groups: number;
  /** Inputs held now, over all groups. */
  readonly inputs: number;
  /** Bound hit: groups given up because there were more than `maxGroups`. */
  readonly evicted: number;
  /** Bound hit: inputs that came later than `latenessMs` and were left out. */
  readonly late: number;
  /** Bound hit: inputs that left a window early because their group had more than `maxPerGroup`. */
  readonly capped: number;
  /** Inputs without a field that the rule groups by or counts. */
  readonly incomplete: number;
  /** Inputs whose value should be a number and is none. */
  readonly unreadable: number;
  /** Matches that a late input took back. */
  readonly withdrawn: number;
}

export type Counters = { -readonly [K in keyof CorrelatorStats]: CorrelatorStats[K] };

export interface Bounds {
  readonly maxPerGroup: number;
}

/** Told of every match that is new, has changed, or does not hold any more. */
export type Report = (group: Group, news: News) => void;

export interface News {
  readonly match: CorrelationMatch;
  /** The match as it was reported before, under this id or those it replaces. */
  readonly before: readonly Announced[];
}

export interface GroupOptions {
  readonly plan: Plan;
  readonly key: string;
  readonly shown: Readonly<Record<string, string>>;
  readonly bounds: Bounds;
  readonly counters: Counters;
}

export interface Group {
  readonly plan: Plan;
  readonly key: string;
  readonly shown: Readonly<Record<string, string>>;
  readonly log: WindowLog;
  /** False: too late, and counted. */
  add(row: Row): boolean;
  /** Takes an input back that `add` has taken. */
  remove(timeMs: number, id: string): boolean;
  /** Brings everything up to date after a batch and reports. */
  flush(report: Report): void;
  /** Nothing more will come. */
  close(report: Report): void;
  meta(): GroupMeta;
  neededFromMs(): number;
  /** Before anything else is done with a fresh group. */
  restore(meta: GroupMeta, rows: readonly Row[]): void;
  /** Place in the list of the plan's groups, least recently fed first. */
  older: Group | undefined;
  newer: Group | undefined;
  fedMs: number;
  /** In the list of groups that this batch has changed. */
  touched: boolean;
  /** Since the last `changes`; only where somebody asks for them. */
  added: RowState[] | undefined;
}

export const INPUTS_SHOWN = 100;

export function extreme(plan: Plan, a: number, b: number): number {
  return plan.downward ? Math.min(a, b) : Math.max(a, b);
}
