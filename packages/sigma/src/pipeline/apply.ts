/**
 * apply: runs processing pipelines over a rule, item by item, on its draft. The result is a rule in the names of the events
 * at hand, or the problem that a pipeline raised about it. Nothing is kept between two rules.
 */
import type { ReadProblem } from "../load/detection-reader.ts";
import type { DraftGroup, DraftItem, DraftNode } from "../load/draft.ts";
import type { RuleSketch } from "../load/rule-reader.ts";
import { addCondition } from "./add-condition.ts";
import { itemHolds, newRun, type Run, ruleHolds, type Subject } from "./conditions.ts";
import { extractFields } from "./extract.ts";
import { renameField, renameItem } from "./fields.ts";
import { splitHashes } from "./hashes.ts";
import type { FieldTransformation, Pipeline, PipelineItem, Transformation, ValueTransformation } from "./pipeline.ts";
import { withoutEmpty } from "./prune.ts";
import { changeValues } from "./values.ts";

export interface Processed {
  readonly sketch: RuleSketch;
  /** Some transformation changed its field names, values, conditions or log source. */
  readonly changed: boolean;
}

export function applyPipelines(sketch: RuleSketch, pipelines: readonly Pipeline[]): Processed | ReadProblem {
  const run = newRun();
  const vars = Object.fromEntries(pipelines.flatMap((pipeline) => Object.entries(pipeline.vars)));
  const work: Work = { sketch, run, vars, attributes: new Map(Object.entries(sketch.attributes)) };
  let current = sketch;
  for (const { name, items } of pipelines) {
    const next = runItems(items, { ...work, sketch: current });
    if ("code" in next) return { ...next, reason: `pipeline "${name}": ${next.reason}` };
    current = next;
  }
  return { sketch: current, changed: current !== sketch };
}

interface Work {
  readonly sketch: RuleSketch;
  readonly run: Run;
  readonly vars: Pipeline["vars"];
  /** What rule_attribute sees; set_custom_attribute adds to it. */
  readonly attributes: Map<string, unknown>;
}

function runItems(items: readonly PipelineItem[], work: Work): RuleSketch | ReadProblem {
  let { sketch } = work;
  for (const item of items) {
    if (!ruleHolds(item, subjectOf(sketch, work), work.run)) continue;
    const next = runItem(item, { ...work, sketch });
    if ("code" in next) return next;
    sketch = next;
    if (item.id !== undefined) work.run.appliedToRule.add(item.id);
  }
  return sketch;
}

function subjectOf({ logsource, draft, metadata }: RuleSketch, { attributes }: Work): Subject {
  return {
    kind: "rule",
    logsources: [logsource],
    nodes: Object.values(draft.selections),
    attributes: Object.fromEntries(attributes),
    tags: metadata.tags,
  };
}

function runItem(item: PipelineItem, work: Work): RuleSketch | ReadProblem {
  const { sketch, run } = work;
  const { transformation } = item;
  if (isFieldTransformation(transformation)) {
    const fields = sketch.fields.flatMap((field) => renameField(item, transformation, { field, run }));
    return overItems({ ...sketch, fields }, (draft) => renameItem(item, transformation, { draft, run }), sketch);
  }
  if (isValueTransformation(transformation)) {
    return overItems(sketch, (draft) => {
      if (!itemHolds(item, draft, run)) return undefined;
      const made = changeValues(draft, transformation, work.vars);
      if (made === undefined) return undefined;
      return "reason" in made ? failure(made.reason) : marked(made, item);
    });
  }
  switch (transformation.type) {
    case "drop_detection_item":
      return overItems(sketch, (draft) => (itemHolds(item, draft, run) ? { kind: "and", of: [] } : undefined));
    case "detection_item_failure":
      return overItems(sketch, (draft) => (itemHolds(item, draft, run) ? failure(transformation.message) : undefined));
    case "hashes_fields":
      return overItems(sketch, (draft) => {
        const split = itemHolds(item, draft, run) ? splitHashes(draft, transformation) : undefined;
        return split === undefined ? undefined : split.of.length > 0 ? split : failure(noHash(draft));
      });
    case "extract_fields":
      return overItems(sketch, (draft) =>
        itemHolds(item, draft, run) ? extractFields(draft, transformation) : undefined,
      );
    case "rule_failure":
      return failure(transformation.message);
    case "strict_field_mapping_failure":
      return unmapped(sketch, run);
    case "add_condition":
      return addCondition(sketch, transformation, item.id);
    case "change_logsource":
      return { ...sketch, logsource: transformation.logsource };
    case "add_field":
      return { ...sketch, fields: [...sketch.fields, ...transformation.fields] };
    case "remove_field":
      return { ...sketch, fields: sketch.fields.filter((field) => !transformation.fields.includes(field)) };
    case "set_field":
      return { ...sketch, fields: transformation.fields };
    case "set_state":
      run.state.set(transformation.key, transformation.val);
      return sketch;
    case "set_custom_attribute":
      work.attributes.set(transformation.attribute, transformation.value);
      return sketch;
    case "nest":
      return runItems(transformation.items, work);
  }
}

/** Every item of the draft through a function; the sketch itself when nothing changed. */
function overItems(
  sketch: RuleSketch,
  change: (item: DraftItem) => DraftItem | DraftGroup | ReadProblem | undefined,
  before: RuleSketch = sketch,
): RuleSketch | ReadProblem {
  let problem: ReadProblem | undefined;
  let changed = false;
  const visit = (node: DraftNode): DraftNode => {
    if (node.kind !== "item") return { kind: node.kind, of: node.of.map(visit) };
    const made = problem === undefined ? change(node) : undefined;
    if (made === undefined) return node;
    if ("code" in made) {
      problem = made;
      return node;
    }
    changed = true;
    return made;
  };
  const selections = Object.fromEntries(
    Object.entries(sketch.draft.selections).map(([name, node]) => [name, visit(node)]),
  );
  if (problem !== undefined) return problem;
  if (!changed) return sketch.fields.join("\n") === before.fields.join("\n") ? before : sketch;
  const draft = withoutEmpty({ ...sketch.draft, selections });
  return draft === undefined ? failure("it leaves nothing of the detection") : { ...sketch, draft };
}

function marked(draft: DraftItem, { id }: PipelineItem): DraftItem {
  return id === undefined ? draft : { ...draft, applied: [...draft.applied, id] };
}

function noHash({ values }: DraftItem): string {
  const written = values.map(({ shown }) => shown).join(", ");
  return `no hash of a known kind in ${written}: name its algorithm in valid_hash_algos`;
}

function unmapped(sketch: RuleSketch, run: Run): RuleSketch | ReadProblem {
  const names = new Set<string>();
  const visit = (node: DraftNode): void => {
    if (node.kind !== "item") node.of.forEach(visit);
    else if (node.field !== undefined && !run.mapped.has(node.field)) names.add(node.field);
  };
  Object.values(sketch.draft.selections).forEach(visit);
  return names.size === 0 ? sketch : failure(`no mapping for the fields ${[...names].join(", ")}: add them to it`);
}

export function failure(reason: string): ReadProblem {
  return { code: "PIPELINE_FAILURE", reason, path: [] };
}

export function isFieldTransformation(transformation: Transformation): transformation is FieldTransformation {
  return transformation.type.startsWith("field_name_");
}

const VALUE_TYPES: ReadonlySet<string> = new Set<ValueTransformation["type"]>([
  "replace_string",
  "map_string",
  "set_value",
  "convert_type",
  "case",
  "regex",
  "value_placeholders",
  "wildcard_placeholders",
]);

function isValueTransformation(transformation: Transformation): transformation is ValueTransformation {
  return VALUE_TYPES.has(transformation.type);
}
