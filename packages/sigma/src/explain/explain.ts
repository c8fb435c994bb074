/**
 * explain: for one rule and one event, each part of the condition with the value that decided it, and whether the event
 * reached the rule at all. Follows the rule as written, one item after the other; a test holds its verdict equal to the engine's.
 */
import type { Detection, Expression } from "../detection.ts";
import type { Rule, SigmaEvent } from "../rule.ts";
import type { Explanation, ExplainedNode } from "./explanation.ts";
import { createItemJudge, type JudgeItem } from "./item-judge.ts";
import { traceRouting } from "./routing-trace.ts";

/** @param options.routing false: the condition alone decides, as with an engine compiled without routing. */
export function explain(rule: Rule, event: SigmaEvent, options: { readonly routing?: boolean } = {}): Explanation {
  const { routing, fields, aliases } = traceRouting(rule, event, options.routing ?? true);
  // An event may reach a rule in several ways that differ in the names of the fields; one that matches is enough.
  const conditions = aliases.map((names) => judgeCondition(rule.detection, createItemJudge(event, fields, names)));
  const condition = conditions.find(({ node }) => node.holds) ?? conditions[0];
  if (condition === undefined) throw new RangeError("a rule has at least one way to be judged");
  return {
    rule: { id: rule.id, title: rule.title },
    matched: routing.routed && condition.node.holds && condition.runs,
    routing,
    condition: decide(condition.node, true),
  };
}

interface JudgedCondition {
  readonly node: ExplainedNode;
  /** False when some test of the rule cannot be made: the engine leaves out the whole rule. */
  readonly runs: boolean;
}

function judgeCondition({ selections, condition, exceptions = [] }: Detection, judgeItem: JudgeItem): JudgedCondition {
  const known = new Map<string, ExplainedNode>();
  let runs = true;
  const judge = (expression: Expression): ExplainedNode => {
    switch (expression.kind) {
      case "item": {
        const item = judgeItem(expression);
        if (item.cannotRun !== undefined) runs = false;
        return item;
      }
      case "not": {
        const of = judge(expression.of);
        return { kind: "not", holds: !of.holds, decided: false, of };
      }
      case "selection": {
        const before = known.get(expression.name);
        if (before !== undefined) return before;
        const inner = Object.hasOwn(selections, expression.name) ? selections[expression.name] : undefined;
        const of: ExplainedNode =
          inner === undefined ? { kind: "or", holds: false, decided: false, of: [] } : judge(inner);
        const filter = exceptions.find(({ id }) => expression.name.startsWith(`${id}/`))?.title;
        const named = {
          kind: "selection",
          name: expression.name,
          ...(filter === undefined ? {} : { filter }),
        } as const;
        const node: ExplainedNode = { ...named, holds: of.holds, decided: false, of };
        known.set(expression.name, node);
        return node;
      }
      case "and":
      case "or": {
        const of = expression.of.map(judge);
        const holds = expression.kind === "and" ? of.every((part) => part.holds) : of.some((part) => part.holds);
        return { kind: expression.kind, holds, decided: false, of };
      }
    }
  };
  const node = judge(condition);
  return { node, runs };
}

/** Marks what the result rests on: of an "and" that fails, the parts that fail; of an "or" that holds, those that hold. */
function decide(node: ExplainedNode, decided: boolean): ExplainedNode {
  switch (node.kind) {
    case "item":
      return { ...node, decided };
    case "not":
    case "selection":
      return { ...node, decided, of: decide(node.of, decided) };
    case "and":
    case "or": {
      const resting = node.holds === (node.kind === "or");
      return {
        ...node,
        decided,
        of: node.of.map((part) => decide(part, decided && (!resting || part.holds === node.holds))),
      };
    }
  }
}
