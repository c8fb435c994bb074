/** writer: what every format of a scan's result is: it takes matches one by one and the outcome at the end. */
import type { RuleProblem } from "@holdfast/sigma";
import type { InputError } from "../scan.ts";
import type { ScanMatch, ScanRule } from "../scan-match.ts";
import type { Tally } from "../tally.ts";

export interface ScanOutcome {
  readonly files: number;
  readonly records: number;
  readonly bytes: number;
  readonly rulesLoaded: number;
  /** Rules that could not be loaded, each with its place and reason. */
  readonly rulesSkipped: readonly RuleProblem[];
  readonly rulesFiltered: number;
  /** Rules whose log source nothing feeds. */
  readonly rulesUnfed: readonly ScanRule[];
  readonly errors: readonly InputError[];
  readonly moreErrors: number;
  readonly tally: Tally;
  readonly startedMs: number;
  readonly elapsedMs: number;
  readonly workers: number;
  readonly interrupted: boolean;
  /** The command's own words, for the head of a report. */
  readonly paths: readonly string[];
  readonly rulePaths: readonly string[];
  readonly version: string;
  /** Bounds that were hit, as sentences. */
  readonly notes: readonly string[];
}

export interface ResultWriter {
  /** In the order of time, or as they come for formats that stream. */
  match(match: ScanMatch): Promise<void> | void;
  end(outcome: ScanOutcome): Promise<void>;
}

/** Where the text goes: waits while the other side does not read. */
export type Write = (text: string) => Promise<void>;
