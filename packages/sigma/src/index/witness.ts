/**
 * witness: necessary conditions of a rule, simple enough to be looked up in an index. A rule can only match when at least
 * one of its witnesses holds, so all other rules need not be evaluated. Of several AND branches the rarest is kept.
 */
import type { Detection, Expression, Item, Pattern, Test } from "../detection.ts";
import { requiredLiteral } from "./regex-literal.ts";
import { plainText } from "../text/wildcards.ts";

export type Witness =
  /** The lower-cased value equals, starts with, ends with or contains the text. */
  | { readonly kind: "exact" | "prefix" | "suffix" | "inside"; readonly field: number; readonly text: string }
  /** Some keyword text contains it; an empty text means any event with text. */
  | { readonly kind: "keyword"; readonly text: string }
  | { readonly kind: "present"; readonly field: number };

interface Found {
  readonly witnesses: readonly Witness[];
  /** A guess at how often the witnesses hold; only the order matters. */
  readonly cost: number;
}

/** Fields with few values, or with the same value in most events of a channel. */
const COMMON_FIELDS = new Set([
  "EventID",
  "Channel",
  "Provider_Name",
  "EventType",
  "Initiated",
  "Protocol",
  "Signed",
  "User",
]);

export function witnessesOf(
  detection: Detection,
  fieldNumber: (name: string) => number,
): readonly Witness[] | undefined {
  return find(detection.condition, detection, fieldNumber)?.witnesses;
}

/** The event ids (as text) that every match must have one of. */
export function eventIdsOf(detection: Detection): ReadonlySet<string> | undefined {
  return idsOf(detection.condition, detection);
}

function find(expression: Expression, detection: Detection, fieldNumber: (name: string) => number): Found | undefined {
  switch (expression.kind) {
    case "not":
      return undefined;
    case "item":
      return itemWitness(expression, fieldNumber);
    case "selection": {
      const selection = detection.selections[expression.name];
      return selection === undefined ? undefined : find(selection, detection, fieldNumber);
    }
    case "and": {
      let best: Found | undefined;
      for (const part of expression.of) {
        const found = find(part, detection, fieldNumber);
        if (found !== undefined && (best === undefined || found.cost < best.cost)) best = found;
      }
      return best;
    }
    case "or": {
      const witnesses: Witness[] = [];
      let cost = 0;
      for (const part of expression.of) {
        const found = find(part, detection, fieldNumber);
        if (found === undefined) return undefined;
        witnesses.push(...found.witnesses);
        cost += found.cost;
      }
      return { witnesses, cost };
    }
  }
}

function itemWitness(item: Item, fieldNumber: (name: string) => number): Found | undefined {
  const { test } = item;
  if (item.field === undefined) {
    const text = literalOf(test);
    return { witnesses: [{ kind: "keyword", text }], cost: 2 + literalCost(text) };
  }
  const field = fieldNumber(item.field);
  const weight = COMMON_FIELDS.has(item.field) ? 100 : 1;
  if (test.kind === "null" || (test.kind === "exists" && !test.wanted)) return undefined;
  if (test.kind === "regex") return insideOrPresent(field, literalOf(test), weight);
  if (test.kind !== "pattern") return { witnesses: [{ kind: "present", field }], cost: 60 * weight };
  const plain = plainText(test.pattern);
  if (plain !== undefined) {
    return {
      witnesses: [{ kind: "exact", field, text: plain.toLowerCase() }],
      cost: weight * exactCost(plain.toLowerCase()),
    };
  }
  const text = bestLiteral(test.pattern);
  if (text === "") return { witnesses: [{ kind: "present", field }], cost: 60 * weight };
  if (foldedEnd(test.pattern.at(-1)) === text) {
    return { witnesses: [{ kind: "suffix", field, text }], cost: weight * literalCost(text) };
  }
  if (foldedEnd(test.pattern[0]) === text) {
    return { witnesses: [{ kind: "prefix", field, text }], cost: weight * literalCost(text) };
  }
  return insideOrPresent(field, text, weight);
}

/** Short words and the plain registry data are values that very many events share. */
function exactCost(text: string): number {
  if (text.length < 3) return 8;
  return /^(?:[a-z]{1,8}$|dword \(|qword \(|binary data)/.test(text) ? 3 : 0.5;
}

function insideOrPresent(field: number, text: string, weight: number): Found {
  if (text === "") return { witnesses: [{ kind: "present", field }], cost: 60 * weight };
  return { witnesses: [{ kind: "inside", field, text }], cost: weight * literalCost(text) * 1.5 };
}

function literalOf(test: Test): string {
  if (test.kind === "pattern") return bestLiteral(test.pattern);
  return test.kind === "regex" ? requiredLiteral(test.source) : "";
}

function foldedEnd(part: Pattern[number] | undefined): string | undefined {
  return typeof part === "string" ? part.toLowerCase() : undefined;
}

/** The literal of a pattern that says most. */
function bestLiteral(pattern: Pattern): string {
  let best = "";
  let cost = Number.POSITIVE_INFINITY;
  for (const part of pattern) {
    if (typeof part !== "string") continue;
    const text = part.toLowerCase();
    const own = literalCost(text);
    if (own >= cost) continue;
    best = text;
    cost = own;
  }
  return best;
}

/** Words that most paths, keys and call traces contain, so that they tell little. */
const COMMON_WORDS =
  /windows nt|windows|system32|syswow64|program files( \(x86\))?|users|appdata|local|roaming|temp|microsoft|software|currentversion|wow6432node|currentcontrolset|services|hklm|hku|ntdll\.dll|kernelbase\.dll|kernel32\.dll|svchost\.exe|start menu|programs|recent|explorer|policies|\.exe|\.dll|c:|:|\\/g;

function literalCost(text: string): number {
  const telling = text.replace(COMMON_WORDS, "").length + text.length / 16;
  return 40 / (1 + telling * telling * 0.5);
}

function idsOf(expression: Expression, detection: Detection): ReadonlySet<string> | undefined {
  switch (expression.kind) {
    case "not":
      return undefined;
    case "item": {
      if (expression.field !== "EventID" || expression.test.kind !== "pattern") return undefined;
      const plain = plainText(expression.test.pattern);
      return plain === undefined ? undefined : new Set([plain]);
    }
    case "selection": {
      const selection = detection.selections[expression.name];
      return selection === undefined ? undefined : idsOf(selection, detection);
    }
    case "and":
      return expression.of.map((part) => idsOf(part, detection)).find((ids) => ids !== undefined);
    case "or": {
      const all = new Set<string>();
      for (const part of expression.of) {
        const ids = idsOf(part, detection);
        if (ids === undefined) return undefined;
        for (const id of ids) all.add(id);
      }
      return all;
    }
  }
}
