/**
 * extract: values taken apart by the named groups of a regular expression, one field per group, as extract_fields asks. The
 * fields of one value belong together; several values stay alternatives, or must all be found under `all`.
 */
import type { DraftGroup, DraftItem, DraftNode, DraftValue } from "../load/draft.ts";
import { regexSearch } from "../text/regex.ts";
import type { RuleTransformation } from "./pipeline.ts";
import { writtenAs } from "./values.ts";

type Extraction = Extract<RuleTransformation, { readonly type: "extract_fields" }>;

/** Undefined: no value of the item has the form. */
export function extractFields(item: DraftItem, given: Extraction): DraftGroup | undefined {
  const search = regexSearch(given.regex);
  if ("reason" in search || !item.values.every(({ type }) => type === "text")) return undefined;
  const of: DraftNode[] = [];
  let matched = false;
  for (const value of item.values) {
    const parts = value.tests.map((test) => search.named(writtenAs(test) ?? "")).filter((found) => found !== undefined);
    matched ||= parts.length > 0;
    if (parts.length === 0 && given.preserveUnmatched) of.push({ ...item, values: [value] });
    for (const found of parts) {
      of.push({
        kind: item.negated ? "or" : "and",
        of: [...found].map(([name, text]) => fieldItem(item, nameOf(name, given), text)),
      });
    }
  }
  // Turned round, "all of it" is "not some of it", and "any" is "none".
  return matched ? { kind: (item.linking === "and") === item.negated ? "or" : "and", of } : undefined;
}

function nameOf(group: string, { prefix }: Extraction): string {
  return prefix === undefined ? group : `${prefix}.${group}`;
}

function fieldItem(item: DraftItem, field: string, text: string): DraftItem {
  return { ...item, field, linking: "or", values: [valueOf(text)] };
}

/** A number stays one unless it has leading zeros, which would get lost. */
function valueOf(text: string): DraftValue {
  if (/^(?:null|none)$/i.test(text)) return { tests: [{ kind: "null" }], shown: text, type: "null" };
  const type = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text) ? "number" : "text";
  return { tests: [{ kind: "pattern", pattern: [text], cased: false }], shown: text, type };
}
