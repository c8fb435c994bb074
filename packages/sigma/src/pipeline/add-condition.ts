/**
 * add-condition: one more selection that the rule's condition must, or must not, meet. With `template` its values may name
 * the rule's log source as `$product`, `$category` and `$service`.
 */
import type { Expression } from "../detection.ts";
import { isProblem, isRecord, type ReadProblem, readSelection } from "../load/detection-reader.ts";
import type { RuleSketch } from "../load/rule-reader.ts";
import type { Logsource } from "../rule.ts";
import type { RuleTransformation } from "./pipeline.ts";

export function addCondition(
  sketch: RuleSketch,
  given: Extract<RuleTransformation, { readonly type: "add_condition" }>,
  id: string | undefined,
): RuleSketch | ReadProblem {
  const conditions = given.template ? filledIn(given.conditions, sketch.logsource) : given.conditions;
  const read = readSelection(conditions, []);
  if (isProblem(read)) return { code: "PIPELINE_FAILURE", reason: `add_condition: ${read.reason}`, path: [] };
  const { draft } = sketch;
  let name = given.name ?? `pipeline/${id ?? "condition"}`;
  while (Object.hasOwn(draft.selections, name)) name += "'";
  const added: Expression = { kind: "selection", name };
  const wanted: Expression = given.negated ? { kind: "not", of: added } : added;
  return {
    ...sketch,
    draft: {
      ...draft,
      selections: { ...draft.selections, [name]: read },
      condition: { kind: "and", of: [wanted, draft.condition] },
    },
  };
}

function filledIn(value: unknown, logsource: Logsource): unknown {
  if (typeof value === "string") {
    return value.replace(/\$\{?(product|category|service)\b\}?/g, (_, key: "product" | "category" | "service") => {
      return logsource[key] ?? "";
    });
  }
  if (Array.isArray(value)) return value.map((entry) => filledIn(entry, logsource));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, filledIn(inner, logsource)]));
}
