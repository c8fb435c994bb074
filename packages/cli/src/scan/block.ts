/** block: what the reading thread hands to a matching thread, and what comes back. A block holds whole records in a few MiB of
 *  bytes, so memory follows the number of blocks under way and never the size of a file. Plain data: it crosses threads. */
import type { Logsource, MatchedField, Rule, RuleProblem } from "@holdfast/sigma";

export type BlockKind =
  /** Whole lines, one record each. */
  | "lines"
  /** Records one after the other; `ends` says where each ends. */
  | "records"
  /** The header of an event log and some of its chunks. */
  | "evtx";

export interface Block {
  readonly kind: BlockKind;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly ends?: Uint32Array<ArrayBuffer>;
  /** The number of each record, where it is not simply the next one (lines of a CSV with line breaks in its values). */
  readonly numbers?: Float64Array<ArrayBuffer>;
  /** Offset of the first byte in the file, for what is said about damage. */
  readonly offset: number;
  /** Stands in for the time of records that have none, milliseconds. */
  readonly receivedMs: number;
}

/** What every matching thread is told once. */
export interface MatchOptions {
  /** Only matches in this range of event time, milliseconds. */
  readonly sinceMs: number;
  readonly untilMs: number;
  /** Event fields that go along with each match: all of them, or these. */
  readonly carry: "all" | readonly string[];
  /** Rule id -> fields whose values go along, for correlations. */
  readonly reads: Readonly<Record<string, readonly string[]>>;
  readonly slack: boolean;
  /** Of events that no parser knows the log source of. */
  readonly logsource: Logsource | undefined;
}

/** One rule on one record. */
export interface BlockMatch {
  /** Index into the rules. */
  readonly rule: number;
  readonly timeMs: number;
  /** The rest of the time below a millisecond, nanoseconds. */
  readonly timeNs: number;
  /** False: the file's time stands in for the record's. */
  readonly timed: boolean;
  readonly host: string;
  readonly user: string;
  readonly channel: string;
  readonly eventCode: string;
  /** EventRecordID of an event log, line of a row; else counted from 0 at the beginning of the block. */
  readonly record: number | string;
  /** The record's number is its own and does not depend on what stands before the block. */
  readonly numbered: boolean;
  /** The record was found in slack space. */
  readonly slack: boolean;
  readonly fields: readonly MatchedField[];
  readonly event: Readonly<Record<string, unknown>> | undefined;
  readonly values: Readonly<Record<string, string | number>> | undefined;
}

export interface BlockProblem {
  readonly message: string;
}

export interface BlockResult {
  readonly records: number;
  /** Lines or records by which numbering goes on behind this block. */
  readonly counted: number;
  readonly matches: readonly BlockMatch[];
  readonly problems: readonly BlockProblem[];
}

export type ToScanWorker =
  | { readonly kind: "rules"; readonly rules: readonly Rule[]; readonly options: MatchOptions }
  | { readonly kind: "block"; readonly id: number; readonly block: Block };

export type FromScanWorker =
  | { readonly kind: "ready"; readonly problems: readonly RuleProblem[] }
  | { readonly kind: "result"; readonly id: number; readonly result: BlockResult };
