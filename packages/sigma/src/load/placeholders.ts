/**
 * placeholders: the `expand` modifier. A value is split at its `%names%` (`\%` is a plain percent sign) and filled in from
 * lists, every combination once. A value whose placeholders have no list stays pending, and its rule is refused.
 */
import type { DraftItem, DraftNode, DraftValue, Pending, Segment } from "./draft.ts";
import { applyModifiers, type Refusal } from "./modifiers.ts";

/** Undefined: leave this placeholder alone. */
export type PlaceholderLookup = (name: string) => readonly string[] | undefined;

/** More values than this in place of one is a mistake. */
const MAX_VALUES = 10_000;

export function splitPlaceholders(value: string): readonly Segment[] {
  const segments: Segment[] = [];
  let text = "";
  for (let at = 0; at < value.length; at++) {
    if (value[at] === "\\" && value[at + 1] === "%") {
      text += "%";
      at++;
      continue;
    }
    const name = value[at] === "%" ? /^%([A-Za-z0-9_.-]+)%/.exec(value.slice(at, at + MAX_NAME))?.[1] : undefined;
    if (name === undefined) {
      text += value[at] ?? "";
      continue;
    }
    if (text !== "") segments.push(text);
    text = "";
    segments.push({ placeholder: name });
    at += name.length + 1;
  }
  if (text !== "" || segments.length === 0) segments.push(text);
  return segments;
}

const MAX_NAME = 128;

export function placeholdersIn(segments: readonly Segment[]): string[] {
  return segments.flatMap((segment) => (typeof segment === "string" ? [] : [segment.placeholder]));
}

/** Fills in what the lookup knows, everywhere below a node. */
export function fillPlaceholders(node: DraftNode, lookup: PlaceholderLookup): DraftNode | PlaceholderProblem {
  if (node.kind === "item") return fillItem(node, lookup);
  const of: DraftNode[] = [];
  for (const inner of node.of) {
    const filled = fillPlaceholders(inner, lookup);
    if ("code" in filled) return filled;
    of.push(filled);
  }
  return { kind: node.kind, of };
}

export interface PlaceholderProblem extends Refusal {
  readonly path: readonly (string | number)[];
}

export function fillItem(item: DraftItem, lookup: PlaceholderLookup): DraftItem | PlaceholderProblem {
  if (!item.values.some(({ pending }) => pending !== undefined)) return item;
  const values: DraftValue[] = [];
  for (const value of item.values) {
    const filled = value.pending === undefined ? [value] : fill(value.pending, lookup);
    if ("code" in filled) return { ...filled, path: value.pending?.path ?? [] };
    values.push(...filled);
  }
  return { ...item, values };
}

/** Under `all` every value of the list must be found, so the values join the item's own. */
function fill(pending: Pending, lookup: PlaceholderLookup): readonly DraftValue[] | Refusal {
  let combinations: readonly (readonly Segment[])[] = [[]];
  for (const segment of pending.segments) {
    const known = typeof segment === "string" ? undefined : lookup(segment.placeholder);
    if (known?.length === 0 && typeof segment !== "string") return emptyList(segment.placeholder);
    const choices: readonly Segment[] = known ?? [segment];
    if (combinations.length * choices.length > MAX_VALUES) {
      return {
        code: "PLACEHOLDER_TOO_MANY",
        reason: `the placeholders of this value stand for more than ${MAX_VALUES} combinations: split the value`,
      };
    }
    combinations = combinations.flatMap((before) => choices.map((choice) => [...before, choice]));
  }
  const values: DraftValue[] = [];
  for (const segments of combinations) {
    const made = valueOf({ ...pending, segments });
    if ("code" in made) return made;
    values.push(made);
  }
  return values;
}

function emptyList(name: string): Refusal {
  return {
    code: "PLACEHOLDER_UNSUPPORTED",
    reason: `the list of the placeholder %${name}% is empty: give it at least one value`,
  };
}

/** A value with all its placeholders filled in, or one that is pending. */
export function valueOf(pending: Pending): DraftValue | Refusal {
  const shown = pending.segments.map((part) => (typeof part === "string" ? part : `%${part.placeholder}%`)).join("");
  if (placeholdersIn(pending.segments).length > 0) return { tests: [], shown, type: "text", pending };
  const tests = applyModifiers(shown, pending.modifiers);
  return "code" in tests ? tests : { tests, shown, type: tests.every(isPattern) ? "text" : "other" };
}

function isPattern(test: { readonly kind: string }): boolean {
  return test.kind === "pattern";
}

/** The first value that is still pending. */
export function firstPending(node: DraftNode): Pending | undefined {
  if (node.kind === "item") return node.values.find(({ pending }) => pending !== undefined)?.pending;
  for (const inner of node.of) {
    const found = firstPending(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}
