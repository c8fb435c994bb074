/** shown: a rule's detection as one line of text, for tests that compare what loading made of it. */
import type { Expression, Test } from "../detection.ts";
import type { Rule } from "../rule.ts";
import { patternText } from "../text/wildcards.ts";

export function shownRule({ detection, logsource }: Rule): string {
  const shown = show(detection.condition, detection.selections);
  const { product, category, service } = logsource;
  const source = product === "windows" ? "" : ` [${product ?? ""}/${category ?? ""}/${service ?? ""}]`;
  return shown.replace(/^\((.*)\)$/, (whole: string, inner: string) => (isBalanced(inner) ? inner : whole)) + source;
}

function show(expression: Expression, selections: Readonly<Record<string, Expression>>): string {
  switch (expression.kind) {
    case "item":
      return `${expression.field ?? "message"}${shownTest(expression.test)}`;
    case "not":
      return `not(${show(expression.of, selections).replace(/^\((.*)\)$/, "$1")})`;
    case "selection": {
      const selection = selections[expression.name];
      return selection === undefined ? "nothing" : show(selection, selections);
    }
    default:
      return `(${expression.of.map((part) => show(part, selections)).join(` ${expression.kind} `)})`;
  }
}

function shownTest(test: Test): string {
  switch (test.kind) {
    case "pattern":
      return `=${patternText(test.pattern)}`;
    case "regex":
      return `~/${test.source}/${test.flags}`;
    case "fieldref":
      return ` ${test.placement} field ${test.other}`;
    case "null":
      return " is null";
    default:
      return ` ${JSON.stringify(test)}`;
  }
}

/** No parenthesis of the outside is closed inside. */
function isBalanced(text: string): boolean {
  let depth = 0;
  for (const c of text) {
    depth += c === "(" ? 1 : c === ")" ? -1 : 0;
    if (depth < 0) return false;
  }
  return true;
}
