/** spot: where an input belongs: the key of its group and its row there. One is used for all inputs, so that finding a place
 *  leaves no garbage behind. */
import type { CorrelationInput } from "../correlation.ts";
import type { Counters } from "./group.ts";
import type { Reader } from "./plan.ts";

export interface Spot {
  /** False: the input lacks something that the rule reads, which is counted. */
  find(reader: Reader, input: CorrelationInput): boolean;
  /** Of the last input that was found; to be copied before the next one is. */
  readonly key: string;
  readonly values: readonly string[];
  readonly row: { readonly timeMs: number; readonly id: string; readonly number: number; readonly text: string };
}

export function createSpot(counters: Counters): Spot {
  const values: string[] = [];
  const texts: string[] = [];
  const row = { timeMs: 0, id: "", number: 0, text: "" };
  const spot = { key: "", values, row, find };

  function find(reader: Reader, input: CorrelationInput): boolean {
    if (!collect(reader.groupFields, input, values)) return false;
    spot.key = keyOf(values);
    row.timeMs = input.timeMs;
    row.id = input.id;
    if (reader.reads === "position") row.number = reader.position;
    else if (reader.reads === "number") return readNumber(reader.valueFields, input);
    else if (reader.reads === "text") {
      if (!collect(reader.valueFields, input, texts)) return false;
      row.text = keyOf(texts);
    }
    return true;
  }

  function collect(fields: readonly string[], input: CorrelationInput, into: string[]): boolean {
    into.length = 0;
    for (const field of fields) {
      const value = input.values[field];
      if (value === undefined || value === "") {
        counters.incomplete++;
        return false;
      }
      into.push(typeof value === "string" ? value : String(value));
    }
    return true;
  }

  function readNumber(fields: readonly string[], input: CorrelationInput): boolean {
    const value = input.values[fields[0] ?? ""];
    if (value === undefined || value === "") {
      counters.incomplete++;
      return false;
    }
    row.number = typeof value === "number" ? value : value.trim() === "" ? Number.NaN : Number(value);
    if (Number.isFinite(row.number)) return true;
    counters.unreadable++;
    return false;
  }

  return spot;
}

/** Names have no case in Sigma. With their lengths before them, no two lists of values make the same key. */
function keyOf(values: readonly string[]): string {
  if (values.length === 1) return (values[0] ?? "").toLowerCase();
  let key = "";
  for (const value of values) key += `${value.length}:${value.toLowerCase()}`;
  return key;
}
