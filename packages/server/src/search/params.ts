/** params: collects the values of a statement; the text gets a placeholder, never the value. */
import type { EventParams } from "../platform/events/index.ts";

export interface Params {
  /** Adds a value and gives its placeholder, `{p3:String}`. */
  add(
    value: string | number | readonly string[],
    type: "String" | "Float64" | "Int64" | "UInt64" | "Array(String)",
  ): string;
  readonly values: EventParams;
}

export function createParams(): Params {
  const values: Record<string, string | number | readonly string[]> = {};
  let count = 0;
  return {
    values,
    add(value, type) {
      const name = `p${count}`;
      count += 1;
      values[name] = value;
      return `{${name}:${type}}`;
    },
  };
}
