/**
 * condition-reader: the three sets of conditions of a pipeline item, with their linking, negation and expression. A kind
 * of condition that is not known takes the pipeline out: applying it everywhere could change what rules mean.
 */
import { isRecord, type Path, type ReadProblem } from "../load/detection-reader.ts";
import { namesIn, parseRuleExpression, type UnresolvedExpression } from "../load/rule-expression.ts";
import { regexSearch } from "../text/regex.ts";
import { type Attributes, attributesOf } from "./attributes.ts";
import type { ConditionSet, FieldCondition, ItemCondition, Relation, RuleCondition } from "./pipeline.ts";

const RELATIONS: readonly Relation[] = ["eq", "ne", "gt", "gte", "lt", "lte"];

export interface ConditionKeys {
  readonly conditions: string;
  /** Before `_cond_op`, `_cond_not` and `_cond_expr`. */
  readonly prefix: string;
}

type Read<C> = (type: string, attributes: Attributes) => C | undefined;

export function readConditions<C>(
  raw: Readonly<Record<string, unknown>>,
  keys: ConditionKeys & { readonly path: Path },
  read: Read<C>,
): ConditionSet<C> | ReadProblem {
  const written = raw[keys.conditions] ?? [];
  const listPath = [...keys.path, keys.conditions];
  if (!Array.isArray(written) && !isRecord(written)) {
    return {
      code: "PIPELINE_INVALID",
      reason: `"${keys.conditions}" is a list or a map of conditions`,
      path: listPath,
    };
  }
  const conditions: [string, C][] = [];
  for (const [key, entry] of Object.entries(written)) {
    const path = [...listPath, Array.isArray(written) ? Number(key) : key];
    if (!isRecord(entry)) return { code: "PIPELINE_INVALID", reason: "a condition is a map with a type", path };
    const attributes = attributesOf(entry, path);
    const type = attributes.text("type");
    const made = read(type, attributes);
    if (made === undefined) {
      attributes.fail("PIPELINE_CONDITION", "type", `there is no condition "${type}" in ${keys.conditions}`);
    }
    attributes.rejectUnread(() => false);
    const problem = attributes.problem();
    if (problem !== undefined) return problem;
    if (made !== undefined) conditions.push([key, made]);
  }
  return withLinking(raw, keys, Object.fromEntries(conditions));
}

function withLinking<C>(
  raw: Readonly<Record<string, unknown>>,
  keys: ConditionKeys & { readonly path: Path },
  conditions: Readonly<Record<string, C>>,
): ConditionSet<C> | ReadProblem {
  const own = attributesOf(raw, keys.path);
  const linking = own.choice(`${keys.prefix}_cond_op`, ["and", "or"], "and");
  const negated = own.flag(`${keys.prefix}_cond_not`);
  const key = `${keys.prefix}_cond_expr`;
  let expression: UnresolvedExpression | undefined;
  if (own.has(key)) {
    const parsed = parseRuleExpression(own.text(key));
    if (!parsed.ok) own.fail("PIPELINE_INVALID", key, `${key}: ${parsed.reason}`);
    else {
      expression = parsed.expression;
      const unknown = namesIn(expression).find((name) => !Object.hasOwn(conditions, name));
      if (unknown !== undefined) own.fail("PIPELINE_INVALID", key, `${key}: there is no condition named "${unknown}"`);
    }
  }
  return own.problem() ?? { conditions, linking, negated, expression };
}

export function ruleCondition(type: string, attributes: Attributes): RuleCondition | undefined {
  switch (type) {
    case "logsource":
      return { type, logsource: logsourceIn(attributes) };
    case "contains_detection_item":
      return { type, field: attributes.text("field"), value: attributes.scalar("value") };
    case "contains_field":
      return { type, field: attributes.text("field") };
    case "is_sigma_rule":
    case "is_sigma_correlation_rule":
      return { type };
    case "rule_attribute":
      return {
        type,
        attribute: attributes.text("attribute"),
        value: attributes.scalar("value"),
        op: attributes.choice("op", [...RELATIONS, "in", "not_in"], "eq"),
      };
    case "tag":
      return { type, tag: attributes.text("tag") };
    default:
      return anywhere(type, attributes);
  }
}

export function itemCondition(type: string, attributes: Attributes): ItemCondition | undefined {
  const cond = (): "any" | "all" => attributes.choice("cond", ["any", "all"]);
  switch (type) {
    case "match_string": {
      const pattern = attributes.text("pattern");
      checkRegex(pattern, "pattern", attributes);
      return { type, cond: cond(), pattern, negate: attributes.flag("negate") };
    }
    case "match_value":
      return { type, cond: cond(), value: attributes.scalar("value") };
    case "contains_wildcard":
    case "is_null":
      return { type, cond: cond() };
    default:
      return anywhere(type, attributes);
  }
}

export function fieldCondition(type: string, attributes: Attributes): FieldCondition | undefined {
  if (type !== "include_fields" && type !== "exclude_fields") return anywhere(type, attributes);
  const fields = attributes.texts("fields");
  const mode = attributes.choice("mode", ["plain", "re"], "plain");
  if (mode === "re") for (const field of fields) checkRegex(field, "fields", attributes);
  return { type, fields, mode };
}

/** The two conditions that every set knows. */
function anywhere(
  type: string,
  attributes: Attributes,
): Extract<RuleCondition, { type: "processing_state" | "processing_item_applied" }> | undefined {
  if (type === "processing_item_applied") return { type, id: attributes.text("processing_item_id") };
  if (type !== "processing_state") return undefined;
  return {
    type,
    key: attributes.text("key"),
    val: attributes.scalar("val"),
    op: attributes.choice("op", RELATIONS, "eq"),
  };
}

export function logsourceIn(attributes: Attributes): { product?: string; category?: string; service?: string } {
  const logsource: { product?: string; category?: string; service?: string } = {};
  for (const key of ["product", "category", "service"] as const) {
    if (attributes.has(key)) logsource[key] = attributes.text(key).toLowerCase();
  }
  return logsource;
}

export function checkRegex(source: string, key: string, attributes: Attributes): void {
  const made = regexSearch(source);
  if ("reason" in made) attributes.fail("PIPELINE_INVALID", key, `the regular expression ${source}: ${made.reason}`);
}
