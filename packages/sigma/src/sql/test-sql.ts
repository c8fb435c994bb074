/**
 * test-sql: one test of a rule, or several alternatives on one field, as a condition on an array of texts. Each answers
 * exactly what the matcher's predicate answers, and never NULL.
 */
import type { Comparison, Pattern, Test } from "../detection.ts";
import { networkRange } from "../text/cidr.ts";
import { isAny, plainText } from "../text/wildcards.ts";
import type { SqlParameters } from "./parameters.ts";
import { timeSql } from "./time-sql.ts";

/** The engine's limit on needles in one search. */
const MAX_NEEDLES = 250;

type TextTest = Exclude<Test, { kind: "exists" | "null" | "fieldref" }>;

/** Does one of the texts pass the test? Patterns expect texts in their own case. */
export function textCondition(test: TextTest, texts: string, parameters: SqlParameters): string {
  switch (test.kind) {
    case "pattern":
      return patternsCondition([test.pattern], texts, parameters);
    case "regex":
      return some(texts, `match(x, ${parameters.value(regexText(test.source, test.flags), "String")})`);
    case "cidr":
      return some(texts, inNetwork(test.network, parameters));
    case "compare":
      return some(texts, compared(numberOf("x"), test.op, parameters.value(test.value, "Float64")));
    case "time":
      return some(
        texts,
        timeSql(test, (value, op) => compared(value, op, parameters.value(test.value, "Float64"))),
      );
  }
}

/** Does one of the texts match one of the patterns? */
export function patternsCondition(patterns: readonly Pattern[], texts: string, parameters: SqlParameters): string {
  const kinds = {
    equal: new Set<string>(),
    within: new Set<string>(),
    before: new Set<string>(),
    after: new Set<string>(),
  };
  const likes = new Set<string>();
  let anything = false;
  for (const pattern of patterns) {
    const [first, second, third] = pattern;
    const plain = plainText(pattern);
    if (plain !== undefined) kinds.equal.add(plain);
    else if (pattern.length === 1 && isAny(first)) anything = true;
    else if (pattern.length === 2 && typeof first === "string" && isAny(second)) kinds.before.add(first);
    else if (pattern.length === 2 && isAny(first) && typeof second === "string") kinds.after.add(second);
    else if (pattern.length === 3 && isAny(first) && typeof second === "string" && isAny(third))
      kinds.within.add(second);
    else likes.add(likePattern(pattern));
  }
  if (anything) return `notEmpty(${texts})`;
  const list = (values: Iterable<string>): string => parameters.value([...values].sort(), "Array(String)");
  const each: string[] = [];
  for (const needles of chunks([...kinds.within].sort(), MAX_NEEDLES)) each.push(`multiSearchAny(x, ${list(needles)})`);
  if (kinds.before.size > 0) each.push(`arrayExists(p -> startsWith(x, p), ${list(kinds.before)})`);
  if (kinds.after.size > 0) each.push(`arrayExists(p -> endsWith(x, p), ${list(kinds.after)})`);
  for (const like of [...likes].sort()) each.push(`x LIKE ${parameters.value(like, "String")}`);
  const conditions = kinds.equal.size === 0 ? [] : [`hasAny(${texts}, ${list(kinds.equal)})`];
  if (each.length > 0) conditions.push(some(texts, each.join(" OR ")));
  return conditions.length === 1 ? (conditions[0] ?? "0") : `(${conditions.join(" OR ")})`;
}

/** One field's texts against another's. */
export function fieldrefCondition(test: Extract<Test, { kind: "fieldref" }>, left: string, right: string): string {
  const placed = {
    equals: "x = y",
    contains: "position(x, y) > 0",
    startswith: "startsWith(x, y)",
    endswith: "endsWith(x, y)",
  };
  return `arrayExists(x -> arrayExists(y -> ${placed[test.placement]}, ${right}), ${left})`;
}

/** RE2 in the engine lets "." match line breaks unless it is told otherwise; Sigma asks for that with "s". */
function regexText(source: string, flags: string): string {
  const on = ["i", "m", "s"].filter((flag) => flags.includes(flag)).join("");
  return `(?${on}${flags.includes("s") ? "" : "-s"})${source}`;
}

function some(texts: string, condition: string): string {
  return `arrayExists(x -> ${condition}, ${texts})`;
}

function likePattern(pattern: Pattern): string {
  return pattern
    .map((part) => (typeof part === "string" ? part.replaceAll(/[\\%_]/g, "\\$&") : part.wild === "any" ? "%" : "_"))
    .join("");
}

/** The address as IPv6 (v4 as mapped), between the first and the last of the network and of its family. */
function inNetwork(network: string, parameters: SqlParameters): string {
  const range = networkRange(network);
  if (range === undefined) return "0";
  const bound = (address: string): string => `toIPv6(${parameters.value(address, "String")})`;
  const within = `BETWEEN ${bound(range.first)} AND ${bound(range.last)}`;
  const v4 = `concat('::ffff:', replaceRegexpAll(x, '(^|[.])0+([0-9])', '\\\\1\\\\2'))`;
  const address = `toIPv6OrNull(multiIf(match(x, '^[0-9]{1,3}([.][0-9]{1,3}){3}$'), ${v4}, length(x) BETWEEN 2 AND 64 AND position(x, ':') > 0, splitByChar('%', x)[1], ''))`;
  const mapped = `${address} BETWEEN toIPv6('::ffff:0:0') AND toIPv6('::ffff:ffff:ffff')`;
  return `ifNull(${address} ${within}${range.v4 ? "" : ` AND NOT (${mapped})`}, 0)`;
}

const SPACE =
  "[\\\\s\\\\x0b\\\\x{a0}\\\\x{1680}\\\\x{2000}-\\\\x{200a}\\\\x{2028}\\\\x{2029}\\\\x{202f}\\\\x{205f}\\\\x{3000}\\\\x{feff}]";

/** What JavaScript's Number() makes of a text; NULL where that is no number. */
function numberOf(text: string): string {
  const bare = `replaceRegexpAll(${text}, '^${SPACE}+|${SPACE}+$', '')`;
  return (
    `multiIf(match(${text}, '^${SPACE}*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?${SPACE}*$'), toFloat64OrNull(${bare}), ` +
    `match(${bare}, '^0([xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)$'), ` +
    `toNullable(arrayFold((sum, digit) -> sum * transform(lower(substring(${bare}, 2, 1)), ['x', 'o', 'b'], [16, 8, 2], 1) + ` +
    `position('0123456789abcdef', lower(digit)) - 1, ngrams(substring(${bare}, 3), 1), toFloat64(0))), ` +
    `match(${text}, '^${SPACE}*[+-]?Infinity${SPACE}*$'), toFloat64OrNull(${bare}), NULL)`
  );
}

const OPERATORS: Readonly<Record<Comparison | "eq", string>> = { eq: "=", lt: "<", lte: "<=", gt: ">", gte: ">=" };

function compared(left: string, op: Comparison | "eq", right: string): string {
  return `ifNull(${left} ${OPERATORS[op]} ${right}, 0)`;
}

function chunks(values: readonly string[], size: number): string[][] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, n) => values.slice(n * size, (n + 1) * size));
}
