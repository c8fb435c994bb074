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

export interface Detection {
  readonly selections: Readonly<Record<string, Expression>>;
  /** The conditions joined by OR; names in it refer to `selections`. */
  readonly condition: Expression;
}
