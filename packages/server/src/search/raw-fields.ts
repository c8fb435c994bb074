/** raw-fields: a field that is no column is read out of the raw JSON record: at the top level, by its dotted path, or where
 *  Windows collectors put event data. Slow by nature, so callers first cut down the rows with the text index. */
import type { Params } from "./params.ts";

/** Where Windows events keep their own fields: EVTX renderings and Winlogbeat. */
const NESTS: readonly (readonly string[])[] = [
  [],
  ["Event", "EventData"],
  ["Event", "System"],
  ["winlog", "event_data"],
];

/** SQL that gives the field as text, '' when absent. Numbers and booleans come as they are written. Each place is looked at
 *  only in records that had nothing at those before: `if` is lazy in the engine and a record is parsed once a place. */
export function rawExpression(name: string, params: Params): string {
  const dotted = name.split(".");
  const paths = [...NESTS.map((nest) => [...nest, name]), ...(dotted.length > 1 ? [dotted] : [])];
  return paths.reduceRight((rest, path) => {
    const read = `JSONExtractRaw(raw, ${path.map((key) => params.add(key, "String")).join(", ")})`;
    const text = `if(startsWith(${read}, '"'), JSONExtractString(${read}), ${read})`;
    return `if(${read} NOT IN ('', '""'), ${text}, ${rest})`;
  }, "''");
}

/** Lower-case words as the text index cuts them (splitByNonAlpha: ASCII letters and digits). */
export const rawTokens = (text: string): string[] =>
  [...new Set([...text.matchAll(/[A-Za-z0-9]+/g)].map((word) => word[0].toLowerCase()))].slice(0, 20);
