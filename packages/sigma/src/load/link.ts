/**
 * link: the parts of all files to rules and correlations that work together: ids are made unique, filters laid over the
 * rules they name, pipelines and placeholder lists applied, references resolved. What cannot be linked is a problem.
 */
import type { CorrelationRule } from "../correlation.ts";
import { applyPipelines } from "../pipeline/apply.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import type { FilterRule, Rule, RuleProblem } from "../rule.ts";
import { linkCorrelations } from "./correlation-link.ts";
import { isProblem, isRecord, type Path, type ReadProblem } from "./detection-reader.ts";
import { type DocumentOrigin, documentAgain, positionIn } from "./documents.ts";
import type { Draft } from "./draft.ts";
import { assignFilters, withFilters } from "./filter-link.ts";
import { fillPlaceholders, firstPending, placeholdersIn } from "./placeholders.ts";
import type { CorrelationPart, FilterPart, RulePart, RuleParts } from "./rule-parts.ts";
import { filteredRule, readRule, ruleOf } from "./rule-reader.ts";

export interface LinkOptions {
  /** Placeholder name (without percent signs) -> its values, which may hold wildcards. */
  readonly placeholders?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Applied in ascending order of their priority. */
  readonly pipelines?: readonly Pipeline[] | undefined;
}

export interface LinkedRules {
  readonly rules: Rule[];
  readonly correlations: CorrelationRule[];
  readonly filters: FilterRule[];
  readonly problems: RuleProblem[];
}

export function linkRules(parts: readonly RuleParts[], options: LinkOptions = {}): LinkedRules {
  const problems = parts.flatMap((part) => part.problems);
  const report = (origin: DocumentOrigin, { code, reason, path, offset }: ReadProblem): void => {
    problems.push({ path: origin.path, ...positionIn(origin, path, offset), code, message: reason });
  };
  const unique = withoutDuplicates(parts, report);
  const assigned = assignFilters(unique.filters, { ...unique, report });
  const pipelines = [...(options.pipelines ?? [])].sort((a, b) => a.priority - b.priority);
  const rules: Rule[] = [];
  const linked: RulePart[] = [];
  for (const part of unique.rules) {
    const filters = assigned.byRule.get(part.rule.id) ?? [];
    const rule = linkRule(part, filters, { ...options, pipelines });
    if ("code" in rule) report(part, rule);
    else {
      rules.push(rule);
      linked.push(part);
    }
  }
  const correlations = linkCorrelations({ parts: unique.correlations, rules: linked, pipelines, report });
  const loaded = new Set(rules.map(({ id }) => id));
  const filters = assigned.filters.map((filter) => ({ ...filter, rules: filter.rules.filter((id) => loaded.has(id)) }));
  return { rules, correlations, filters, problems };
}

export type Report = (origin: DocumentOrigin, problem: ReadProblem) => void;

interface Unique {
  readonly rules: readonly RulePart[];
  readonly correlations: readonly CorrelationPart[];
  readonly filters: readonly FilterPart[];
}

/** Of several documents with one id the first stays. */
function withoutDuplicates(parts: readonly RuleParts[], report: Report): Unique {
  const seen = new Map<string, string>();
  const first = (id: string, origin: DocumentOrigin): boolean => {
    const path = seen.get(id);
    if (path === undefined) {
      seen.set(id, origin.path);
      return true;
    }
    const reason = `the id ${id} is already used in ${path}: give this rule an id of its own`;
    report(origin, { code: "ID_DUPLICATE", reason, path: ["id"] });
    return false;
  };
  const unique: { rules: RulePart[]; correlations: CorrelationPart[]; filters: FilterPart[] } = {
    rules: [],
    correlations: [],
    filters: [],
  };
  for (const part of parts) {
    unique.rules.push(...part.rules.filter((entry) => first(entry.rule.id, entry)));
    unique.correlations.push(...part.correlations.filter((entry) => first(entry.sketch.metadata.id, entry)));
    unique.filters.push(...part.filters.filter((entry) => first(entry.sketch.metadata.id, entry)));
  }
  return unique;
}

function linkRule(part: RulePart, filters: readonly FilterPart[], options: LinkOptions): Rule | ReadProblem {
  const pipelines = options.pipelines ?? [];
  const lists = options.placeholders ?? {};
  if (pipelines.length === 0 && !part.placeholders && part.taxonomy === "sigma") {
    return filters.length === 0 ? part.rule : filtered(part.rule, filters, lists);
  }
  const again = documentAgain(part);
  const read = isRecord(again) ? readRule(again, part.path) : undefined;
  if (read === undefined || isProblem(read)) return { code: "RULE_INVALID", reason: "cannot be read again", path: [] };
  const listed = fillDraft(withFilters(read.draft, filters), lists);
  if (isProblem(listed)) return listed;
  const processed = applyPipelines({ ...read, draft: listed }, pipelines);
  if ("code" in processed) return processed;
  const { sketch, changed } = processed;
  if (sketch.taxonomy !== "sigma" && !changed) {
    return {
      code: "TAXONOMY_UNKNOWN",
      reason: `the rule is written in the taxonomy "${sketch.taxonomy}": give a processing pipeline that maps it, or rewrite it with Sigma's own field names`,
      path: ["taxonomy"],
    };
  }
  return unfilled(sketch.draft, Object.keys(lists)) ?? ruleOf(sketch, part.text);
}

/** Filters only add to a rule, so it need not be read again: one filter may be laid over thousands. */
function filtered(rule: Rule, filters: readonly FilterPart[], lists: Lists): Rule | ReadProblem {
  const bare: Draft = { selections: {}, condition: rule.detection.condition, exceptions: [] };
  const draft = fillDraft(withFilters(bare, filters), lists);
  if (isProblem(draft)) return draft;
  return unfilled(draft, Object.keys(lists)) ?? filteredRule(rule, draft);
}

type Lists = Readonly<Record<string, readonly string[]>>;

function fillDraft(draft: Draft, lists: Lists): Draft | ReadProblem {
  const lookup = (name: string): readonly string[] | undefined =>
    Object.hasOwn(lists, name) ? lists[name] : undefined;
  const selections: Record<string, Draft["selections"][string]> = {};
  for (const [name, node] of Object.entries(draft.selections)) {
    const filled = fillPlaceholders(node, lookup);
    if ("code" in filled) return filled;
    selections[name] = filled;
  }
  return { ...draft, selections };
}

/** The specification: a tool that cannot handle a placeholder must reject the rule. */
function unfilled(draft: Draft, known: readonly string[]): ReadProblem | undefined {
  for (const node of Object.values(draft.selections)) {
    const pending = firstPending(node);
    if (pending === undefined) continue;
    const names = placeholdersIn(pending.segments).map((name) => `%${name}%`);
    const lists = known.length === 0 ? "" : ` (there are lists for ${known.join(", ")})`;
    return {
      code: "PLACEHOLDER_UNSUPPORTED",
      reason: `the placeholder ${names.join(", ")} has no list of values: add one${lists}, or write the values into the rule`,
      path: placeOf(pending.path),
    };
  }
  return undefined;
}

/** A value of a filter stands in another document; its rule is refused as a whole. */
function placeOf(path: Path): Path {
  return path[0] === "detection" ? path : [];
}
