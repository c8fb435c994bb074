/**
 * correlation: the meaning of a correlation rule as plain data (Sigma 2.1, correlation rules). References are resolved to
 * rule ids, aliases to fields and the timespan to milliseconds, so that the correlator needs to know nothing of YAML.
 */
import type { Level } from "./rule.ts";

export type CorrelationType =
  | "event_count"
  | "value_count"
  | "value_sum"
  | "value_avg"
  | "value_median"
  | "value_percentile"
  | "temporal"
  | "temporal_ordered";

export interface Bound {
  readonly op: "gt" | "gte" | "lt" | "lte" | "eq" | "neq";
  readonly value: number;
}

/** Temporal types beyond 2.1: which of the rules must have fired, as pySigma's extended conditions say it. */
export type RuleExpression =
  | { readonly kind: "rule"; readonly id: string }
  | { readonly kind: "and" | "or"; readonly of: readonly RuleExpression[] }
  | { readonly kind: "not"; readonly of: RuleExpression };

export type CorrelationCondition =
  | {
      readonly kind: "bounds";
      /** All must hold. Empty for temporal types without a written condition: every rule must have fired. */
      readonly bounds: readonly Bound[];
      /** What value_* types read; several are counted as one tuple. */
      readonly fields: readonly string[];
      /** 0 to 100, value_percentile only. */
      readonly percentile: number | undefined;
    }
  | { readonly kind: "expression"; readonly expression: RuleExpression };

export interface CorrelationRule {
  readonly id: string;
  readonly name: string | undefined;
  readonly title: string;
  readonly level: Level;
  readonly status: string;
  readonly description: string;
  readonly author: string;
  readonly references: readonly string[];
  readonly tags: readonly string[];
  readonly falsepositives: readonly string[];
  readonly attack: { readonly tactics: readonly string[]; readonly techniques: readonly string[] };
  readonly path: string;
  /** The rule's own YAML document, as written. */
  readonly text: string;
  readonly type: CorrelationType;
  /** Ids of the rules or correlations it is made of, in written order (temporal_ordered follows it). */
  readonly rules: readonly string[];
  readonly groupBy: readonly string[];
  /** Group-by name -> id of a referenced rule -> the field of that rule's events. A name without an entry is itself a field. */
  readonly aliases: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly timespanMs: number;
  readonly condition: CorrelationCondition;
  /** True: the referenced rules raise matches of their own as well. */
  readonly generate: boolean;
}

/** One match of a base rule, as the correlator takes it. `values` holds what some correlation reads of the event. */
export interface CorrelationInput {
  /** Unique and the same on every replay. */
  readonly id: string;
  readonly ruleId: string;
  /** Event time, milliseconds since the epoch. */
  readonly timeMs: number;
  /** Field -> value, already resolved to the fields that correlations name (see `fieldsReadFrom`). */
  readonly values: Readonly<Record<string, string | number>>;
}

/** An episode: windows that satisfy the condition and share inputs. It is reported anew with the same id whenever it has grown. */
export interface CorrelationMatch {
  readonly rule: CorrelationRule;
  /** Made of rule, group and first input: the same on every replay. */
  readonly id: string;
  /** Group-by name -> value. */
  readonly group: Readonly<Record<string, string>>;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Time of the input that completed the first satisfying window: when the match came to be. */
  readonly formedMs: number;
  /** What the condition measured: the count, sum, average, percentile, or number of rules that fired; of several windows
   *  the most extreme. */
  readonly value: number;
  /** Inputs of the episode, exact. */
  readonly count: number;
  /** Ids of contributing inputs, oldest first, bounded. */
  readonly inputs: readonly string[];
  /** Ids of matches reported before that a late input has made part of this one. */
  readonly replaces: readonly string[];
  /** True: what was reported under this id does not hold any more, because a late input changed what it stood on. */
  readonly withdrawn: boolean;
}
