/**
 * evidence: for a rule that fired, the fields, values and patterns that made it fire; negated parts are no evidence. Each
 * part of a rule is compiled once: some rules fire on every event of a channel.
 */
import type { Expression, Item } from "../detection.ts";
import type { MatchedField, Rule } from "../rule.ts";
import type { EventView } from "./event-view.ts";
import { compilePredicate, foldPattern, type Predicate, type PredicateContext, stringTest } from "./predicates.ts";
import { patternTest, type StringTest } from "../text/pattern-matcher.ts";

const LONGEST_VALUE = 512;

export type Evidence = (view: EventView) => MatchedField[];

export function createEvidence(rule: Rule, context: PredicateContext): Evidence {
  const predicates = new Map<Expression, Predicate>();
  const texts = new Map<Item, StringTest>();
  const holds = (expression: Expression, view: EventView): boolean => {
    const predicate = predicates.get(expression) ?? compilePredicate(expression, context);
    predicates.set(expression, predicate);
    return predicate(view);
  };
  const textOf = (item: Item): StringTest => {
    const test = texts.get(item) ?? textTest(item, context);
    texts.set(item, test);
    return test;
  };
  return (view) => {
    const found = new Map<string, MatchedField>();
    collect(rule.detection.condition, "", { view, context, holds, textOf, found });
    return [...found.values()];
  };
}

interface Search {
  readonly view: EventView;
  readonly context: PredicateContext;
  readonly holds: (expression: Expression, view: EventView) => boolean;
  readonly textOf: (item: Item) => StringTest;
  readonly found: Map<string, MatchedField>;
}

function collect(expression: Expression, selection: string, search: Search): void {
  if (expression.kind === "not") return;
  if (expression.kind === "item") {
    const shown = evidence(expression, selection, search);
    if (shown !== undefined) search.found.set(`${shown.selection} ${shown.field} ${shown.pattern}`, shown);
    return;
  }
  if (!search.holds(expression, search.view)) return;
  if (expression.kind === "selection") {
    const inner = search.context.selections[expression.name];
    if (inner !== undefined) collect(inner, expression.name, search);
    return;
  }
  for (const part of expression.of) collect(part, selection, search);
}

function evidence(item: Item, selection: string, search: Search): MatchedField | undefined {
  if (!search.holds(item, search.view)) return undefined;
  return { field: item.field ?? "message", value: valueOf(item, search), pattern: item.shown, selection };
}

/** Of several values, the one that matched. */
function valueOf(item: Item, { view, context, textOf }: Search): string {
  const field = item.field === undefined ? undefined : context.fieldNumber(item.field);
  const single = field === undefined ? undefined : view.text(field);
  if (single !== undefined) return single.slice(0, LONGEST_VALUE);
  const texts = field === undefined ? view.keywordTexts() : view.list(field);
  return (texts.find(textOf(item)) ?? texts[0] ?? "").slice(0, LONGEST_VALUE);
}

function textTest({ test }: Item, context: PredicateContext): StringTest {
  if (test.kind !== "pattern" || test.cased) return stringTest(test, context);
  const matches = patternTest(foldPattern(test.pattern));
  return (text) => matches(text.toLowerCase());
}
