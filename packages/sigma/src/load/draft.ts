/**
 * draft: a detection before it becomes an expression: items still know their list of values, how these are linked and
 * whether they are negated. Filters are merged and pipelines work on this form; `lower` gives it its final shape.
 */
import type { Detection, Exception, Expression, Item, Test } from "../detection.ts";
import { ANY, joinParts } from "../text/wildcards.ts";

export interface DraftValue {
  /** Alternatives: one written value may stand for several (Base64 offsets, dashes, placeholders). */
  readonly tests: readonly Test[];
  readonly shown: string;
  readonly type: "text" | "number" | "boolean" | "null" | "other";
  /** A value with placeholders that nobody has filled in yet; it has no tests. */
  readonly pending?: Pending | undefined;
}

export interface Pending {
  readonly segments: readonly Segment[];
  /** What is applied to the value once it is known. */
  readonly modifiers: readonly string[];
  /** Where it stands in the document. */
  readonly path: readonly (string | number)[];
}

/** Text of a value, or the name of a placeholder in it. */
export type Segment = string | { readonly placeholder: string };

export interface DraftItem {
  readonly kind: "item";
  /** Undefined: keywords. */
  readonly field: string | undefined;
  readonly linking: "and" | "or";
  readonly negated: boolean;
  readonly values: readonly DraftValue[];
  /** A keyword is found anywhere in the message unless the author placed it. */
  readonly placed: boolean;
  /** Ids of the pipeline items that changed it. */
  readonly applied: readonly string[];
}

export interface DraftGroup {
  readonly kind: "and" | "or";
  readonly of: readonly DraftNode[];
}

export type DraftNode = DraftItem | DraftGroup;

export interface DraftException {
  readonly id: string;
  readonly title: string;
  /** What the filter lets through; names refer to the selections of the draft. */
  readonly keeps: Expression;
}

export interface Draft {
  readonly selections: Readonly<Record<string, DraftNode>>;
  readonly condition: Expression;
  readonly exceptions: readonly DraftException[];
}

export function lower(draft: Draft): Detection {
  const selections: Record<string, Expression> = {};
  for (const [name, node] of Object.entries(draft.selections)) selections[name] = lowerNode(node);
  if (draft.exceptions.length === 0) return { selections, condition: draft.condition };
  const exceptions = draft.exceptions.map(
    ({ id, title, keeps }): Exception => ({ id, title, expression: opposite(keeps) }),
  );
  const hidden = exceptions.map(({ expression }): Expression => ({ kind: "not", of: expression }));
  return {
    selections,
    condition: { kind: "and", of: [draft.condition, ...hidden] },
    unfiltered: draft.condition,
    exceptions,
  };
}

export function joinExpressions(kind: "and" | "or", of: readonly Expression[]): Expression {
  return of.length === 1 && of[0] !== undefined ? of[0] : { kind, of };
}

function opposite(expression: Expression): Expression {
  return expression.kind === "not" ? expression.of : { kind: "not", of: expression };
}

function lowerNode(node: DraftNode): Expression {
  return node.kind === "item" ? lowerItem(node) : joinExpressions(node.kind, node.of.map(lowerNode));
}

function lowerItem({ field, linking, negated, values, placed }: DraftItem): Expression {
  const of = values.map(({ tests, shown }) =>
    joinExpressions(
      "or",
      tests.map(
        (test): Item => ({
          kind: "item",
          field,
          test: field === undefined && !placed ? anywhere(test) : test,
          shown,
        }),
      ),
    ),
  );
  const joined = joinExpressions(linking, of);
  return negated ? { kind: "not", of: joined } : joined;
}

export function anywhere(test: Test): Test {
  return test.kind === "pattern" ? { ...test, pattern: joinParts([ANY, ...test.pattern, ANY]) } : test;
}
