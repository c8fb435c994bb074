/**
 * map-correlation: what a correlation reads (group-by, aliases, measured fields) under the names that pipelines give it.
 * Conditions on the log source hold when one of the rules it is made of has it.
 */
import type { CorrelationRule } from "../correlation.ts";
import type { ReadProblem } from "../load/detection-reader.ts";
import type { Logsource } from "../rule.ts";
import { failure, isFieldTransformation } from "./apply.ts";
import { newRun, ruleHolds, type Subject } from "./conditions.ts";
import { renameField } from "./fields.ts";
import type { Pipeline, PipelineItem } from "./pipeline.ts";

export function mapCorrelation(
  rule: CorrelationRule,
  pipelines: readonly Pipeline[],
  seen: { readonly logsources: readonly Logsource[]; readonly attributes: Readonly<Record<string, unknown>> },
): CorrelationRule | ReadProblem {
  const run = newRun();
  const subject: Subject = { kind: "correlation", nodes: [], tags: rule.tags, ...seen };
  let current = rule;
  const runAll = (items: readonly PipelineItem[]): ReadProblem | undefined => {
    for (const item of items) {
      if (!ruleHolds(item, subject, run)) continue;
      const { transformation } = item;
      if (transformation.type === "rule_failure") return failure(transformation.message);
      if (transformation.type === "set_state") run.state.set(transformation.key, transformation.val);
      if (transformation.type === "nest") {
        const problem = runAll(transformation.items);
        if (problem !== undefined) return problem;
      }
      if (isFieldTransformation(transformation)) {
        const renamed = renameCorrelation(current, (field) => renameField(item, transformation, { field, run }));
        if ("code" in renamed) return renamed;
        current = renamed;
      }
      if (item.id !== undefined) run.appliedToRule.add(item.id);
    }
    return undefined;
  };
  for (const { name, items } of pipelines) {
    const problem = runAll(items);
    if (problem !== undefined) return { ...problem, reason: `pipeline "${name}": ${problem.reason}` };
  }
  return current;
}

function renameCorrelation(
  rule: CorrelationRule,
  rename: (field: string) => readonly string[],
): CorrelationRule | ReadProblem {
  let several: string | undefined;
  const one = (field: string): string => {
    const [name = field, other] = rename(field);
    if (other !== undefined) several ??= field;
    return name;
  };
  const aliases = Object.fromEntries(
    Object.entries(rule.aliases).map(([alias, fields]) => [
      alias,
      Object.fromEntries(Object.entries(fields).map(([id, field]) => [id, one(field)])),
    ]),
  );
  const { condition } = rule;
  const renamed: CorrelationRule = {
    ...rule,
    aliases,
    groupBy: rule.groupBy.flatMap((name) => (Object.hasOwn(rule.aliases, name) ? [name] : rename(name))),
    condition: condition.kind === "bounds" ? { ...condition, fields: condition.fields.map(one) } : condition,
  };
  return several === undefined
    ? renamed
    : failure(`it gives "${several}" several names, which an alias or a measured field cannot have: map it to one`);
}
