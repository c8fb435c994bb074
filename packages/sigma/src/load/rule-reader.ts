/**
 * rule-reader: a YAML document to a detection rule. Reading a draft again gives the same rule with filters, pipelines and
 * placeholders applied, so that what is cached per file never depends on other files.
 */
import type { Detection, Expression } from "../detection.ts";
import { isFed } from "../routing/routes.ts";
import type { Logsource, Rule } from "../rule.ts";
import { isProblem, isRecord, type ReadProblem, readDetection } from "./detection-reader.ts";
import { type Draft, lower } from "./draft.ts";
import { type Metadata, readLogsource, readMetadata, taxonomyOf, textsOf } from "./metadata.ts";
import { firstPending } from "./placeholders.ts";

/** A rule before its draft is lowered. */
export interface RuleSketch {
  readonly metadata: Metadata;
  readonly logsource: Logsource;
  readonly fields: readonly string[];
  readonly taxonomy: string;
  readonly draft: Draft;
  /** The document as it is, for conditions of pipelines on any attribute. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

export function readRule(raw: Record<string, unknown>, path: string): RuleSketch | ReadProblem {
  const metadata = readMetadata(raw, path);
  if ("code" in metadata) return metadata;
  const logsource = readLogsource(raw["logsource"]);
  if ("code" in logsource) return logsource;
  const draft = readDetection(raw["detection"]);
  if (isProblem(draft)) return draft;
  return { metadata, logsource, fields: textsOf(raw["fields"]), taxonomy: taxonomyOf(raw), draft, attributes: raw };
}

export function ruleOf(sketch: RuleSketch, text: string): Rule {
  const { metadata, logsource, fields, draft } = sketch;
  const { name, ...rest } = metadata;
  const detection = lower(draft);
  return {
    ...rest,
    ...(name === undefined ? {} : { name }),
    fields,
    logsource,
    detection,
    text,
    reads: fieldsOf(detection),
    fed: isFed(logsource),
    ...(draft.exceptions.length === 0 ? {} : { filters: draft.exceptions.map(({ id }) => id) }),
  };
}

/** The rule with the selections and exceptions of a draft that has nothing but those of filters. */
export function filteredRule(rule: Rule, draft: Draft): Rule {
  const added = lower(draft);
  return {
    ...rule,
    detection: { ...added, selections: { ...rule.detection.selections, ...added.selections } },
    reads: [...new Set([...rule.reads, ...fieldsOf(added)])].sort(),
    filters: draft.exceptions.map(({ id }) => id),
  };
}

export function hasPlaceholders(draft: Draft): boolean {
  return Object.values(draft.selections).some((node) => firstPending(node) !== undefined);
}

/** What kind of document it is, told by its sections. */
export function kindOf(raw: unknown): "rule" | "correlation" | "filter" | undefined {
  if (!isRecord(raw)) return undefined;
  if (raw["correlation"] !== undefined) return "correlation";
  return raw["filter"] === undefined ? "rule" : "filter";
}

function fieldsOf(detection: Detection): string[] {
  const names = new Set<string>();
  const visit = (expression: Expression): void => {
    if (expression.kind === "item") {
      if (expression.field !== undefined) names.add(expression.field);
      if (expression.test.kind === "fieldref") names.add(expression.test.other);
    } else if (expression.kind === "not") visit(expression.of);
    else if (expression.kind !== "selection") expression.of.forEach(visit);
  };
  Object.values(detection.selections).forEach(visit);
  return [...names].sort();
}
