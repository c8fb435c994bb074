/**
 * parameters: the values and columns of one statement, which may ask several rules. The text gets placeholders and names made here, never a
 * value; equal values and equal expressions are kept once.
 */
import type { SqlValue } from "./target.ts";

export type SqlType = "String" | "Float64" | "Array(String)";

export class SqlParameters {
  readonly values: Record<string, SqlValue> = {};
  /** Layers of columns, each made of those before it. The engine would work out an alias again wherever it is mentioned,
   *  a column of a subquery once. */
  readonly columns: readonly [Layer, Layer, Layer] = [{}, {}, {}];
  private readonly placeholders = new Map<string, string>();
  private readonly names = new Map<string, string>();
  private readonly prefix: string;

  constructor(prefix = "s") {
    this.prefix = prefix;
  }

  /** The placeholder that stands for the value. */
  value(value: SqlValue, type: SqlType): string {
    const key = `${type} ${JSON.stringify(value)}`;
    const known = this.placeholders.get(key);
    if (known !== undefined) return known;
    const name = `${this.prefix}${this.placeholders.size}`;
    this.values[name] = value;
    const placeholder = `{${name}:${type}}`;
    this.placeholders.set(key, placeholder);
    return placeholder;
  }

  /** The name of the column of that layer that has this expression. */
  column(expression: string, layer: 0 | 1 | 2): string {
    const known = this.names.get(expression);
    if (known !== undefined) return known;
    const name = `${this.prefix}c${this.names.size}`;
    this.names.set(expression, name);
    this.columns[layer][name] = expression;
    return name;
  }
}

type Layer = Record<string, string>;

/** Conditions are not pushed below a limit, however high it is. Pushed down, they would repeat every column they mention in full
 *  for each mention, and the engine would spend minutes on planning. */
const ALL = "LIMIT 1000000000000";

/** The rows of `from` with the columns added, layer by layer: `SELECT … FROM <this> WHERE <rule>`. */
export function withColumns(layers: readonly Readonly<Record<string, string>>[], from: string): string {
  return layers.reduce((inner, layer) => {
    const made = Object.entries(layer).map(([name, expression]) => `, ${expression} AS ${name}`);
    return made.length === 0 ? inner : `(SELECT *${made.join("")} FROM ${inner} ${ALL})`;
  }, from);
}
