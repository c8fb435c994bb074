/** rule-load: what an ingest worker needs to match with: all rule texts, the states of rules that are not live, and the exceptions.
 *  Plain data, sent whole: a worker swaps from one load to the next between two blocks. */
import type { RuleText } from "./rule-files.ts";

export interface RuleLoad {
  /** Changes with anything below. */
  readonly version: string;
  /** In order of precedence: of two rules with one id the first is in force. */
  readonly files: readonly RuleText[];
  /** Rules in draft or off: not matched. */
  readonly off: readonly string[];
  /** Rules in test: matched and counted, without alerts. */
  readonly test: readonly string[];
  readonly exceptions: readonly ExceptionLoad[];
}

export interface ExceptionLoad {
  readonly id: string;
  /** The filter document. */
  readonly text: string;
  /** From this time on it hides nothing, milliseconds since the epoch; null: never. */
  readonly expiresMs: number | null;
}
