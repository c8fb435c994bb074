/**
 * conditions: do the conditions of a pipeline item hold for a rule, a detection item or a field name? What was applied
 * before and the state that items set is kept in the run, one per rule.
 */
import type { DraftItem, DraftNode, DraftValue } from "../load/draft.ts";
import { holds } from "../load/rule-expression.ts";
import type { Logsource } from "../rule.ts";
import { regexSearch } from "../text/regex.ts";
import type {
  ConditionSet,
  FieldCondition,
  ItemCondition,
  PipelineItem,
  Relation,
  RuleCondition,
  Scalar,
} from "./pipeline.ts";
import { writtenAs } from "./values.ts";

/** What conditions see of a rule. */
export interface Subject {
  readonly kind: "rule" | "correlation";
  /** Of a correlation: those of all rules it is made of. */
  readonly logsources: readonly Logsource[];
  readonly nodes: readonly DraftNode[];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly tags: readonly string[];
}

/** What happened to the rule so far. */
export interface Run {
  readonly appliedToRule: Set<string>;
  readonly appliedToField: Map<string, Set<string>>;
  readonly state: Map<string, Scalar>;
  /** Field names that some mapping made. */
  readonly mapped: Set<string>;
}

export function newRun(): Run {
  return { appliedToRule: new Set(), appliedToField: new Map(), state: new Map(), mapped: new Set() };
}

export function ruleHolds(item: PipelineItem, subject: Subject, run: Run): boolean {
  return holdsAll(item.rule, (condition) => ruleCondition(condition, subject, run));
}

export function itemHolds(item: PipelineItem, draft: DraftItem, run: Run): boolean {
  return (
    holdsAll(item.item, (condition) => itemCondition(condition, draft, run)) &&
    holdsAll(item.field, (condition) =>
      condition.type === "processing_item_applied"
        ? draft.applied.includes(condition.id)
        : namesOf(draft).some((name) => fieldCondition(condition, name, run)),
    )
  );
}

export function fieldHolds(item: PipelineItem, name: string | undefined, run: Run): boolean {
  return holdsAll(item.field, (condition) => fieldCondition(condition, name, run));
}

function holdsAll<C>(set: ConditionSet<C>, isTrue: (condition: C) => boolean): boolean {
  const entries = Object.entries(set.conditions);
  if (entries.length === 0) return true;
  const { expression } = set;
  const result =
    expression === undefined
      ? entries[set.linking === "and" ? "every" : "some"](([, condition]) => isTrue(condition))
      : holds(expression, (name) => entries.some(([key, condition]) => key === name && isTrue(condition)));
  return result !== set.negated;
}

/** The item's own field, and those that its values refer to. */
function namesOf({ field, values }: DraftItem): (string | undefined)[] {
  const others = values.flatMap(({ tests }) => tests.flatMap((test) => (test.kind === "fieldref" ? [test.other] : [])));
  return [field, ...others];
}

function ruleCondition(condition: RuleCondition, subject: Subject, run: Run): boolean {
  switch (condition.type) {
    case "logsource":
      return subject.logsources.some((source) => isPartOf(source, condition.logsource));
    case "contains_field":
      return someItem(subject.nodes, ({ field }) => field === condition.field);
    case "contains_detection_item":
      return someItem(
        subject.nodes,
        ({ field, values }) => field === condition.field && values.some((value) => isValue(value, condition.value)),
      );
    case "is_sigma_rule":
      return subject.kind === "rule";
    case "is_sigma_correlation_rule":
      return subject.kind === "correlation";
    case "tag":
      return subject.tags.includes(condition.tag);
    case "rule_attribute":
      return attributeHolds(condition, subject.attributes[condition.attribute]);
    case "processing_item_applied":
      return run.appliedToRule.has(condition.id);
    case "processing_state":
      return stateHolds(condition, run);
  }
}

function itemCondition(condition: ItemCondition, item: DraftItem, run: Run): boolean {
  switch (condition.type) {
    case "processing_item_applied":
      return item.applied.includes(condition.id);
    case "processing_state":
      return stateHolds(condition, run);
    default:
      return item.values[condition.cond === "any" ? "some" : "every"]((value) => valueHolds(condition, value));
  }
}

function valueHolds(condition: Extract<ItemCondition, { readonly cond: string }>, value: DraftValue): boolean {
  switch (condition.type) {
    case "match_string": {
      const search = regexSearch(condition.pattern);
      const found =
        value.type === "text" &&
        "beginsWith" in search &&
        value.tests.some((test) => search.beginsWith(writtenAs(test) ?? ""));
      return found !== condition.negate;
    }
    case "match_value":
      return isValue(value, condition.value);
    case "contains_wildcard":
      return value.tests.some(
        (test) => test.kind === "pattern" && test.pattern.some((part) => typeof part === "object"),
      );
    case "is_null":
      return value.type === "null";
  }
}

function fieldCondition(condition: FieldCondition, name: string | undefined, run: Run): boolean {
  switch (condition.type) {
    case "processing_item_applied":
      return name !== undefined && (run.appliedToField.get(name)?.has(condition.id) ?? false);
    case "processing_state":
      return stateHolds(condition, run);
    default: {
      const listed = name !== undefined && condition.fields.some((field) => isNamed(name, field, condition.mode));
      return listed === (condition.type === "include_fields");
    }
  }
}

function isNamed(name: string, field: string, mode: "plain" | "re"): boolean {
  if (mode === "plain") return name === field;
  const search = regexSearch(field);
  return "beginsWith" in search && search.beginsWith(name);
}

function isPartOf(source: Logsource, wanted: Logsource): boolean {
  return (["product", "category", "service"] as const).every(
    (key) => wanted[key] === undefined || wanted[key] === source[key],
  );
}

function someItem(nodes: readonly DraftNode[], wanted: (item: DraftItem) => boolean): boolean {
  return nodes.some((node) => (node.kind === "item" ? wanted(node) : someItem(node.of, wanted)));
}

/** A text equals a text without regard to case, a number a number. */
function isValue(value: DraftValue, wanted: Scalar): boolean {
  if (wanted === null) return value.type === "null";
  const type = typeof wanted === "string" ? "text" : typeof wanted === "number" ? "number" : "boolean";
  return value.type === type && value.tests.some((test) => sameText(writtenAs(test), String(wanted)));
}

function sameText(text: string | undefined, wanted: string): boolean {
  return text !== undefined && text.toLowerCase() === wanted.toLowerCase();
}

function stateHolds({ key, val, op }: { key: string; val: Scalar; op: Relation }, run: Run): boolean {
  const state = run.state.get(key);
  return state !== undefined && related(state, op, val);
}

const LEVELS = ["informational", "low", "medium", "high", "critical"];
const STATUSES = ["unsupported", "deprecated", "experimental", "test", "stable"];

function attributeHolds(
  { attribute, value, op }: Extract<RuleCondition, { type: "rule_attribute" }>,
  found: unknown,
): boolean {
  if (Array.isArray(found)) {
    const among = found.some((entry) => entry === value);
    return op === "in" ? among : op === "not_in" ? !among : op === "ne";
  }
  if (op === "in" || op === "not_in") return false;
  if (typeof found !== "string" && typeof found !== "number" && typeof found !== "boolean") return false;
  const order = attribute === "level" ? LEVELS : attribute === "status" ? STATUSES : undefined;
  if (order === undefined) return related(found, op, value);
  return related(order.indexOf(String(found)), op, order.indexOf(String(value)));
}

/** Numbers by value; texts, dates among them, by their characters. */
function related(left: Scalar, op: Relation, right: Scalar): boolean {
  const numbers = typeof left === "number" && right !== null && !Number.isNaN(Number(right));
  const [a, b] = numbers ? [left, Number(right)] : [String(left), String(right)];
  switch (op) {
    case "eq":
      return a === b;
    case "ne":
      return a !== b;
    case "gt":
      return a > b;
    case "gte":
      return a >= b;
    case "lt":
      return a < b;
    case "lte":
      return a <= b;
  }
}
