/**
 * modifiers: applies a field's modifier chain, left to right, to one value and yields the tests it stands for. A value
 * may become several (Base64 offsets, dashes); they are alternatives.
 */
import type { Comparison, Pattern, Placement, Test, TimePart } from "../detection.ts";
import { cidrTest } from "../text/cidr.ts";
import { base64, base64Offsets, dashVariants, type Utf16, utf16Bytes, utf8Bytes } from "../text/encodings.ts";
import { ANY, joinParts, parsePattern, plainText } from "../text/wildcards.ts";

export type Scalar = string | number | boolean | null;

export interface Refusal {
  readonly code: string;
  readonly reason: string;
}

const NO_WILDCARDS = 'needs a text without wildcards; put "contains" after it';

/** What the chain has made of the value so far. */
type State =
  | { readonly is: "value"; readonly value: Exclude<Scalar, string> }
  | { readonly is: "pattern"; readonly pattern: Pattern; readonly raw: string }
  | { readonly is: "bytes"; readonly bytes: string }
  | { readonly is: "test"; readonly test: Test };

const PLACEMENTS = new Set(["contains", "startswith", "endswith"]);
const COMPARISONS = new Set(["lt", "lte", "gt", "gte"]);
const TIME_PARTS = new Set(["minute", "hour", "day", "week", "month", "year"]);
const UTF16 = new Set(["wide", "utf16", "utf16le", "utf16be"]);
/** These act on the whole item or on the case rule, not on one value. */
const OUTSIDE = new Set(["all", "neq", "cased"]);
/** These give the value a meaning of its own and must come first. */
const WHOLE = new Set(["re", "cidr", "exists"]);

export function applyModifiers(value: Scalar, modifiers: readonly string[]): readonly Test[] | Refusal {
  const cased = modifiers.includes("cased");
  let states: readonly State[] = [
    typeof value === "string" ? { is: "pattern", pattern: parsePattern(value), raw: value } : { is: "value", value },
  ];
  let before: string | undefined;
  for (const modifier of modifiers) {
    if (OUTSIDE.has(modifier)) continue;
    if (before !== undefined && WHOLE.has(modifier)) {
      return misplaced(modifier, `takes the value as it is written, so it cannot follow "${before}"`);
    }
    before = modifier;
    const next: State[] = [];
    for (const state of states) {
      const made = step(state, modifier, cased);
      if ("code" in made) return made;
      next.push(...made);
    }
    states = next;
  }
  return states.map((state) => toTest(state, cased));
}

function step(state: State, modifier: string, cased: boolean): readonly State[] | Refusal {
  if (PLACEMENTS.has(modifier)) return place(state, placement(modifier));
  if (COMPARISONS.has(modifier)) return compare(state, comparison(modifier));
  if (TIME_PARTS.has(modifier)) return timeTest(state, modifier);
  if (UTF16.has(modifier)) return widen(state, utf16(modifier), modifier);
  switch (modifier) {
    case "re":
      if (state.is === "pattern") return [test({ kind: "regex", source: state.raw, flags: "" })];
      if (state.is === "value" && typeof state.value === "number") {
        return [test({ kind: "regex", source: String(state.value), flags: "" })];
      }
      return misplaced(modifier, "needs a text value");
    case "i":
    case "m":
    case "s":
      if (state.is !== "test" || state.test.kind !== "regex") return misplaced(modifier, 'belongs right after "re"');
      return [test({ ...state.test, flags: state.test.flags + modifier })];
    case "base64":
      return encode(state, modifier, (bytes) => [base64(bytes)]);
    case "base64offset":
      return encode(state, modifier, (bytes) => (bytes.length < 2 ? undefined : base64Offsets(bytes)));
    case "windash":
      return windash(state);
    case "cidr":
      if (state.is !== "pattern" || cidrTest(state.raw) === undefined) {
        return {
          code: "CIDR_INVALID",
          reason: `"${shown(state)}" is no IP network: write for example 10.0.0.0/8 or fe80::/10`,
        };
      }
      return [test({ kind: "cidr", network: state.raw })];
    case "exists":
      if (state.is !== "value" || typeof state.value !== "boolean") return misplaced(modifier, "needs true or false");
      return [test({ kind: "exists", wanted: state.value })];
    case "fieldref":
      return fieldref(state, cased);
    default:
      return { code: "MODIFIER_UNKNOWN", reason: `"${modifier}" is no Sigma modifier: check the spelling` };
  }
}

function place(state: State, where: Placement): readonly State[] | Refusal {
  if (state.is === "test") {
    if (state.test.kind === "fieldref") return [test({ ...state.test, placement: where })];
    return misplaced(where, `cannot follow the modifier before it`);
  }
  const pattern = toPattern(state);
  if (pattern === undefined) return misplaced(where, "needs a text or a number");
  const head = where === "startswith" ? [] : [ANY];
  const tail = where === "endswith" ? [] : [ANY];
  const placed = joinParts([...head, ...pattern, ...tail]);
  return [{ is: "pattern", pattern: placed, raw: shown(state) }];
}

function compare(state: State, op: Comparison): readonly State[] | Refusal {
  if (state.is === "test" && state.test.kind === "time") return [test({ ...state.test, op })];
  const value = toNumber(state);
  return value === undefined ? misplaced(op, "needs a number") : [test({ kind: "compare", op, value })];
}

function timeTest(state: State, modifier: string): readonly State[] | Refusal {
  const part = timePartName(modifier);
  if (state.is === "test" && state.test.kind === "compare") {
    return [test({ kind: "time", part, op: state.test.op, value: state.test.value })];
  }
  const value = toNumber(state);
  return value === undefined ? misplaced(modifier, "needs a number") : [test({ kind: "time", part, op: "eq", value })];
}

function widen(state: State, form: Utf16, modifier: string): readonly State[] | Refusal {
  const text = state.is === "bytes" ? state.bytes : plainOf(state);
  return text === undefined ? misplaced(modifier, NO_WILDCARDS) : [{ is: "bytes", bytes: utf16Bytes(text, form) }];
}

function encode(
  state: State,
  modifier: string,
  make: (bytes: string) => readonly string[] | undefined,
): readonly State[] | Refusal {
  const text = plainOf(state);
  if (state.is !== "bytes" && text === undefined) return misplaced(modifier, NO_WILDCARDS);
  const bytes = state.is === "bytes" ? state.bytes : utf8Bytes(text ?? "");
  const made = make(bytes);
  if (made === undefined) return misplaced(modifier, "needs two characters or more: one alone leaves nothing to find");
  return made.map((encoded) => ({ is: "pattern", pattern: joinParts([encoded]), raw: encoded }));
}

function windash(state: State): readonly State[] | Refusal {
  if (state.is !== "pattern") return misplaced("windash", "needs a text value");
  let patterns: Pattern[] = [[]];
  for (const part of state.pattern) {
    const variants = typeof part === "string" ? dashVariants(part) : [part];
    if (variants === undefined || patterns.length * variants.length > 3125) {
      return { code: "WINDASH_TOO_MANY", reason: `"${state.raw}" has too many dashes: split the value` };
    }
    patterns = patterns.flatMap((pattern) => variants.map((variant) => [...pattern, variant]));
  }
  return patterns.map((pattern) => ({ is: "pattern", pattern, raw: state.raw }));
}

function fieldref(state: State, cased: boolean): readonly State[] | Refusal {
  if (state.is !== "pattern") return misplaced("fieldref", "needs the name of another field");
  const head = state.pattern[0];
  const tail = state.pattern.at(-1);
  const open = typeof head === "object";
  const ajar = typeof tail === "object";
  const names = state.pattern.filter((part) => typeof part === "string");
  if (names.length !== 1) return misplaced("fieldref", "needs the name of one other field");
  const where: Placement = open && ajar ? "contains" : open ? "endswith" : ajar ? "startswith" : "equals";
  return [test({ kind: "fieldref", other: fieldName(names[0] ?? ""), placement: where, cased })];
}

/** Field names lose their spaces, as the specification asks. */
export function fieldName(written: string): string {
  return written.replaceAll(" ", "");
}

function toTest(state: State, cased: boolean): Test {
  if (state.is === "test") return state.test;
  if (state.is === "pattern") return { kind: "pattern", pattern: state.pattern, cased };
  if (state.is === "bytes") return { kind: "pattern", pattern: joinParts([state.bytes]), cased };
  return state.value === null ? { kind: "null" } : { kind: "pattern", pattern: [String(state.value)], cased };
}

function toPattern(state: State): Pattern | undefined {
  if (state.is === "pattern") return state.pattern;
  if (state.is === "bytes") return [state.bytes];
  return state.is === "value" && state.value !== null ? [String(state.value)] : undefined;
}

function plainOf(state: State): string | undefined {
  const pattern = toPattern(state);
  return pattern === undefined ? undefined : plainText(pattern);
}

function toNumber(state: State): number | undefined {
  if (state.is === "value") return typeof state.value === "number" ? state.value : undefined;
  const text = plainOf(state);
  return text === undefined || text.trim() === "" || Number.isNaN(Number(text)) ? undefined : Number(text);
}

function shown(state: State): string {
  if (state.is === "pattern") return state.raw;
  return state.is === "value" ? String(state.value) : state.is === "bytes" ? state.bytes : state.test.kind;
}

function test(made: Test): State {
  return { is: "test", test: made };
}

function misplaced(modifier: string, reason: string): Refusal {
  return { code: "MODIFIER_MISPLACED", reason: `the modifier "${modifier}" ${reason}` };
}

function placement(name: string): Placement {
  return name === "contains" ? "contains" : name === "startswith" ? "startswith" : "endswith";
}

function comparison(name: string): Comparison {
  return name === "lt" ? "lt" : name === "lte" ? "lte" : name === "gt" ? "gt" : "gte";
}

function utf16(name: string): Utf16 {
  return name === "utf16be" ? "utf16be" : name === "utf16" ? "utf16" : "utf16le";
}

function timePartName(name: string): TimePart {
  const parts: readonly TimePart[] = ["minute", "hour", "day", "week", "month", "year"];
  return parts.find((part) => part === name) ?? "hour";
}
