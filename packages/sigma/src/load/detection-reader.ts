/**
 * detection-reader: the `detection` section of a parsed rule, or the selections of a filter, to a draft; or the first
 * thing that is wrong with it and the path of keys that leads there.
 */
import type { Expression } from "../detection.ts";
import { parseCondition } from "./condition.ts";
import { type Draft, type DraftItem, type DraftNode, type DraftValue, joinExpressions } from "./draft.ts";
import { applyModifiers, fieldName, type Refusal, type Scalar } from "./modifiers.ts";
import { splitPlaceholders, valueOf } from "./placeholders.ts";

export type Path = readonly (string | number)[];

export interface ReadProblem extends Refusal {
  readonly path: Path;
  /** Offset into the scalar at `path`, when the problem is inside it. */
  readonly offset?: number;
}

export interface ReadPlan {
  /** The key of the section: `detection`, or `filter`. */
  readonly section: string;
  /** Keys of the section that are no selections. */
  readonly reserved: readonly string[];
}

const DETECTION: ReadPlan = { section: "detection", reserved: ["condition", "timeframe"] };

export function readDetection(raw: unknown, plan: ReadPlan = DETECTION): Draft | ReadProblem {
  const root: Path = [plan.section];
  if (!isRecord(raw)) {
    return { code: "DETECTION_MISSING", reason: `the rule has no "${plan.section}" map`, path: root };
  }
  const selections: Record<string, DraftNode> = {};
  for (const [name, value] of Object.entries(raw)) {
    if (plan.reserved.includes(name)) continue;
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
  const condition = readCondition(raw["condition"], Object.keys(selections), [...root, "condition"]);
  return isProblem(condition) ? condition : { selections, condition, exceptions: [] };
}

function readCondition(raw: unknown, names: readonly string[], path: Path): Expression | ReadProblem {
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
  if (of.length === 0) return { code: "CONDITION_MISSING", reason: "the list of conditions is empty", path };
  return joinExpressions("or", of);
}

export function readSelection(raw: unknown, path: Path): DraftNode | ReadProblem {
  if (Array.isArray(raw)) {
    const of: DraftNode[] = [];
    for (const [index, entry] of raw.entries()) {
      const read = isRecord(entry) ? readMap(entry, [...path, index]) : readItem("", entry, [...path, index]);
      if (isProblem(read)) return read;
      of.push(read);
    }
    return of.length === 0 ? empty(path) : join("or", of);
  }
  return isRecord(raw) ? readMap(raw, path) : readItem("", raw, path);
}

function readMap(map: Record<string, unknown>, path: Path): DraftNode | ReadProblem {
  const of: DraftNode[] = [];
  for (const [key, value] of Object.entries(map)) {
    const read = readItem(key, value, [...path, key]);
    if (isProblem(read)) return read;
    of.push(read);
  }
  return of.length === 0 ? empty(path) : join("and", of);
}

function readItem(key: string, raw: unknown, path: Path): DraftItem | ReadProblem {
  const [written = "", ...modifiers] = key.split("|");
  const field = fieldName(written) || undefined;
  const entries: readonly unknown[] = Array.isArray(raw) ? raw : [raw];
  if (entries.length === 0) return empty(path);
  if (modifiers.includes("all") && entries.length === 1 && !modifiers.includes("expand")) {
    return {
      code: "ALL_SINGLE",
      reason: `"all" needs a list of two values or more: remove it from "${key}"`,
      path: Array.isArray(raw) ? [...path, 0] : path,
    };
  }
  const values: DraftValue[] = [];
  for (const [index, entry] of entries.entries()) {
    const here = Array.isArray(raw) ? [...path, index] : path;
    if (!isScalar(entry)) {
      return {
        code: "VALUE_INVALID",
        reason: `"${key}" needs a text, number, boolean or null, not a structure`,
        path: here,
      };
    }
    if (entry === null && Array.isArray(raw)) {
      return {
        code: "NULL_IN_LIST",
        reason: "null cannot be part of a list: give it a selection of its own",
        path: here,
      };
    }
    const value = readValue(entry, { field, modifiers, path: here });
    if ("code" in value) return { ...value, path: here };
    values.push(value);
  }
  return {
    kind: "item",
    field,
    linking: modifiers.includes("all") ? "and" : "or",
    negated: modifiers.includes("neq"),
    values,
    placed: modifiers.some((modifier) => PLACEMENTS.has(modifier)),
    applied: [],
  };
}

const PLACEMENTS = new Set(["contains", "startswith", "endswith"]);

interface Place {
  readonly field: string | undefined;
  readonly modifiers: readonly string[];
  readonly path: Path;
}

function readValue(value: Scalar, { field, modifiers, path }: Place): DraftValue | Refusal {
  if (field === undefined && value === null) return { code: "VALUE_INVALID", reason: "a keyword cannot be null" };
  const wanted = modifiers.includes("expand") ? modifiers.filter((name) => name !== "expand") : modifiers;
  if (wanted !== modifiers && typeof value === "string") {
    return valueOf({ segments: splitPlaceholders(value), modifiers: wanted, path });
  }
  const tests = applyModifiers(value, wanted);
  if ("code" in tests) return tests;
  if (field === undefined) {
    const misplaced = tests.find(({ kind }) => kind !== "pattern" && kind !== "regex" && kind !== "cidr");
    if (misplaced !== undefined) {
      return {
        code: "MODIFIER_MISPLACED",
        reason: `a keyword is searched in the whole message: "${misplaced.kind}" needs the name of a field before it`,
      };
    }
  }
  return { tests, shown: String(value), type: typeOf(value, tests) };
}

function typeOf(value: Scalar, tests: readonly { readonly kind: string }[]): DraftValue["type"] {
  if (tests.some(({ kind }) => kind !== "pattern" && kind !== "null")) return "other";
  if (value === null) return "null";
  if (typeof value === "string") return "text";
  return typeof value === "number" ? "number" : "boolean";
}

function join(kind: "and" | "or", of: readonly DraftNode[]): DraftNode {
  return of.length === 1 && of[0] !== undefined ? of[0] : { kind, of };
}

function empty(path: Path): ReadProblem {
  return { code: "SELECTION_EMPTY", reason: `"${path.at(-1) ?? ""}" is empty: give it a value or remove it`, path };
}

export function isProblem(value: object): value is ReadProblem {
  return "code" in value && "path" in value;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isScalar(value: unknown): value is Scalar {
  return value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
