/** rule-load: what an ingest worker needs to match with: all rule texts and exceptions, what they are linked with, the states of rules that are not live, and
 *  when exceptions end. Plain data, sent whole: a worker swaps from one load to the next between two blocks. */
import type { LinkTexts } from "./link-files.ts";
import type { RuleText } from "./rule-files.ts";

export interface RuleLoad {
  /** Changes with anything below. */
  readonly version: string;
  /** In order of precedence: of two documents with one id the first is in force. */
  readonly files: readonly RuleText[];
  /** Pipelines and placeholder lists, as texts: a worker reads them as the main thread did. */
  readonly links: LinkTexts;
  /** Rules in draft or off: not matched. */
  readonly off: readonly string[];
  /** Rules in test: matched and counted, without alerts. */
  readonly test: readonly string[];
  /** Exceptions that end: from that time on, in milliseconds since the epoch, they hide nothing. */
  readonly exceptions: readonly { readonly id: string; readonly expiresMs: number }[];
}
