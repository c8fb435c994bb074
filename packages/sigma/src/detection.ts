/**
 * detection: the meaning of a rule as plain data: items (one field, one test) joined by and, or, not. All modifiers are
 * already applied, so a consumer (matcher, explain, to-sql) only needs to know the eleven kinds of test below.
 */

/** A piece of a pattern: literal text, `*` (any run of characters) or `?` (exactly one character). */
export type PatternPart = string | { readonly wild: "any" | "one" };
export type Pattern = readonly PatternPart[];

export type Comparison = "lt" | "lte" | "gt" | "gte";
export type TimePart = "minute" | "hour" | "day" | "week" | "month" | "year";
export type Placement = "equals" | "contains" | "startswith" | "endswith";

export type Test =
  | { readonly kind: "pattern"; readonly pattern: Pattern; readonly cased: boolean }
  | { readonly kind: "regex"; readonly source: string; readonly flags: string }
  | { readonly kind: "cidr"; readonly network: string }
  | { readonly kind: "compare"; readonly op: Comparison; readonly value: number }
  | { readonly kind: "time"; readonly part: TimePart; readonly op: Comparison | "eq"; readonly value: number }
  | { readonly kind: "fieldref"; readonly other: string; readonly placement: Placement; readonly cased: boolean }
  | { readonly kind: "exists"; readonly wanted: boolean }
  | { readonly kind: "null" };

export interface Item {
  readonly kind: "item";
  /** Undefined: a keyword, searched in the whole event. */
  readonly field: string | undefined;
  readonly test: Test;
  /** The value as the author wrote it, for showing why a rule fired. */
  readonly shown: string;
}

export type Expression =
  | Item
  | { readonly kind: "and"; readonly of: readonly Expression[] }
  | { readonly kind: "or"; readonly of: readonly Expression[] }
  | { readonly kind: "not"; readonly of: Expression }
  | { readonly kind: "selection"; readonly name: string };

/** A Sigma filter laid over the rule: whatever the rule finds and `expression` holds for is hidden by it. */
export interface Exception {
  /** Id of the filter. */
  readonly id: string;
  readonly title: string;
  /** Names in it refer to the detection's `selections`, where the filter's own are `<filter id>/<name>`. */
  readonly expression: Expression;
}

export interface Detection {
  readonly selections: Readonly<Record<string, Expression>>;
  /** The whole meaning, filters included: the conditions joined by OR, and none of the exceptions. */
  readonly condition: Expression;
  /** Only with exceptions: the condition without them. It holds and `condition` does not: a filter hid the event. */
  readonly unfiltered?: Expression | undefined;
  readonly exceptions?: readonly Exception[] | undefined;
}
