/**
 * rule-parts: what one rule file holds, read without knowing any other file: rules, correlations and filters whose
 * references are still names, and problems. Plain data, so a caller can keep it per file and clone it to a worker.
 */
import type { Rule, RuleFile, RuleProblem } from "../rule.ts";
import { type CorrelationSketch, readCorrelation } from "./correlation-reader.ts";
import { isProblem, isRecord, type ReadProblem } from "./detection-reader.ts";
import { type DocumentOrigin, readDocuments, type SourceDocument } from "./documents.ts";
import { type FilterSketch, readFilter } from "./filter-reader.ts";
import { hasPlaceholders, kindOf, readRule, ruleOf } from "./rule-reader.ts";

export interface RulePart extends DocumentOrigin {
  /** As it is without filters, pipelines and placeholder lists. */
  readonly rule: Rule;
  readonly taxonomy: string;
  readonly placeholders: boolean;
}

export interface CorrelationPart extends DocumentOrigin {
  readonly sketch: CorrelationSketch;
}

export interface FilterPart extends DocumentOrigin {
  readonly sketch: FilterSketch;
}

export interface RuleParts {
  readonly path: string;
  readonly rules: readonly RulePart[];
  readonly correlations: readonly CorrelationPart[];
  readonly filters: readonly FilterPart[];
  readonly problems: readonly RuleProblem[];
}

export function readRuleFile(file: RuleFile): RuleParts {
  const read = readDocuments(file);
  const parts: Growing = { rules: [], correlations: [], filters: [] };
  const problems = [...read.problems];
  for (const document of read.documents) {
    const problem = readPart(document, file.path, parts);
    if (problem === undefined) continue;
    const at = document.locate(problem.path, problem.offset);
    problems.push({ path: file.path, ...at, code: problem.code, message: problem.reason });
  }
  return { path: file.path, ...parts, problems };
}

interface Growing {
  readonly rules: RulePart[];
  readonly correlations: CorrelationPart[];
  readonly filters: FilterPart[];
}

function readPart({ value, text, before }: SourceDocument, path: string, into: Growing): ReadProblem | undefined {
  const kind = kindOf(value);
  if (kind === undefined || !isRecord(value)) {
    return { code: "RULE_INVALID", reason: "a rule is a map of attributes", path: [] };
  }
  if (value["action"] !== undefined && value["title"] === undefined) {
    return {
      code: "ACTION_UNSUPPORTED",
      reason: '"action" collections were removed from Sigma: write each rule in full, or a correlation',
      path: ["action"],
    };
  }
  const origin: DocumentOrigin = { path, text, before };
  if (kind === "correlation") {
    const sketch = readCorrelation(value, path);
    if (isProblem(sketch)) return sketch;
    into.correlations.push({ ...origin, sketch });
  } else if (kind === "filter") {
    const sketch = readFilter(value, path);
    if (isProblem(sketch)) return sketch;
    into.filters.push({ ...origin, sketch });
  } else {
    const sketch = readRule(value, path);
    if (isProblem(sketch)) return sketch;
    const rule = ruleOf(sketch, text);
    const placeholders = hasPlaceholders(sketch.draft);
    into.rules.push({ ...origin, rule, taxonomy: sketch.taxonomy, placeholders });
  }
  return undefined;
}
