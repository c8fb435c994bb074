/**
 * rule: the plain-data shapes of this package: what goes in (rule files, events) and what comes out (rules, problems,
 * matches). Everything here survives a structured clone, so rules can be parsed once and sent to workers.
 */
import type { Detection } from "./detection.ts";

export interface RuleFile {
  readonly path: string;
  readonly text: string;
}

export interface RuleProblem {
  readonly path: string;
  /** 1-based; 1 when the problem concerns the whole document. */
  readonly line: number;
  readonly column: number;
  readonly code: string;
  readonly message: string;
}

export type Level = "informational" | "low" | "medium" | "high" | "critical";

export interface Logsource {
  readonly product?: string | undefined;
  readonly category?: string | undefined;
  readonly service?: string | undefined;
}

export interface Rule {
  readonly id: string;
  /** What correlations and filters may call it instead of its id. */
  readonly name?: string | undefined;
  readonly title: string;
  readonly level: Level;
  readonly status: string;
  readonly description: string;
  readonly author: string;
  readonly references: readonly string[];
  readonly tags: readonly string[];
  readonly falsepositives: readonly string[];
  readonly fields: readonly string[];
  readonly logsource: Logsource;
  readonly detection: Detection;
  readonly path: string;
  /** The rule's own YAML document, as written. */
  readonly text: string;
  /** Every field name the detection reads, sorted. */
  readonly reads: readonly string[];
  readonly attack: { readonly tactics: readonly string[]; readonly techniques: readonly string[] };
  /** False when no route of this package feeds the rule's log source: it is loaded but cannot fire by routing. */
  readonly fed: boolean;
  /** Ids of the filters laid over the rule; see `detection.exceptions`. Absent when there are none. */
  readonly filters?: readonly string[] | undefined;
}

/** A Sigma filter document and the rules it is in force for. */
export interface FilterRule {
  readonly id: string;
  readonly name: string | undefined;
  readonly title: string;
  readonly description: string;
  readonly author: string;
  readonly logsource: Logsource;
  /** Ids of the rules it was laid over. */
  readonly rules: readonly string[];
  readonly path: string;
  /** The filter's own YAML document, as written. */
  readonly text: string;
}

export interface SigmaEvent {
  /** Flat record with the product's own field names; dotted names also reach into nested objects. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly logsource?: Logsource | undefined;
  /** The whole message, for keyword searches; without it keywords search every string value. */
  readonly text?: string | undefined;
  /**
   * UTF-8 of `text`, or, without a text, of the JSON that `fields` was read from. Keywords, which cost most of the time, are
   * then looked for in one pass over the bytes; the matches are the same. Only read within the call.
   */
  readonly bytes?: Uint8Array | undefined;
}

export interface MatchedField {
  readonly field: string;
  readonly value: string;
  readonly pattern: string;
  readonly selection: string;
}

export interface Match {
  readonly rule: Rule;
  readonly fields: ReadonlyArray<MatchedField>;
}

/** A rule that found an event and was kept quiet by filters. */
export interface HiddenMatch {
  readonly rule: Rule;
  /** Ids of the filters that hid it. */
  readonly filters: readonly string[];
}
