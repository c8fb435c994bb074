/**
 * item-judge: one item of a rule on one event: the value found, the test in words and whether it holds. Written for clarity
 * and apart from the compiled predicates, so that the one can be held against the other.
 */
import type { Comparison, Item, Pattern, Test } from "../detection.ts";
import { accessTo, type Fields, lookup } from "../match/access.ts";
import type { Aliases } from "../routing/routes.ts";
import type { SigmaEvent } from "../rule.ts";
import { cidrTest } from "../text/cidr.ts";
import { timePart } from "../text/instant.ts";
import { patternTest, type StringTest } from "../text/pattern-matcher.ts";
import { regexTest } from "../text/regex.ts";
import { everyTextOf, textsOf } from "./event-texts.ts";
import type { ExplainedItem, Found } from "./explanation.ts";
import { testInWords } from "./test-words.ts";

export type JudgeItem = (item: Item) => ExplainedItem;

const LONGEST_TEXT = 512;
const MOST_TEXTS = 20;

export function createItemJudge(event: SigmaEvent, fields: Fields, aliases: Aliases): JudgeItem {
  const valueOf = (field: string): unknown => lookup(fields, accessTo(field, aliases));
  return (item) => {
    const value = item.field === undefined ? undefined : valueOf(item.field);
    const texts = item.field === undefined ? keywordTexts(event, fields) : textsOf(value);
    const made = makeTest(item.test, valueOf);
    const holds = "cannotRun" in made ? false : made.holds(value, texts);
    const fits = "cannotRun" in made ? () => false : made.fits;
    return {
      kind: "item",
      field: item.field,
      foundAs: item.field === undefined ? undefined : otherName(item.field, fields, aliases),
      found: item.field !== undefined && value === undefined ? { kind: "missing" } : foundOf(value, texts, fits),
      test: testInWords(item.test),
      shown: item.shown,
      cannotRun: "cannotRun" in made ? made.cannotRun : undefined,
      holds,
      decided: false,
    };
  };
}

function keywordTexts(event: SigmaEvent, fields: Fields): readonly string[] {
  return event.text === undefined ? everyTextOf(fields) : [event.text];
}

function foundOf(value: unknown, texts: readonly string[], fits: StringTest): Found {
  if (value === null) return { kind: "null" };
  const first = texts.filter(fits).slice(0, MOST_TEXTS);
  const shown = [...first, ...texts.filter((text) => !first.includes(text))].slice(0, MOST_TEXTS);
  return {
    kind: "texts",
    texts: shown.map((text) => text.slice(0, LONGEST_TEXT)),
    cut: texts.length > shown.length || shown.some((text) => text.length > LONGEST_TEXT),
  };
}

/** The alias under which the field was found, if it was one. */
function otherName(field: string, fields: Fields, aliases: Aliases): string | undefined {
  const names = Object.hasOwn(aliases, field) ? (aliases[field] ?? []) : [];
  const name = names.find((candidate) => lookup(fields, accessTo(candidate, {})) !== undefined);
  return name === field ? undefined : name;
}

type MadeTest =
  | { readonly cannotRun: string }
  | { readonly holds: (value: unknown, texts: readonly string[]) => boolean; readonly fits: StringTest };

function makeTest(test: Test, valueOf: (field: string) => unknown): MadeTest {
  switch (test.kind) {
    case "null":
      return { holds: (value) => value === undefined || value === null, fits: () => false };
    case "exists":
      return { holds: (value) => (value !== undefined) === test.wanted, fits: () => test.wanted };
    case "pattern":
      return onTexts(test.cased ? patternTest(test.pattern) : caseless(test.pattern));
    case "regex": {
      const made = regexTest(test.source, test.flags);
      return "test" in made ? onTexts(made.test) : { cannotRun: made.reason };
    }
    case "cidr":
      return onTexts(cidrTest(test.network) ?? (() => false));
    case "compare":
      return onTexts((text) => text.trim() !== "" && compare(Number(text), test.op, test.value));
    case "time":
      return onTexts((text) => {
        const part = timePart(text, test.part);
        return part !== undefined && compare(part, test.op, test.value);
      });
    case "fieldref":
      return onTexts(sameAs(textsOf(valueOf(test.other)), test));
  }
}

function onTexts(fits: StringTest): MadeTest {
  return { holds: (_, texts) => texts.some(fits), fits };
}

function caseless(pattern: Pattern): StringTest {
  const matches = patternTest(pattern.map((part) => (typeof part === "string" ? part.toLowerCase() : part)));
  return (text) => matches(text.toLowerCase());
}

function compare(left: number, op: Comparison | "eq", right: number): boolean {
  switch (op) {
    case "eq":
      return left === right;
    case "lt":
      return left < right;
    case "lte":
      return left <= right;
    case "gt":
      return left > right;
    case "gte":
      return left >= right;
  }
}

function sameAs(others: readonly string[], test: Extract<Test, { kind: "fieldref" }>): StringTest {
  const fold = (text: string): string => (test.cased ? text : text.toLowerCase());
  return (text) =>
    others.some((other) => {
      switch (test.placement) {
        case "equals":
          return fold(text) === fold(other);
        case "contains":
          return fold(text).includes(fold(other));
        case "startswith":
          return fold(text).startsWith(fold(other));
        case "endswith":
          return fold(text).endsWith(fold(other));
      }
    });
}
