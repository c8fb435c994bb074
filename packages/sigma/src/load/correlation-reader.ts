/**
 * correlation-reader: the `correlation` section of a document. References to other rules stay as written until all files
 * are known; everything that can be judged alone is judged here.
 */
import type { Bound, CorrelationType } from "../correlation.ts";
import { isRecord, type Path, type ReadProblem } from "./detection-reader.ts";
import { type Metadata, readMetadata, textOf } from "./metadata.ts";
import { fieldName } from "./modifiers.ts";
import { holds, namesIn, parseRuleExpression, type UnresolvedExpression } from "./rule-expression.ts";

export interface CorrelationSketch {
  readonly metadata: Metadata;
  readonly type: CorrelationType;
  /** As written: ids or names. */
  readonly rules: readonly string[];
  readonly groupBy: readonly string[];
  readonly aliases: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly timespanMs: number;
  readonly condition:
    | {
        readonly kind: "bounds";
        readonly bounds: readonly Bound[];
        readonly fields: readonly string[];
        readonly percentile: number | undefined;
      }
    | { readonly kind: "expression"; readonly expression: UnresolvedExpression };
  readonly generate: boolean;
}

const TYPES: readonly CorrelationType[] = [
  "event_count",
  "value_count",
  "value_sum",
  "value_avg",
  "value_median",
  "value_percentile",
  "temporal",
  "temporal_ordered",
];
const OPERATORS: readonly Bound["op"][] = ["gt", "gte", "lt", "lte", "eq", "neq"];
/** The only percentile that the specification gives a number to is the median. */
const DEFAULT_PERCENTILE = 50;
/** Months and years are the mean Gregorian ones. */
const UNIT_SECONDS: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  h: 3_600,
  d: 86_400,
  w: 604_800,
  M: 2_629_746,
  y: 31_556_952,
};

export function readCorrelation(raw: Record<string, unknown>, path: string): CorrelationSketch | ReadProblem {
  const metadata = readMetadata(raw, path);
  if ("code" in metadata) return metadata;
  const section = raw["correlation"];
  if (!isRecord(section)) return invalid([], '"correlation" is a map with type, rules, timespan and condition');
  const type = TYPES.find((name) => name === section["type"]);
  if (type === undefined) {
    const written = textOf(section["type"]);
    return problem("CORRELATION_TYPE", ["type"], `"${written}" is no type of correlation: use ${TYPES.join(", ")}`);
  }
  const condition = readCondition(section["condition"], type);
  if ("code" in condition) return condition;
  const rules = readReferences(section["rules"], condition);
  if ("code" in rules) return rules;
  const groupBy = readNames(section["group-by"])?.map(fieldName);
  if (groupBy === undefined) return invalid(["group-by"], '"group-by" is the name of a field or a list of them');
  const aliases = readAliases(section["aliases"], rules);
  if ("code" in aliases) return aliases;
  const timespanMs = readTimespan(section["timespan"]);
  if (timespanMs === undefined) {
    return problem(
      "TIMESPAN_INVALID",
      ["timespan"],
      `"${textOf(section["timespan"])}" is no timespan: write a number and a unit, such as 30s, 15m, 2h or 7d`,
    );
  }
  const generate = section["generate"] ?? false;
  if (typeof generate !== "boolean") return invalid(["generate"], '"generate" is true or false');
  return { metadata, type, rules, groupBy, aliases: aliases.map, timespanMs, condition, generate };
}

function isTemporal(type: CorrelationType): boolean {
  return type === "temporal" || type === "temporal_ordered";
}

function readReferences(raw: unknown, condition: CorrelationSketch["condition"]): readonly string[] | ReadProblem {
  const named = condition.kind === "expression" ? namesIn(condition.expression) : undefined;
  if (raw === undefined && named !== undefined) return named;
  const rules = readNames(raw);
  if (rules === undefined || rules.length === 0) {
    return problem("CORRELATION_RULES", ["rules"], "list the ids or names of the rules to correlate");
  }
  const twice = rules.find((rule, index) => rules.indexOf(rule) !== index);
  if (twice !== undefined) return problem("CORRELATION_RULES", ["rules"], `"${twice}" is listed twice: once is enough`);
  if (named === undefined) return rules;
  const unused = rules.find((rule) => !named.includes(rule));
  if (unused !== undefined) {
    return problem(
      "CORRELATION_CONDITION",
      ["condition"],
      `the condition does not mention "${unused}": use it there, or remove it from "rules"`,
    );
  }
  const unlisted = named.find((rule) => !rules.includes(rule));
  if (unlisted === undefined) return rules;
  return problem("CORRELATION_CONDITION", ["condition"], `"${unlisted}" is not listed under "rules": add it there`);
}

function readCondition(raw: unknown, type: CorrelationType): CorrelationSketch["condition"] | ReadProblem {
  if (typeof raw === "string") {
    if (!isTemporal(type)) {
      return problem(
        "CORRELATION_CONDITION",
        ["condition"],
        `only temporal types take a condition of rule names: ${type} needs a map such as "gte: 10"`,
      );
    }
    const parsed = parseRuleExpression(raw);
    if (!parsed.ok) {
      return { ...problem("CORRELATION_CONDITION", ["condition"], `condition: ${parsed.reason}`), offset: parsed.at };
    }
    if (!holds(parsed.expression, () => false)) return { kind: "expression", expression: parsed.expression };
    return problem(
      "CORRELATION_CONDITION",
      ["condition"],
      "the condition holds when no rule has fired, so nothing would start it: add a rule that must fire",
    );
  }
  if (raw === undefined && isTemporal(type)) return { kind: "bounds", bounds: [], fields: [], percentile: undefined };
  if (!isRecord(raw)) {
    return problem("CORRELATION_CONDITION", ["condition"], `${type} needs a condition such as "gte: 10"`);
  }
  return readBounds(raw, type);
}

function readBounds(raw: Record<string, unknown>, type: CorrelationType): CorrelationSketch["condition"] | ReadProblem {
  const bounds: Bound[] = [];
  for (const [key, value] of Object.entries(raw)) {
    if (key === "field" || key === "percentile") continue;
    const at = ["condition", key];
    const op = OPERATORS.find((name) => name === key);
    if (op === undefined) {
      return problem("CORRELATION_CONDITION", at, `"${key}" is no comparison: use ${OPERATORS.join(", ")}`);
    }
    const number = numberOf(value);
    if (number === undefined) return problem("CORRELATION_CONDITION", at, `"${key}" needs a number`);
    bounds.push({ op, value: number });
  }
  if (bounds.length === 0) {
    return problem(
      "CORRELATION_CONDITION",
      ["condition"],
      `the condition compares with nothing: add "gte: 10" or alike`,
    );
  }
  const fields = readFields(raw["field"], type);
  if ("code" in fields) return fields;
  const percentile = readPercentile(raw["percentile"], type);
  return typeof percentile === "object" ? percentile : { kind: "bounds", bounds, fields, percentile };
}

function readFields(raw: unknown, type: CorrelationType): readonly string[] | ReadProblem {
  const at = ["condition", "field"];
  if (!type.startsWith("value_")) {
    return raw === undefined
      ? []
      : problem("CORRELATION_FIELD", at, `${type} reads no field: remove it, or use a type such as value_count`);
  }
  const fields = readNames(raw)?.map(fieldName);
  if (fields === undefined || fields.length === 0) {
    return problem("CORRELATION_FIELD", at, `${type} needs the "field" whose values it reads`);
  }
  if (fields.length > 1 && type !== "value_count") {
    return problem("CORRELATION_FIELD", at, `only value_count takes several fields: give ${type} one`);
  }
  return fields;
}

function readPercentile(raw: unknown, type: CorrelationType): number | undefined | ReadProblem {
  const at = ["condition", "percentile"];
  if (type !== "value_percentile") {
    return raw === undefined
      ? undefined
      : problem("CORRELATION_PERCENTILE", at, `${type} has no percentile: use value_percentile`);
  }
  if (raw === undefined) return DEFAULT_PERCENTILE;
  const percentile = numberOf(raw);
  if (percentile !== undefined && percentile >= 0 && percentile <= 100) return percentile;
  return problem("CORRELATION_PERCENTILE", at, "the percentile is a number from 0 to 100");
}

interface Aliases {
  readonly map: CorrelationSketch["aliases"];
}

function readAliases(raw: unknown, rules: readonly string[]): Aliases | ReadProblem {
  if (raw === undefined) return { map: {} };
  if (!isRecord(raw)) return invalid(["aliases"], '"aliases" is a map: alias, then rule, then field');
  const aliases: [string, Record<string, string>][] = [];
  for (const [alias, mapping] of Object.entries(raw)) {
    if (!isRecord(mapping)) return invalid(["aliases", alias], `the alias "${alias}" is a map: rule, then field`);
    const fields: [string, string][] = [];
    for (const [rule, field] of Object.entries(mapping)) {
      const at = ["aliases", alias, rule];
      if (!rules.includes(rule)) {
        return problem("CORRELATION_ALIAS", at, `"${rule}" is not listed under "rules": an alias names the rules so`);
      }
      const name = fieldName(textOf(field));
      if (name === "") return invalid(at, `the alias "${alias}" needs the name of a field of "${rule}"`);
      fields.push([rule, name]);
    }
    aliases.push([fieldName(alias), Object.fromEntries(fields)]);
  }
  return { map: Object.fromEntries(aliases) };
}

function readTimespan(raw: unknown): number | undefined {
  const match = typeof raw === "string" ? /^(\d+)([smhdwMy])$/.exec(raw.trim()) : null;
  const milliseconds = Number(match?.[1]) * (UNIT_SECONDS[match?.[2] ?? ""] ?? Number.NaN) * 1000;
  return milliseconds > 0 && Number.isSafeInteger(milliseconds) ? milliseconds : undefined;
}

/** Undefined: neither a text nor a list of texts. */
function readNames(raw: unknown): string[] | undefined {
  if (raw === undefined || raw === null) return [];
  const list: readonly unknown[] = Array.isArray(raw) ? raw : [raw];
  const names = list.map(textOf);
  return names.includes("") ? undefined : names;
}

function numberOf(raw: unknown): number | undefined {
  const number =
    typeof raw === "number" ? raw : typeof raw === "string" && raw.trim() !== "" ? Number(raw) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}

function invalid(path: Path, reason: string): ReadProblem {
  return problem("CORRELATION_INVALID", path, reason);
}

function problem(code: string, path: Path, reason: string): ReadProblem {
  return { code, reason, path: ["correlation", ...path] };
}
