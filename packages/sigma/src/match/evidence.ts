/**
 * evidence: for a rule that fired, the fields, values and patterns that made it fire. Runs only on a match, so it is
 * written for clarity; negated parts are no evidence.
 */
import type { Expression, Item } from "../detection.ts";
import type { MatchedField, Rule } from "../rule.ts";
import type { EventView } from "./event-view.ts";
import { compilePredicate, foldPattern, type PredicateContext, stringTest } from "./predicates.ts";
import { patternTest, type StringTest } from "../text/pattern-matcher.ts";

const LONGEST_VALUE = 512;

export function evidenceOf(rule: Rule, view: EventView, context: PredicateContext): MatchedField[] {
  const found = new Map<string, MatchedField>();
  collect(rule.detection.condition, "", { view, context, found });
  return [...found.values()];
}

interface Search {
  readonly view: EventView;
  readonly context: PredicateContext;
  readonly found: Map<string, MatchedField>;
}

function collect(expression: Expression, selection: string, search: Search): void {
  if (expression.kind === "not") return;
  if (expression.kind === "item") {
    const shown = evidence(expression, selection, search);
    if (shown !== undefined) search.found.set(`${shown.selection} ${shown.field} ${shown.pattern}`, shown);
    return;
  }
  if (!compilePredicate(expression, search.context)(search.view)) return;
  if (expression.kind === "selection") {
    const inner = search.context.selections[expression.name];
    if (inner !== undefined) collect(inner, expression.name, search);
    return;
  }
  for (const part of expression.of) collect(part, selection, search);
}

function evidence(item: Item, selection: string, { view, context }: Search): MatchedField | undefined {
  if (!compilePredicate(item, context)(view)) return undefined;
  return { field: item.field ?? "message", value: valueOf(item, view, context), pattern: item.shown, selection };
}

/** Of several values, the one that matched. */
function valueOf(item: Item, view: EventView, context: PredicateContext): string {
  const field = item.field === undefined ? undefined : context.fieldNumber(item.field);
  const single = field === undefined ? undefined : view.text(field);
  if (single !== undefined) return single.slice(0, LONGEST_VALUE);
  const texts = field === undefined ? view.keywordTexts() : view.list(field);
  const matches = textTest(item, context);
  return (texts.find(matches) ?? texts[0] ?? "").slice(0, LONGEST_VALUE);
}

function textTest({ test }: Item, context: PredicateContext): StringTest {
  if (test.kind !== "pattern" || test.cased) return stringTest(test, context);
  const matches = patternTest(foldPattern(test.pattern));
  return (text) => matches(text.toLowerCase());
}
