/** expressions: how a field is shown, sorted and calculated with. Addresses are shown without the IPv4 mapping prefix,
 *  absent ones as ''; severities and outcomes as words. */
import type { SearchColumn } from "@holdfast/contracts/search";
import type { Aggregate } from "./ast.ts";
import { queryError } from "./errors.ts";
import { fieldNamed } from "./fields.ts";
import type { Params } from "./params.ts";
import { rawExpression } from "./raw-fields.ts";

export interface Expression {
  readonly type: SearchColumn["type"];
  /** SQL of the value as people see it. */
  readonly shown: string;
  /** SQL of the value as it is ordered. */
  readonly sort: string;
}

export function eventExpression(name: string, params: Params): Expression {
  const field = name.startsWith("raw.") ? undefined : fieldNamed(name);
  if (field === undefined) {
    const raw = rawExpression(name.startsWith("raw.") ? name.slice(4) : name, params);
    return { type: "text", shown: raw, sort: raw };
  }
  const columns = field.columns.map((column) => `\`${column}\``);
  const [first = "''"] = columns;
  if (field.words !== undefined) {
    // The words are our own constants.
    return {
      type: "text",
      shown: `arrayElement([${field.words.map((word) => `'${word}'`).join(", ")}], least(${first}, ${field.words.length - 1}) + 1)`,
      sort: first,
    };
  }
  if (field.type === "ip") {
    const shown = columns.map(
      (column) => `if(${column} = toIPv6('::'), '', replaceOne(IPv6NumToString(${column}), '::ffff:', ''))`,
    );
    return { type: "ip", shown: firstFilled(shown), sort: first };
  }
  return { type: field.type, shown: field.type === "text" ? firstFilled(columns) : first, sort: first };
}

const firstFilled = (expressions: readonly string[]): string =>
  expressions.length === 1
    ? (expressions[0] as string)
    : `coalesce(${expressions.map((expression) => `nullIf(${expression}, '')`).join(", ")}, '')`;

export interface Calculated {
  readonly type: SearchColumn["type"];
  readonly sqlText: string;
}

/** @param source resolves the field among the columns at this place of the query. */
export function aggregateExpression(
  aggregate: Aggregate,
  source: { resolve(name: string, at: { at: number; length: number }): Expression },
): Calculated {
  if (aggregate.field === null) return { type: "number", sqlText: "count()" };
  const field = source.resolve(aggregate.field.name, aggregate.field);
  const number = (): string => {
    if (field.type === "number") return field.sort;
    if (field.type === "text") return `toFloat64OrNull(${field.shown})`;
    throw queryError(
      { at: aggregate.field?.at ?? 0, length: aggregate.field?.length ?? 1 },
      `${aggregate.call} needs numbers; "${aggregate.field?.name}" holds ${field.type === "ip" ? "addresses" : field.type === "time" ? "times" : "lists"}.`,
    );
  };
  switch (aggregate.call) {
    case "count":
      return {
        type: "number",
        sqlText: field.type === "text" || field.type === "ip" ? `countIf(${field.shown} != '')` : "count()",
      };
    case "sum":
    case "avg":
      return { type: "number", sqlText: `${aggregate.call}(${number()})` };
    case "median":
      return { type: "number", sqlText: `quantileExact(0.5)(${number()})` };
    case "p":
      return { type: "number", sqlText: `quantileExact(${aggregate.percentile / 100})(${number()})` };
    case "min":
    case "max":
      return {
        type: field.type,
        sqlText: `${aggregate.call}(${field.type === "number" || field.type === "time" ? field.sort : field.shown})`,
      };
    case "dc":
      return {
        type: "number",
        sqlText:
          field.type === "text" || field.type === "ip"
            ? `uniqExactIf(${field.shown}, ${field.shown} != '')`
            : `uniqExact(${field.sort})`,
      };
    case "values":
      return {
        type: "list",
        sqlText: `arraySort(groupUniqArrayIf(100)(toString(${field.shown}), toString(${field.shown}) != ''))`,
      };
    case "first":
      return { type: field.type, sqlText: `argMin(${field.shown}, ${source.resolve("time", aggregate).sort})` };
    case "last":
      return { type: field.type, sqlText: `argMax(${field.shown}, ${source.resolve("time", aggregate).sort})` };
  }
}
