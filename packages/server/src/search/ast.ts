/** ast: the shape of a parsed query. Every node knows where it stood, so that later errors can point at it. */

export interface Span {
  readonly at: number;
  readonly length: number;
}

export type Value =
  /** A word or phrase; `wild` when it holds unescaped * or ? (only words can). */
  | (Span & { readonly kind: "text"; readonly text: string; readonly wild: boolean; readonly quoted: boolean })
  | (Span & {
      readonly kind: "range";
      readonly from: string | null;
      readonly to: string | null;
      readonly fromIncluded: boolean;
      readonly toIncluded: boolean;
    })
  | (Span & { readonly kind: "compare"; readonly operator: ">" | ">=" | "<" | "<="; readonly text: string })
  /** `field:*`: the field has a value. */
  | (Span & { readonly kind: "exists" });

export type Filter =
  | (Span & { readonly kind: "and" | "or"; readonly parts: readonly Filter[] })
  | (Span & { readonly kind: "not"; readonly part: Filter })
  /** `field` null: the whole raw text. */
  | (Span & { readonly kind: "match"; readonly field: FieldName | null; readonly value: Value });

export interface FieldName extends Span {
  readonly name: string;
}

export interface Aggregate extends Span {
  readonly call: "count" | "sum" | "avg" | "min" | "max" | "dc" | "values" | "median" | "p" | "first" | "last";
  readonly field: FieldName | null;
  /** For `p95`: 95. */
  readonly percentile: number;
  readonly as: string;
}

export type Pipe =
  | (Span & { readonly kind: "stats"; readonly aggregates: readonly Aggregate[]; readonly by: readonly FieldName[] })
  | (Span & {
      readonly kind: "timechart";
      readonly aggregate: Aggregate;
      readonly by: FieldName | null;
      readonly spanSeconds: number | null;
      readonly limit: number;
    })
  | (Span & { readonly kind: "top" | "rare"; readonly fields: readonly FieldName[]; readonly limit: number })
  | (Span & { readonly kind: "fields"; readonly fields: readonly FieldName[]; readonly exclude: boolean })
  | (Span & {
      readonly kind: "sort";
      readonly keys: readonly { readonly field: FieldName; readonly descending: boolean }[];
    })
  | (Span & { readonly kind: "limit"; readonly rows: number })
  | (Span & { readonly kind: "where"; readonly filter: Filter });

export type MetricCall = "rate" | "increase" | "avg" | "min" | "max" | "sum" | "last" | "count" | "p";

/** `metric name …`: what the pipes stand on instead of events. */
export interface MetricClause extends Span {
  readonly name: FieldName;
  readonly filter: Filter | null;
  /** Null: what fits the kind of the metric. */
  readonly call: MetricCall | null;
  /** For `p95`: 95. */
  readonly percentile: number;
  readonly by: readonly FieldName[];
  readonly spanSeconds: number | null;
  /** Series that are shown, the largest first. */
  readonly limit: number;
}

export interface Query {
  /** Null: the query is about events. */
  readonly metric: MetricClause | null;
  readonly filter: Filter | null;
  readonly pipes: readonly Pipe[];
}
