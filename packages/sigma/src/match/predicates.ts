/**
 * predicates: rule expressions to closures over an event view. Alternatives on one field are tested together, so a list
 * of fifty values fetches its field once.
 */
import type { Comparison, Expression, Item, Pattern, Test } from "../detection.ts";
import { cidrTest } from "../text/cidr.ts";
import { timePart } from "../text/instant.ts";
import { containsAny } from "../index/contains-any.ts";
import { patternTest, type StringTest } from "../text/pattern-matcher.ts";
import { containedText, plainText } from "../text/wildcards.ts";
import type { EventView } from "./event-view.ts";

export type Predicate = (view: EventView) => boolean;

export interface PredicateContext {
  readonly selections: Readonly<Record<string, Expression>>;
  readonly fieldNumber: (name: string) => number;
  /** Undefined when the regular expression is not supported: such a rule is refused before it gets here. */
  readonly regex: (source: string, flags: string) => StringTest | undefined;
}

export function compilePredicate(expression: Expression, context: PredicateContext): Predicate {
  switch (expression.kind) {
    case "item":
      return compileItem(expression, context);
    case "not": {
      const inner = compilePredicate(expression.of, context);
      return (view) => !inner(view);
    }
    case "selection": {
      const selection = context.selections[expression.name];
      return selection === undefined ? () => false : compilePredicate(selection, context);
    }
    case "and":
      return every(expression.of.map((part) => compilePredicate(part, context)));
    case "or":
      return some(alternatives(expression.of, context));
  }
}

export function foldPattern(pattern: Pattern): Pattern {
  return pattern.map((part) => (typeof part === "string" ? part.toLowerCase() : part));
}

function every(parts: readonly Predicate[]): Predicate {
  const [a, b, c] = parts;
  if (parts.length === 2 && a && b) return (view) => a(view) && b(view);
  if (parts.length === 3 && a && b && c) return (view) => a(view) && b(view) && c(view);
  return (view) => {
    for (const part of parts) if (!part(view)) return false;
    return true;
  };
}

function some(parts: readonly Predicate[]): Predicate {
  const [a, b] = parts;
  if (parts.length === 1 && a) return a;
  if (parts.length === 2 && a && b) return (view) => a(view) || b(view);
  return (view) => {
    for (const part of parts) if (part(view)) return true;
    return false;
  };
}

/** Gathers the caseless patterns on one field; everything else is compiled by itself. */
function alternatives(of: readonly Expression[], context: PredicateContext): Predicate[] {
  const patterns = new Map<string, Pattern[]>();
  const others: Predicate[] = [];
  for (const part of flatten(of)) {
    if (part.kind === "item" && part.field !== undefined && part.test.kind === "pattern" && !part.test.cased) {
      const list = patterns.get(part.field) ?? [];
      list.push(foldPattern(part.test.pattern));
      patterns.set(part.field, list);
    } else {
      others.push(compilePredicate(part, context));
    }
  }
  const grouped = [...patterns].map(([field, list]) => onFolded(context.fieldNumber(field), anyPattern(list)));
  return [...grouped, ...others];
}

/** Alternatives of alternatives are alternatives. */
export function flatten(of: readonly Expression[]): Expression[] {
  return of.flatMap((part) => (part.kind === "or" ? flatten(part.of) : [part]));
}

/** The patterns must be folded, and so must the text. */
export function anyPattern(patterns: readonly Pattern[]): StringTest {
  const exact = new Set<string>();
  const inside: string[] = [];
  const tests: StringTest[] = [];
  for (const pattern of patterns) {
    const plain = plainText(pattern);
    const contained = containedText(pattern);
    if (plain !== undefined) exact.add(plain);
    else if (contained !== undefined) inside.push(contained);
    else tests.push(patternTest(pattern));
  }
  if (inside.length > 0) tests.push(containsAny(inside));
  const only = tests[0];
  if (tests.length === 0) return (text) => exact.has(text);
  if (tests.length === 1 && exact.size === 0 && only) return only;
  return (text) => {
    if (exact.size > 0 && exact.has(text)) return true;
    for (const test of tests) if (test(text)) return true;
    return false;
  };
}

function compileItem(item: Item, context: PredicateContext): Predicate {
  const { test } = item;
  if (item.field === undefined) return keyword(test, context);
  const field = context.fieldNumber(item.field);
  switch (test.kind) {
    case "null":
      return (view) => view.raw(field) === undefined || view.raw(field) === null;
    case "exists":
      return (view) => (view.raw(field) !== undefined) === test.wanted;
    case "fieldref":
      return fieldReference(field, context.fieldNumber(test.other), test);
    case "pattern":
      if (!test.cased) return onFolded(field, patternTest(foldPattern(test.pattern)));
      return onText(field, stringTest(test, context));
    default:
      return onText(field, stringTest(test, context));
  }
}

function keyword(test: Test, context: PredicateContext): Predicate {
  if (test.kind === "pattern" && !test.cased) {
    const matches = patternTest(foldPattern(test.pattern));
    return (view) => view.foldedKeywordTexts().some(matches);
  }
  const matches = stringTest(test, context);
  return (view) => view.keywordTexts().some(matches);
}

/** The test on one text, case kept. */
export function stringTest(test: Test, context: Pick<PredicateContext, "regex">): StringTest {
  switch (test.kind) {
    case "pattern":
      return patternTest(test.pattern);
    case "regex":
      return context.regex(test.source, test.flags) ?? (() => false);
    case "cidr":
      return cidrTest(test.network) ?? (() => false);
    case "compare":
      return (text) => text.trim() !== "" && compare(Number(text), test.op, test.value);
    case "time":
      return (text) => {
        const value = timePart(text, test.part);
        return value !== undefined && compare(value, test.op, test.value);
      };
    default:
      return () => false;
  }
}

function compare(left: number, op: Comparison | "eq", right: number): boolean {
  switch (op) {
    case "eq":
      return left === right;
    case "lt":
      return left < right;
    case "lte":
      return left <= right;
    case "gt":
      return left > right;
    case "gte":
      return left >= right;
  }
}

function fieldReference(left: number, right: number, test: Extract<Test, { kind: "fieldref" }>): Predicate {
  const fold = (text: string): string => (test.cased ? text : text.toLowerCase());
  return (view) => {
    const others = textsOf(view, right).map(fold);
    return (
      others.length > 0 && textsOf(view, left).some((text) => others.some((other) => placed(fold(text), other, test)))
    );
  };
}

function placed(text: string, other: string, test: Extract<Test, { kind: "fieldref" }>): boolean {
  switch (test.placement) {
    case "equals":
      return text === other;
    case "contains":
      return text.includes(other);
    case "startswith":
      return text.startsWith(other);
    case "endswith":
      return text.endsWith(other);
  }
}

function textsOf(view: EventView, field: number): readonly string[] {
  const text = view.text(field);
  return text === undefined ? view.list(field) : [text];
}

function onFolded(field: number, test: StringTest): Predicate {
  return (view) => {
    const text = view.folded(field);
    if (text !== undefined) return test(text);
    const list = view.list(field);
    return list.length > 0 && list.some((entry) => test(entry.toLowerCase()));
  };
}

function onText(field: number, test: StringTest): Predicate {
  return (view) => {
    const text = view.text(field);
    if (text !== undefined) return test(text);
    const list = view.list(field);
    return list.length > 0 && list.some(test);
  };
}
