/**
 * pipeline: the shapes of a processing pipeline as pySigma's YAML describes it, checked and as plain data: items of one
 * transformation each, with the conditions under which it applies to a rule, a detection item or a field name.
 */
import type { UnresolvedExpression } from "../load/rule-expression.ts";
import type { Logsource } from "../rule.ts";

export interface Pipeline {
  readonly name: string;
  /** Pipelines run in ascending order of it. */
  readonly priority: number;
  /** What value_placeholders fills in. */
  readonly vars: Readonly<Record<string, readonly string[]>>;
  readonly items: readonly PipelineItem[];
}

export interface PipelineItem {
  readonly id: string | undefined;
  readonly transformation: Transformation;
  readonly rule: ConditionSet<RuleCondition>;
  readonly item: ConditionSet<ItemCondition>;
  readonly field: ConditionSet<FieldCondition>;
}

/** Without conditions it always holds. */
export interface ConditionSet<C> {
  readonly conditions: Readonly<Record<string, C>>;
  readonly linking: "and" | "or";
  readonly negated: boolean;
  /** Over the names of the conditions; takes the place of the linking. */
  readonly expression: UnresolvedExpression | undefined;
}

export type Scalar = string | number | boolean | null;
export type Relation = "eq" | "ne" | "gt" | "gte" | "lt" | "lte";

interface StateCondition {
  readonly type: "processing_state";
  readonly key: string;
  readonly val: Scalar;
  readonly op: Relation;
}

interface AppliedCondition {
  readonly type: "processing_item_applied";
  readonly id: string;
}

export type RuleCondition =
  | StateCondition
  | AppliedCondition
  | { readonly type: "logsource"; readonly logsource: Logsource }
  | { readonly type: "contains_detection_item"; readonly field: string; readonly value: Scalar }
  | { readonly type: "contains_field"; readonly field: string }
  | { readonly type: "is_sigma_rule" | "is_sigma_correlation_rule" }
  | {
      readonly type: "rule_attribute";
      readonly attribute: string;
      readonly value: Scalar;
      readonly op: Relation | "in" | "not_in";
    }
  | { readonly type: "tag"; readonly tag: string };

export type ItemCondition =
  | StateCondition
  | AppliedCondition
  | { readonly type: "match_string"; readonly cond: "any" | "all"; readonly pattern: string; readonly negate: boolean }
  | { readonly type: "match_value"; readonly cond: "any" | "all"; readonly value: Scalar }
  | { readonly type: "contains_wildcard" | "is_null"; readonly cond: "any" | "all" };

export type FieldCondition =
  | StateCondition
  | AppliedCondition
  | {
      readonly type: "include_fields" | "exclude_fields";
      readonly fields: readonly string[];
      readonly mode: "plain" | "re";
    };

/** Field -> the names that take its place. */
export type Mapping = Readonly<Record<string, readonly string[]>>;

export type Transformation = FieldTransformation | ValueTransformation | RuleTransformation;

export type FieldTransformation =
  | { readonly type: "field_name_mapping" | "field_name_prefix_mapping"; readonly mapping: Mapping }
  | { readonly type: "field_name_prefix"; readonly prefix: string }
  | { readonly type: "field_name_suffix"; readonly suffix: string };

export type ValueTransformation = TextTransformation | PlaceholderTransformation;

export type TextTransformation =
  | {
      readonly type: "replace_string";
      readonly regex: string;
      readonly replacement: string;
      readonly skipSpecial: boolean;
      readonly interpretSpecial: boolean;
    }
  | { readonly type: "map_string"; readonly mapping: Mapping }
  | { readonly type: "set_value"; readonly value: Scalar }
  | { readonly type: "convert_type"; readonly target: "str" | "num" }
  | { readonly type: "case"; readonly method: "lower" | "upper" | "snake_case" }
  | { readonly type: "regex"; readonly method: "plain" | "ignore_case_flag" | "ignore_case_brackets" };

export interface PlaceholderTransformation {
  readonly type: "value_placeholders" | "wildcard_placeholders";
  readonly include: readonly string[] | undefined;
  readonly exclude: readonly string[] | undefined;
}

export type RuleTransformation =
  | { readonly type: "drop_detection_item" }
  | { readonly type: "detection_item_failure" | "rule_failure"; readonly message: string }
  | { readonly type: "strict_field_mapping_failure" }
  | {
      readonly type: "hashes_fields";
      readonly algorithms: readonly string[];
      readonly prefix: string;
      readonly dropAlgorithm: boolean;
      readonly fields: readonly string[];
    }
  | {
      readonly type: "extract_fields";
      readonly regex: string;
      readonly prefix: string | undefined;
      readonly preserveUnmatched: boolean;
    }
  | {
      readonly type: "add_condition";
      readonly conditions: Readonly<Record<string, unknown>>;
      readonly name: string | undefined;
      readonly template: boolean;
      readonly negated: boolean;
    }
  | { readonly type: "change_logsource"; readonly logsource: Logsource }
  | { readonly type: "add_field" | "remove_field" | "set_field"; readonly fields: readonly string[] }
  | { readonly type: "set_state"; readonly key: string; readonly val: Scalar }
  | { readonly type: "set_custom_attribute"; readonly attribute: string; readonly value: unknown }
  | { readonly type: "nest"; readonly items: readonly PipelineItem[] };
