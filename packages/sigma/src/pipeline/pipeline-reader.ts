/**
 * pipeline-reader: a processing pipeline in pySigma's YAML to its checked form. It is taken whole or not at all: half a
 * pipeline would silently change what rules mean.
 */
import { isRecord, type Path, type ReadProblem } from "../load/detection-reader.ts";
import { documentAgain, positionIn } from "../load/documents.ts";
import type { RuleFile, RuleProblem } from "../rule.ts";
import { attributesOf } from "./attributes.ts";
import { fieldCondition, itemCondition, readConditions, ruleCondition } from "./condition-reader.ts";
import type { Pipeline, PipelineItem } from "./pipeline.ts";
import { readTransformation } from "./transformation-reader.ts";

export type ReadPipeline =
  | { readonly pipeline: Pipeline; readonly problems: readonly [] }
  | { readonly pipeline?: undefined; readonly problems: readonly RuleProblem[] };

export function readPipeline(file: RuleFile): ReadPipeline {
  const origin = { ...file, before: 0 };
  const raw = documentAgain(origin);
  const read = isRecord(raw)
    ? pipelineOf(raw, file.path)
    : problem([], "a pipeline is a map with name, priority and transformations: this is none, or no valid YAML");
  if (!isFailure(read)) return { pipeline: read, problems: [] };
  const at = positionIn(origin, read.path, read.offset);
  return { problems: [{ path: file.path, ...at, code: read.code, message: read.reason }] };
}

const QUERY_PARTS = ["postprocessing", "finalizers"];
const MAX_NESTING = 8;
/** What an item may have besides the parameters of its transformation. */
const OF_EVERY_ITEM = /^(?:rule|detection_item|field_name)_(?:conditions|cond_op|cond_not|cond_expr)$/;

function pipelineOf(raw: Record<string, unknown>, path: string): Pipeline | ReadProblem {
  const own = attributesOf(raw, []);
  for (const key of QUERY_PARTS) {
    if (Array.isArray(raw[key]) && raw[key].length > 0) {
      return problem([key], `"${key}" works on the text of a query, and rules are matched here without one: remove it`);
    }
  }
  const name = own.text("name", path);
  const priority = raw["priority"] ?? 0;
  if (typeof priority !== "number") return problem(["priority"], '"priority" is a number');
  const vars = own.has("vars") ? own.mapping("vars") : {};
  const wrong = own.problem();
  if (wrong !== undefined) return wrong;
  const items = readItems(raw["transformations"] ?? [], ["transformations"], 0);
  return isFailure(items) ? items : { name, priority, vars, items };
}

function readItems(raw: unknown, path: Path, depth: number): PipelineItem[] | ReadProblem {
  if (!Array.isArray(raw)) return problem(path, `"${path.at(-1) ?? ""}" is a list of transformations`);
  if (depth > MAX_NESTING) return problem(path, `pipelines nest at most ${MAX_NESTING} levels deep`);
  const items: PipelineItem[] = [];
  for (const [index, entry] of raw.entries()) {
    const item = readItem(entry, [...path, index], depth);
    if (isFailure(item)) return item;
    items.push(item);
  }
  return items;
}

function readItem(raw: unknown, path: Path, depth: number): PipelineItem | ReadProblem {
  if (!isRecord(raw)) return problem(path, "a transformation is a map with a type");
  const attributes = attributesOf(raw, path);
  let inner: ReadProblem | undefined;
  const transformation = readTransformation(attributes.text("type"), attributes, (items) => {
    const read = readItems(items, [...path, "items"], depth + 1);
    if (!isFailure(read)) return read;
    inner = read;
    return [];
  });
  const id = attributes.has("id") ? attributes.text("id") : undefined;
  attributes.rejectUnread((key) => OF_EVERY_ITEM.test(key));
  const wrong = inner ?? attributes.problem();
  if (wrong !== undefined) return wrong;
  if (transformation === undefined) return problem(path, "a transformation needs a type");
  const rule = readConditions(raw, { conditions: "rule_conditions", prefix: "rule", path }, ruleCondition);
  if (isFailure(rule)) return rule;
  const keys = { conditions: "detection_item_conditions", prefix: "detection_item", path };
  const item = readConditions(raw, keys, itemCondition);
  if (isFailure(item)) return item;
  const field = readConditions(
    raw,
    { conditions: "field_name_conditions", prefix: "field_name", path },
    fieldCondition,
  );
  return isFailure(field) ? field : { id, transformation, rule, item, field };
}

function isFailure(value: object): value is ReadProblem {
  return "code" in value && "reason" in value;
}

function problem(path: Path, reason: string): ReadProblem {
  return { code: "PIPELINE_INVALID", reason, path };
}
