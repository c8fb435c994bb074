/**
 * detection-reader: the `detection` section of a parsed rule to its meaning, or the first thing that is wrong with it and
 * the path of keys that leads there.
 */
import type { Detection, Expression, Item } from "../detection.ts";
import { parseCondition } from "./condition.ts";
import { applyModifiers, fieldName, type Refusal, type Scalar } from "./modifiers.ts";

export type Path = readonly (string | number)[];

export interface ReadProblem extends Refusal {
  readonly path: Path;
  /** Offset into the scalar at `path`, when the problem is inside it. */
  readonly offset?: number;
}

export function readDetection(raw: unknown): Detection | ReadProblem {
  const root: Path = ["detection"];
  if (!isRecord(raw)) return { code: "DETECTION_MISSING", reason: 'the rule has no "detection" map', path: root };
  const selections: Record<string, Expression> = {};
  for (const [name, value] of Object.entries(raw)) {
    if (name === "condition" || name === "timeframe") continue;
    const read = readSelection(value, [...root, name]);
    if (isProblem(read)) return read;
    selections[name] = read;
  }
  if (raw["timeframe"] !== undefined) {
    return {
      code: "AGGREGATION_UNSUPPORTED",
      reason: '"timeframe" was removed from Sigma: write a correlation rule instead',
      path: [...root, "timeframe"],
    };
  }
  const condition = readCondition(raw["condition"], Object.keys(selections));
  return isProblem(condition) ? condition : { selections, condition };
}

function readCondition(raw: unknown, names: readonly string[]): Expression | ReadProblem {
  const path: Path = ["detection", "condition"];
  const texts: readonly unknown[] = Array.isArray(raw) ? raw : [raw];
  const of: Expression[] = [];
  for (const [index, text] of texts.entries()) {
    const here = Array.isArray(raw) ? [...path, index] : path;
    if (typeof text !== "string") {
      return { code: "CONDITION_MISSING", reason: 'the detection has no "condition" text', path: here };
    }
    const parsed = parseCondition(text, names);
    if (!parsed.ok) return { code: parsed.code, reason: `condition: ${parsed.reason}`, path: here, offset: parsed.at };
    of.push(parsed.expression);
  }
  const first = of[0];
  if (first === undefined) return { code: "CONDITION_MISSING", reason: "the list of conditions is empty", path };
  return of.length === 1 ? first : { kind: "or", of };
}

function readSelection(raw: unknown, path: Path): Expression | ReadProblem {
  if (Array.isArray(raw)) {
    const of: Expression[] = [];
    for (const [index, entry] of raw.entries()) {
      const read = isRecord(entry) ? readMap(entry, [...path, index]) : readKeyword(entry, [...path, index]);
      if (isProblem(read)) return read;
      of.push(read);
    }
    return of.length === 0 ? empty(path) : join("or", of);
  }
  if (isRecord(raw)) return readMap(raw, path);
  return readKeyword(raw, path);
}

function readMap(map: Record<string, unknown>, path: Path): Expression | ReadProblem {
  const of: Expression[] = [];
  for (const [key, value] of Object.entries(map)) {
    const read = readItem(key, value, [...path, key]);
    if (isProblem(read)) return read;
    of.push(read);
  }
  return of.length === 0 ? empty(path) : join("and", of);
}

function readKeyword(raw: unknown, path: Path): Expression | ReadProblem {
  return readItem("", raw, path);
}

function readItem(key: string, raw: unknown, path: Path): Expression | ReadProblem {
  const [written = "", ...modifiers] = key.split("|");
  const field = fieldName(written);
  const values: readonly unknown[] = Array.isArray(raw) ? raw : [raw];
  if (values.length === 0) return empty(path);
  const of: Expression[] = [];
  for (const [index, value] of values.entries()) {
    const here = Array.isArray(raw) ? [...path, index] : path;
    if (!isScalar(value)) {
      return {
        code: "VALUE_INVALID",
        reason: `"${key}" needs a text, number, boolean or null, not a structure`,
        path: here,
      };
    }
    if (value === null && Array.isArray(raw)) {
      return {
        code: "NULL_IN_LIST",
        reason: "null cannot be part of a list: give it a selection of its own",
        path: here,
      };
    }
    const tests = field === "" ? keywordTests(value, modifiers) : applyModifiers(value, modifiers);
    if ("code" in tests) return { ...tests, path: here };
    const items = tests.map((test): Item => ({ kind: "item", field: field || undefined, test, shown: String(value) }));
    of.push(join("or", items));
  }
  const joined = join(modifiers.includes("all") ? "and" : "or", of);
  return modifiers.includes("neq") ? { kind: "not", of: joined } : joined;
}

/** A keyword is found anywhere in the message, unless a regular expression says otherwise. */
function keywordTests(value: Scalar, modifiers: readonly string[]): ReturnType<typeof applyModifiers> {
  if (value === null) return { code: "VALUE_INVALID", reason: "a keyword cannot be null" };
  return applyModifiers(value, modifiers.includes("re") ? modifiers : [...modifiers, "contains"]);
}

function join(kind: "and" | "or", of: readonly Expression[]): Expression {
  return of.length === 1 && of[0] !== undefined ? of[0] : { kind, of };
}

function empty(path: Path): ReadProblem {
  return { code: "SELECTION_EMPTY", reason: `"${path.at(-1) ?? ""}" is empty: give it a value or remove it`, path };
}

export function isProblem(value: Expression | Detection | ReadProblem): value is ReadProblem {
  return "code" in value && "path" in value;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isScalar(value: unknown): value is Scalar {
  return value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
