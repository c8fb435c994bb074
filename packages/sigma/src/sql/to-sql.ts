/**
 * to-sql: one rule as a WHERE condition over stored events, for hunts and back-tests. It holds for exactly the events that
 * the matcher matches, given the same fields; values travel as parameters only. A rule it cannot say is refused with a code.
 */
import type { Expression, Item, Pattern } from "../detection.ts";
import type { Rule } from "../rule.ts";
import { regexTest } from "../text/regex.ts";
import { foldedColumn, MAX_SEGMENTS, textsColumn, tokenColumn, type FieldScope } from "./field-sql.ts";
import { SqlParameters } from "./parameters.ts";
import { type RouteSql, routesSql } from "./route-sql.ts";
import type { RuleSql, SqlRefusal, SqlTarget } from "./target.ts";
import { fieldrefCondition, patternsCondition, textCondition } from "./test-sql.ts";

export interface SqlOptions {
  /** Shared by rules that are asked in one statement: what they have in common is then read once. */
  readonly parameters?: SqlParameters;
}

/** The engine takes statements of 256 KiB with their values in place; this leaves room for what the store puts around it. */
const MAX_LENGTH = 180_000;

export function toSql(rule: Rule, target: SqlTarget, options: SqlOptions = {}): RuleSql | SqlRefusal {
  const parameters = options.parameters ?? new SqlParameters();
  const before = JSON.stringify([parameters.columns, parameters.values]).length;
  const { fields } = target;
  const routes = routesSql(rule, target, parameters);
  const cut = either(routes.map((route) => route.cut));
  const read = rule.reads.length > 0 || routes.some(({ exact }) => exact !== "1");
  const said = routes.filter(({ gives }) => gives === "fields" || (gives === "text" && !read));
  const refused = refusal(rule, givenBy(routes, said));
  if (refused !== undefined) {
    return { ok: false, ...refused, cut, params: parameters.values };
  }
  const unread = read ? target.unread : "0";
  const where = said.map((route) => {
    const scope: Scope = { map: fields, aliases: route.aliases, parameters, rule, text: target.text };
    return both([route.cut, route.exact, condition(rule.detection.condition, scope)]);
  });
  const rest = routes.map((route) => (said.includes(route) ? both([route.cut, unread]) : route.cut));
  const made: RuleSql = {
    ok: true,
    cut,
    columns: [...target.columns, ...parameters.columns],
    where: both([unread === "0" ? "1" : `NOT (${unread})`, either(where)]),
    rest: either(rest),
    params: parameters.values,
  };
  const length = JSON.stringify(made).length - before;
  if (length <= MAX_LENGTH) return made;
  const reason = `as SQL the rule has ${length} characters and the event store takes ${MAX_LENGTH}: split it into rules with fewer values`;
  return { ok: false, code: "SQL_TOO_LARGE", reason, cut, params: parameters.values };
}

interface Scope extends FieldScope {
  readonly rule: Rule;
  readonly text: string;
}

/** The most that the store can give of some row that feeds the rule. */
type Given = "said" | "text" | "nothing" | "no rows";

function givenBy(routes: readonly RouteSql[], said: readonly RouteSql[]): Given {
  if (said.length > 0) return "said";
  if (routes.length === 0) return "no rows";
  return routes.some(({ gives }) => gives === "text") ? "text" : "nothing";
}

function refusal(rule: Rule, given: Given): { readonly code: SqlRefusal["code"]; readonly reason: string } | undefined {
  const source = Object.values(rule.logsource).join("/");
  if (given === "text") {
    return {
      code: "FIELDS_NOT_STORED",
      reason: `of ${source} the store keeps the text and common columns, not the fields the rule reads: ${rule.reads.join(", ")}`,
    };
  }
  if (given === "no rows") {
    return { code: "LOGSOURCE_UNFED", reason: `no event that is known to the engine feeds ${source}` };
  }
  if (given === "nothing") {
    return {
      code: "LOGSOURCE_NOT_STORED",
      reason: `which of its records are ${source} the store does not know: the matcher finds out from their fields`,
    };
  }
  for (const item of itemsOf(rule)) {
    const deep = [item.field, item.test.kind === "fieldref" ? item.test.other : undefined].find(
      (name) => name !== undefined && name.split(".").length > MAX_SEGMENTS,
    );
    if (deep !== undefined) {
      return { code: "PATH_TOO_DEEP", reason: `the field ${deep} has more than ${MAX_SEGMENTS} parts` };
    }
    if (item.test.kind !== "regex") continue;
    const made = regexTest(item.test.source, item.test.flags);
    if ("reason" in made) {
      const reason = `the regular expression ${item.test.source} cannot run in linear time: ${made.reason}`;
      return { code: "REGEX_UNSUPPORTED", reason };
    }
  }
  return undefined;
}

function itemsOf(rule: Rule): Item[] {
  const visit = (expression: Expression): Item[] => {
    if (expression.kind === "item") return [expression];
    if (expression.kind === "not") return visit(expression.of);
    return expression.kind === "selection" ? [] : expression.of.flatMap(visit);
  };
  return [...Object.values(rule.detection.selections), rule.detection.condition].flatMap(visit);
}

function condition(expression: Expression, scope: Scope): string {
  switch (expression.kind) {
    case "item":
      return itemCondition(expression, scope);
    case "not":
      return negated(condition(expression.of, scope));
    case "selection": {
      const { selections } = scope.rule.detection;
      const selection = Object.hasOwn(selections, expression.name) ? selections[expression.name] : undefined;
      return selection === undefined ? "0" : condition(selection, scope);
    }
    case "and":
      return both(expression.of.map((part) => condition(part, scope)));
    case "or":
      return either(alternatives(expression.of, scope));
  }
}

function both(parts: readonly string[]): string {
  const distinct = [...new Set(parts)].filter((part) => part !== "1");
  if (distinct.includes("0")) return "0";
  return distinct.length < 2 ? (distinct[0] ?? "1") : `(${distinct.join(" AND ")})`;
}

function either(parts: readonly string[]): string {
  const distinct = [...new Set(parts)].filter((part) => part !== "0");
  if (distinct.includes("1")) return "1";
  return distinct.length < 2 ? (distinct[0] ?? "0") : `(${distinct.join(" OR ")})`;
}

function negated(part: string): string {
  return part === "1" ? "0" : part === "0" ? "1" : `NOT (${part})`;
}

/** Caseless patterns on the same texts are asked together, so that a list of fifty values stays one condition. */
function alternatives(of: readonly Expression[], scope: Scope): string[] {
  const patterns = new Map<string, Pattern[]>();
  const others: string[] = [];
  for (const part of flatten(of)) {
    if (part.kind === "item" && part.test.kind === "pattern" && !part.test.cased) {
      const texts = foldedTexts(part.field, scope);
      patterns.set(texts, [...(patterns.get(texts) ?? []), folded(part.test.pattern)]);
    } else others.push(condition(part, scope));
  }
  return [...[...patterns].map(([texts, list]) => patternsCondition(list, texts, scope.parameters)), ...others];
}

function flatten(of: readonly Expression[]): Expression[] {
  return of.flatMap((part) => (part.kind === "or" ? flatten(part.of) : [part]));
}

function itemCondition({ field, test }: Item, scope: Scope): string {
  switch (test.kind) {
    case "null":
      return field === undefined ? "0" : `${tokenColumn(field, scope)} IN ('', 'null')`;
    case "exists":
      return field === undefined ? "0" : `${tokenColumn(field, scope)} ${test.wanted ? "!=" : "="} ''`;
    case "fieldref": {
      if (field === undefined) return "0";
      const side = (name: string): string => (test.cased ? textsColumn(name, scope) : foldedTexts(name, scope));
      return fieldrefCondition(test, side(field), side(test.other));
    }
    case "pattern":
      if (test.cased) return patternsCondition([test.pattern], texts(field, scope), scope.parameters);
      return patternsCondition([folded(test.pattern)], foldedTexts(field, scope), scope.parameters);
    default:
      return textCondition(test, texts(field, scope), scope.parameters);
  }
}

function texts(field: string | undefined, scope: Scope): string {
  return field === undefined ? scope.parameters.column(`[${scope.text}]`, 0) : textsColumn(field, scope);
}

function foldedTexts(field: string | undefined, scope: Scope): string {
  return foldedColumn(texts(field, scope), scope.parameters);
}

function folded(pattern: Pattern): Pattern {
  return pattern.map((part) => (typeof part === "string" ? part.toLowerCase() : part));
}
