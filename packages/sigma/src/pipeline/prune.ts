/**
 * prune: a draft without what dropped items left empty: groups without members, selections without items, and their places
 * in the condition. Undefined when nothing is left at all.
 */
import type { Expression } from "../detection.ts";
import { type Draft, type DraftNode, joinExpressions } from "../load/draft.ts";

export function withoutEmpty(draft: Draft): Draft | undefined {
  const selections: Record<string, DraftNode> = {};
  for (const [name, node] of Object.entries(draft.selections)) {
    const pruned = prune(node);
    if (pruned !== undefined) selections[name] = pruned;
  }
  const kept = (name: string): boolean => Object.hasOwn(selections, name);
  const condition = pruneExpression(draft.condition, kept);
  if (condition === undefined) return undefined;
  const exceptions = draft.exceptions.flatMap((exception) => {
    const keeps = pruneExpression(exception.keeps, kept);
    return keeps === undefined ? [] : [{ ...exception, keeps }];
  });
  return { selections, condition, exceptions };
}

function prune(node: DraftNode): DraftNode | undefined {
  if (node.kind === "item") return node.values.length === 0 ? undefined : node;
  const of = node.of.map(prune).filter((part) => part !== undefined);
  return of.length === 0 ? undefined : { kind: node.kind, of };
}

function pruneExpression(expression: Expression, kept: (name: string) => boolean): Expression | undefined {
  switch (expression.kind) {
    case "item":
      return expression;
    case "selection":
      return kept(expression.name) ? expression : undefined;
    case "not": {
      const of = pruneExpression(expression.of, kept);
      return of === undefined ? undefined : { kind: "not", of };
    }
    default: {
      const of = expression.of.map((part) => pruneExpression(part, kept)).filter((part) => part !== undefined);
      return of.length === 0 ? undefined : joinExpressions(expression.kind, of);
    }
  }
}
