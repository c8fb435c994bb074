/**
 * correlation-link: the references of correlations resolved to ids, across files and through chains. A reference that
 * nothing answers to, that two rules answer to, or that leads back to itself takes its correlation out, with the reason.
 */
import type { CorrelationCondition, CorrelationRule, RuleExpression } from "../correlation.ts";
import { mapCorrelation } from "../pipeline/map-correlation.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import type { Logsource } from "../rule.ts";
import { isRecord, type Path, type ReadProblem } from "./detection-reader.ts";
import { documentAgain } from "./documents.ts";
import type { Report } from "./link.ts";
import type { UnresolvedExpression } from "./rule-expression.ts";
import type { CorrelationPart, RulePart } from "./rule-parts.ts";

interface CorrelationLink {
  readonly parts: readonly CorrelationPart[];
  /** The rules that were loaded. */
  readonly rules: readonly RulePart[];
  readonly pipelines: readonly Pipeline[];
  readonly report: Report;
}

/** The correlations come in written order. */
export function linkCorrelations({ parts, rules, pipelines, report }: CorrelationLink): CorrelationRule[] {
  if (parts.length === 0) return [];
  const answers = answersTo(rules, parts);
  const resolved = new Map<string, Resolved>();
  for (const part of parts) {
    const result = resolve(part, answers);
    if ("problem" in result) report(part, result.problem);
    else resolved.set(part.sketch.metadata.id, { part, byReference: result.byReference });
  }
  for (const { part, cycle } of cyclesIn(resolved)) {
    resolved.delete(part.sketch.metadata.id);
    report(part, problem("CORRELATION_CYCLE", `refers to itself through ${cycle.join(" -> ")}: break the circle`, []));
  }
  withdrawBroken(resolved, new Set(rules.map(({ rule }) => rule.id)), report);
  const linked = [...resolved.values()].map((entry) => ({
    ...entry,
    made: correlationOf(entry.part, entry.byReference),
  }));
  if (pipelines.length === 0) return linked.map(({ made }) => made);
  const logsources = new Map<string, readonly Logsource[]>(rules.map(({ rule }) => [rule.id, [rule.logsource]]));
  return linked.flatMap(({ part, made }) => {
    const attributes = documentAgain(part);
    const mapped = mapCorrelation(made, pipelines, {
      logsources: sourcesOf(made.id, resolved, logsources),
      attributes: isRecord(attributes) ? attributes : {},
    });
    if (!("code" in mapped)) return [mapped];
    report(part, mapped);
    return [];
  });
}

/** The log sources of all rules below a correlation. */
function sourcesOf(
  id: string,
  resolved: ReadonlyMap<string, Resolved>,
  known: ReadonlyMap<string, readonly Logsource[]>,
): readonly Logsource[] {
  const below = [...(resolved.get(id)?.byReference.values() ?? [])];
  return known.get(id) ?? below.flatMap((inner) => sourcesOf(inner, resolved, known));
}

interface Resolved {
  readonly part: CorrelationPart;
  readonly byReference: ReadonlyMap<string, string>;
}

interface Answer {
  readonly id: string;
  readonly path: string;
}

function answersTo(rules: readonly RulePart[], parts: readonly CorrelationPart[]): ReadonlyMap<string, Answer[]> {
  const answers = new Map<string, Answer[]>();
  const add = (key: string | undefined, answer: Answer): void => {
    if (key !== undefined) answers.set(key, [...(answers.get(key) ?? []), answer]);
  };
  const all = [
    ...rules.map(({ rule, path }) => ({ id: rule.id, name: rule.name, path })),
    ...parts.map(({ sketch: { metadata }, path }) => ({ id: metadata.id, name: metadata.name, path })),
  ];
  for (const { id, path } of all) add(id, { id, path });
  for (const { id, name, path } of all) if (name !== id) add(name, { id, path });
  return answers;
}

function resolve(
  { sketch, path }: CorrelationPart,
  answers: ReadonlyMap<string, readonly Answer[]>,
): { byReference: ReadonlyMap<string, string> } | { problem: ReadProblem } {
  const byReference = new Map<string, string>();
  for (const [index, reference] of sketch.rules.entries()) {
    const known = answers.get(reference) ?? [];
    // A name is looked for in the correlation's own file first: files that hold everything together stay whole.
    const own = known.filter((answer) => answer.path === path);
    const [answer, other] = own.length === 0 ? known : own;
    const at = ["rules", index];
    if (answer === undefined) {
      const reason = `there is no rule "${reference}", or it was not loaded: check its id or name`;
      return { problem: problem("REFERENCE_UNKNOWN", reason, at) };
    }
    if (other !== undefined && other.id !== answer.id && answer.id !== reference) {
      const reason = `two rules are named "${reference}" (${answer.path}, ${other.path}): use the id of the one you mean`;
      return { problem: problem("REFERENCE_AMBIGUOUS", reason, at) };
    }
    byReference.set(reference, answer.id);
  }
  return { byReference };
}

/** Each circle once, at the first correlation that is part of it. */
function cyclesIn(resolved: ReadonlyMap<string, Resolved>): { part: CorrelationPart; cycle: string[] }[] {
  const found: { part: CorrelationPart; cycle: string[] }[] = [];
  const done = new Set<string>();
  const walk = (id: string, trail: readonly string[]): void => {
    const from = trail.indexOf(id);
    const entry = resolved.get(id);
    if (entry === undefined || (from < 0 && done.has(id))) return;
    if (from >= 0) {
      const title = (member: string): string => resolved.get(member)?.part.sketch.metadata.title ?? member;
      found.push({ part: entry.part, cycle: [...trail.slice(from), id].map((member) => `"${title(member)}"`) });
      return;
    }
    for (const next of entry.byReference.values()) walk(next, [...trail, id]);
    done.add(id);
  };
  for (const id of resolved.keys()) walk(id, []);
  return found;
}

/** Whoever refers to a correlation that was taken out goes as well. */
function withdrawBroken(resolved: Map<string, Resolved>, rules: ReadonlySet<string>, report: Report): void {
  for (let again = true; again; ) {
    again = false;
    for (const [id, { part, byReference }] of resolved) {
      const missing = [...byReference].find(([, target]) => !rules.has(target) && !resolved.has(target));
      if (missing === undefined) continue;
      const reason = `"${missing[0]}" was not loaded (see its own problem), so this correlation cannot work`;
      resolved.delete(id);
      report(part, problem("REFERENCE_UNKNOWN", reason, ["rules", part.sketch.rules.indexOf(missing[0])]));
      again = true;
    }
  }
}

function correlationOf({ sketch, path, text }: CorrelationPart, ids: ReadonlyMap<string, string>): CorrelationRule {
  const idOf = (reference: string): string => ids.get(reference) ?? reference;
  const aliases = Object.entries(sketch.aliases).map(([alias, mapping]) => [
    alias,
    Object.fromEntries(Object.entries(mapping).map(([reference, field]) => [idOf(reference), field])),
  ]);
  const condition: CorrelationCondition =
    sketch.condition.kind === "bounds"
      ? sketch.condition
      : { kind: "expression", expression: resolvedExpression(sketch.condition.expression, idOf) };
  return {
    ...sketch.metadata,
    path,
    text,
    type: sketch.type,
    rules: [...new Set(sketch.rules.map(idOf))],
    groupBy: sketch.groupBy,
    aliases: Object.fromEntries(aliases),
    timespanMs: sketch.timespanMs,
    condition,
    generate: sketch.generate,
  };
}

function resolvedExpression(expression: UnresolvedExpression, idOf: (reference: string) => string): RuleExpression {
  switch (expression.kind) {
    case "rule":
      return { kind: "rule", id: idOf(expression.name) };
    case "not":
      return { kind: "not", of: resolvedExpression(expression.of, idOf) };
    default:
      return { kind: expression.kind, of: expression.of.map((part) => resolvedExpression(part, idOf)) };
  }
}

function problem(code: string, reason: string, path: Path): ReadProblem {
  return { code, reason, path: ["correlation", ...path] };
}
