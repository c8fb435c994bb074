/**
 * filter-link: which filters are in force for which rules, and a rule's draft with their selections and conditions added.
 * The added names are `<filter id>/<name>`, which no rule can write, so nothing collides.
 */
import type { Expression } from "../detection.ts";
import type { FilterRule, Logsource } from "../rule.ts";
import type { Draft, DraftNode } from "./draft.ts";
import type { Report } from "./link.ts";
import type { CorrelationPart, FilterPart, RulePart } from "./rule-parts.ts";

export interface AssignedFilters {
  readonly byRule: ReadonlyMap<string, readonly FilterPart[]>;
  readonly filters: readonly FilterRule[];
}

interface Known {
  readonly rules: readonly RulePart[];
  readonly correlations: readonly CorrelationPart[];
  readonly report: Report;
}

export function assignFilters(filters: readonly FilterPart[], known: Known): AssignedFilters {
  const byRule = new Map<string, FilterPart[]>();
  const assigned: FilterRule[] = [];
  for (const filter of filters) {
    const rules = rulesOf(filter, known);
    for (const { rule } of rules) byRule.set(rule.id, [...(byRule.get(rule.id) ?? []), filter]);
    const { metadata, logsource } = filter.sketch;
    assigned.push({
      id: metadata.id,
      name: metadata.name,
      title: metadata.title,
      description: metadata.description,
      author: metadata.author,
      logsource,
      rules: rules.map(({ rule }) => rule.id),
      path: filter.path,
      text: filter.text,
    });
  }
  return { byRule, filters: assigned };
}

function rulesOf(filter: FilterPart, { rules, correlations, report }: Known): RulePart[] {
  const { sketch } = filter;
  if (sketch.rules === "any") return rules.filter(({ rule }) => covers(sketch.logsource, rule.logsource));
  const found = new Map<string, RulePart>();
  for (const [index, reference] of sketch.rules.entries()) {
    const path = ["filter", "rules", index];
    const named = rules.filter(({ rule }) => rule.id === reference || rule.name === reference);
    if (named.length === 0) {
      const correlation = correlations.find(
        ({ sketch: { metadata } }) => metadata.id === reference || metadata.name === reference,
      );
      report(filter, {
        code: correlation === undefined ? "FILTER_RULE_UNKNOWN" : "FILTER_CORRELATION",
        reason:
          correlation === undefined
            ? `there is no rule "${reference}": check its id or name, or remove it from this filter`
            : `"${reference}" is a correlation, which has no events of its own: filter the rules it is made of`,
        path,
      });
    }
    for (const part of named) {
      if (covers(sketch.logsource, part.rule.logsource)) found.set(part.rule.id, part);
      else {
        report(filter, {
          code: "FILTER_LOGSOURCE",
          reason: `"${reference}" reads another log source than this filter, which therefore does nothing to it: make the two agree`,
          path,
        });
      }
    }
  }
  return [...found.values()];
}

/** What the filter leaves open fits any rule. */
function covers(filter: Logsource, rule: Logsource): boolean {
  return (
    (filter.product === undefined || filter.product === rule.product) &&
    (filter.category === undefined || filter.category === rule.category) &&
    (filter.service === undefined || filter.service === rule.service)
  );
}

export function withFilters(draft: Draft, filters: readonly FilterPart[]): Draft {
  if (filters.length === 0) return draft;
  const selections: Record<string, DraftNode> = { ...draft.selections };
  const exceptions = filters.map(({ sketch }) => {
    const { id, title } = sketch.metadata;
    for (const [name, node] of Object.entries(sketch.draft.selections)) selections[`${id}/${name}`] = node;
    return { id, title, keeps: renamed(sketch.draft.condition, id) };
  });
  return { ...draft, selections, exceptions: [...draft.exceptions, ...exceptions] };
}

function renamed(expression: Expression, id: string): Expression {
  switch (expression.kind) {
    case "selection":
      return { kind: "selection", name: `${id}/${expression.name}` };
    case "not":
      return { kind: "not", of: renamed(expression.of, id) };
    case "item":
      return expression;
    default:
      return { kind: expression.kind, of: expression.of.map((part) => renamed(part, id)) };
  }
}
