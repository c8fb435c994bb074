/**
 * transformation-reader: one transformation of a pipeline with its parameters. Those that need a query language, a file, a
 * command or the network cannot work in an engine without any of them: they are named, and the pipeline is refused.
 */
import { isRecord } from "../load/detection-reader.ts";
import { regexSearch } from "../text/regex.ts";
import type { Attributes } from "./attributes.ts";
import { checkRegex, logsourceIn } from "./condition-reader.ts";
import type { PipelineItem, Transformation } from "./pipeline.ts";

const IMPOSSIBLE: Readonly<Record<string, string>> = {
  query_expression_placeholders: "writes a query language, and rules are matched here without one",
  file_placeholders: "reads a file: give the values as vars and use value_placeholders",
  http_placeholders: "asks a web server: give the values as vars and use value_placeholders",
  command_placeholders: "runs a command: give the values as vars and use value_placeholders",
  field_name_transform: "needs a function, which YAML cannot hold: use field_name_mapping",
};

const HASHES = ["MD5", "SHA1", "SHA256", "SHA512", "IMPHASH"];

/** Undefined after `attributes` has been told why. */
export function readTransformation(
  type: string,
  attributes: Attributes,
  nested: (items: unknown) => readonly PipelineItem[],
): Transformation | undefined {
  switch (type) {
    case "field_name_mapping":
    case "field_name_prefix_mapping":
      return { type, mapping: attributes.mapping("mapping") };
    case "field_name_prefix":
      return { type, prefix: attributes.text("prefix") };
    case "field_name_suffix":
      return { type, suffix: attributes.text("suffix") };
    case "replace_string": {
      const regex = attributes.text("regex");
      checkRegex(regex, "regex", attributes);
      return {
        type,
        regex,
        replacement: attributes.text("replacement"),
        skipSpecial: attributes.flag("skip_special"),
        interpretSpecial: attributes.flag("interpret_special"),
      };
    }
    case "map_string":
      return { type, mapping: attributes.mapping("mapping") };
    case "set_value":
      return setValue(attributes);
    case "convert_type":
      return { type, target: attributes.choice("target_type", ["str", "num"]) };
    case "case":
      return { type, method: attributes.choice("method", ["lower", "upper", "snake_case"], "lower") };
    case "regex":
      return {
        type,
        method: attributes.choice(
          "method",
          ["plain", "ignore_case_flag", "ignore_case_brackets"],
          "ignore_case_brackets",
        ),
      };
    case "value_placeholders":
    case "wildcard_placeholders":
      return placeholders(type, attributes);
    default:
      return ruleTransformation(type, attributes, nested);
  }
}

function ruleTransformation(
  type: string,
  attributes: Attributes,
  nested: (items: unknown) => readonly PipelineItem[],
): Transformation | undefined {
  switch (type) {
    case "drop_detection_item":
    case "strict_field_mapping_failure":
      return { type };
    case "rule_failure":
    case "detection_item_failure":
      return { type, message: attributes.text("message") };
    case "hashes_fields":
      return {
        type,
        algorithms: attributes.texts("valid_hash_algos", HASHES).map((name) => name.toUpperCase()),
        prefix: attributes.text("field_prefix", ""),
        dropAlgorithm: attributes.flag("drop_algo_prefix"),
        fields: attributes.texts("field_to_parse", ["Hashes", "Hash"]),
      };
    case "extract_fields": {
      const regex = attributes.text("regex");
      checkRegex(regex, "regex", attributes);
      const search = regexSearch(regex);
      if ("groups" in search && search.groups.length === 0) {
        attributes.fail("PIPELINE_INVALID", "regex", "the regular expression needs a named group such as (?P<name>…)");
      }
      return {
        type,
        regex,
        prefix: attributes.has("field_prefix") ? attributes.text("field_prefix") : undefined,
        preserveUnmatched: attributes.flag("preserve_unmatched"),
      };
    }
    case "add_condition": {
      const conditions = attributes.raw("conditions");
      if (!isRecord(conditions)) attributes.fail("PIPELINE_INVALID", "conditions", '"conditions" is a map of fields');
      return {
        type,
        conditions: isRecord(conditions) ? conditions : {},
        name: attributes.has("name") ? attributes.text("name") : undefined,
        template: attributes.flag("template"),
        negated: attributes.flag("negated"),
      };
    }
    case "change_logsource":
      return { type, logsource: logsourceIn(attributes) };
    case "add_field":
    case "remove_field":
      return { type, fields: attributes.texts("field") };
    case "set_field":
      return { type, fields: attributes.texts("fields") };
    case "set_state":
      return { type, key: attributes.text("key"), val: attributes.scalar("val") };
    case "set_custom_attribute":
      return { type, attribute: attributes.text("attribute"), value: attributes.raw("value") };
    case "nest":
      return { type, items: nested(attributes.raw("items")) };
    default: {
      const why = Object.hasOwn(IMPOSSIBLE, type) ? IMPOSSIBLE[type] : "is no transformation: check the spelling";
      attributes.fail("TRANSFORMATION_UNSUPPORTED", "type", `the transformation "${type}" ${why ?? ""}`);
      return undefined;
    }
  }
}

function setValue(attributes: Attributes): Transformation {
  const value = attributes.scalar("value");
  if (!attributes.has("force_type")) return { type: "set_value", value };
  const forced = attributes.choice("force_type", ["str", "num"]);
  if (forced === "str") return { type: "set_value", value: String(value) };
  if (value === null || Number.isNaN(Number(value))) {
    attributes.fail("PIPELINE_INVALID", "value", `"${String(value)}" is no number, which "force_type: num" asks for`);
  }
  return { type: "set_value", value: Number(value) };
}

function placeholders(type: "value_placeholders" | "wildcard_placeholders", attributes: Attributes): Transformation {
  const include = attributes.has("include") ? attributes.texts("include") : undefined;
  const exclude = attributes.has("exclude") ? attributes.texts("exclude") : undefined;
  if (include !== undefined && exclude !== undefined) {
    attributes.fail("PIPELINE_INVALID", "exclude", '"include" and "exclude" exclude each other: keep one');
  }
  return { type, include, exclude };
}
