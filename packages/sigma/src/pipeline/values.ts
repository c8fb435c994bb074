/**
 * values: the transformations that change the values of a detection item. Texts are handled as an author would write them,
 * so wildcards and escapes survive; values of another kind pass through unless the transformation means them.
 */
import type { Pattern, Test } from "../detection.ts";
import type { DraftItem, DraftValue } from "../load/draft.ts";
import { fillItem, type PlaceholderProblem } from "../load/placeholders.ts";
import { regexSearch } from "../text/regex.ts";
import { joinParts, parsePattern, patternText, plainText } from "../text/wildcards.ts";
import type { PlaceholderTransformation, Scalar, TextTransformation, ValueTransformation } from "./pipeline.ts";

export interface ValueProblem {
  readonly reason: string;
}

/** Undefined: the transformation leaves the item as it is. */
export function changeValues(
  item: DraftItem,
  transformation: ValueTransformation,
  vars: Readonly<Record<string, readonly string[]>>,
): DraftItem | undefined | ValueProblem | PlaceholderProblem {
  if ("include" in transformation) return fillPlaceholders(item, transformation, vars);
  const values: DraftValue[] = [];
  let changed = false;
  for (const value of item.values) {
    const made = value.pending === undefined ? changeValue(value, transformation) : undefined;
    if (made !== undefined && "reason" in made) return made;
    if (made === undefined) values.push(value);
    else {
      values.push(...made);
      changed = true;
    }
  }
  return changed ? { ...item, values } : undefined;
}

function fillPlaceholders(
  item: DraftItem,
  { type, include, exclude }: PlaceholderTransformation,
  vars: Readonly<Record<string, readonly string[]>>,
): DraftItem | undefined | PlaceholderProblem {
  const filled = fillItem(item, (name) => {
    if ((include !== undefined && !include.includes(name)) || exclude?.includes(name)) return undefined;
    if (type === "wildcard_placeholders") return ["*"];
    return Object.hasOwn(vars, name) ? vars[name] : undefined;
  });
  return filled === item ? undefined : filled;
}

function changeValue(
  value: DraftValue,
  transformation: TextTransformation,
): readonly DraftValue[] | undefined | ValueProblem {
  switch (transformation.type) {
    case "set_value":
      return [fixed(transformation.value)];
    case "replace_string":
      if (value.type !== "text" && value.type !== "number") return undefined;
      return [overPatterns(value, (pattern) => replaced(pattern, transformation))];
    case "map_string": {
      const written = value.type === "text" ? value.tests.map(writtenAs) : [];
      const [text] = written;
      if (written.length !== 1 || text === undefined || !Object.hasOwn(transformation.mapping, text)) return undefined;
      return transformation.mapping[text]?.map((mapped) => ofText(mapped, value)) ?? [];
    }
    case "convert_type": {
      if (transformation.target === "str") return value.type === "number" ? [{ ...value, type: "text" }] : undefined;
      if (value.type !== "text") return undefined;
      const numbers = value.tests.map((test) => Number(test.kind === "pattern" ? plainText(test.pattern) : Number.NaN));
      if (numbers.some(Number.isNaN)) return { reason: `"${value.shown}" cannot be converted to a number` };
      return [{ ...value, type: "number" }];
    }
    case "case":
      return value.type === "text" ? [overPatterns(value, (p) => cased(p, transformation.method))] : undefined;
    case "regex":
      if (value.type !== "text" || value.tests.some((test) => writtenAs(test) === "")) return undefined;
      return [{ ...value, type: "other", tests: value.tests.map((test) => asRegex(test, transformation.method)) }];
  }
}

function fixed(value: Scalar): DraftValue {
  const shown = String(value);
  if (value === null) return { tests: [{ kind: "null" }], shown, type: "null" };
  const pattern = typeof value === "string" ? parsePattern(value) : [shown];
  const type = typeof value === "string" ? "text" : typeof value === "number" ? "number" : "boolean";
  return { tests: [{ kind: "pattern", pattern, cased: false }], shown, type };
}

function ofText(text: string, like: DraftValue): DraftValue {
  const cased = like.tests.some((test) => test.kind === "pattern" && test.cased);
  return { tests: [{ kind: "pattern", pattern: parsePattern(text), cased }], shown: text, type: "text" };
}

function overPatterns(value: DraftValue, change: (pattern: Pattern) => Pattern): DraftValue {
  const tests = value.tests.map(
    (test): Test => (test.kind === "pattern" ? { ...test, pattern: change(test.pattern) } : test),
  );
  return { ...value, tests, type: "text", shown: tests.map(writtenAs).join(" | ") };
}

/** A pattern as an author would write it; other tests have no text. */
export function writtenAs(test: Test): string | undefined {
  return test.kind === "pattern" ? patternText(test.pattern) : undefined;
}

function replaced(pattern: Pattern, given: Extract<TextTransformation, { type: "replace_string" }>): Pattern {
  const search = regexSearch(given.regex);
  if ("reason" in search) return pattern;
  if (!given.skipSpecial) return parsePattern(search.replace(patternText(pattern), given.replacement));
  return joinParts(
    pattern.flatMap((part): Pattern => {
      if (typeof part === "object") return [part];
      const text = search.replace(part, given.replacement);
      return given.interpretSpecial ? parsePattern(text) : [text];
    }),
  );
}

function cased(pattern: Pattern, method: "lower" | "upper" | "snake_case"): Pattern {
  return pattern.map((part) => {
    if (typeof part === "object") return part;
    if (method === "upper") return part.toUpperCase();
    const words = method === "lower" ? part : part.replace(/(?<=[a-z0-9])(?=[A-Z])/g, "_").replace(/[\s-]+/g, "_");
    return words.toLowerCase();
  });
}

function asRegex(test: Test, method: "plain" | "ignore_case_flag" | "ignore_case_brackets"): Test {
  if (test.kind !== "pattern") return test;
  const body = test.pattern
    .map((part) => (typeof part === "object" ? (part.wild === "any" ? ".*" : ".") : escaped(part)))
    .join("");
  // Values are matched whole and across lines, and brackets of both cases mean what the flag means.
  return { kind: "regex", source: `^${body}$`, flags: method === "plain" ? "s" : "is" };
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
