/** template: `${expression}` in the texts of a step. A text that is one expression keeps the type of its value; `$${` is a plain `${`.
 *  Values put into CACAO's commands are written `__name__:value` there. */
import type { Json, JsonObject } from "./model.ts";

export type Evaluated = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly reason: string };
export type Evaluate = (expression: string, variables: JsonObject) => Evaluated;

type Part = { readonly text: string } | { readonly expression: string };

/** The expressions of all texts in a value, each with its path. */
export function expressionsIn(value: Json, path: readonly (string | number)[] = []): [(string | number)[], string][] {
  if (typeof value === "string") {
    return partsOf(value).flatMap((part) => ("expression" in part ? [[[...path], part.expression]] : []));
  }
  if (Array.isArray(value)) return value.flatMap((item: Json, n) => expressionsIn(item, [...path, n]));
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([name, item]) => expressionsIn(item, [...path, name]));
  }
  return [];
}

/** The value with every expression evaluated; the first one that fails ends it. */
export function fill(value: Json, evaluate: (expression: string) => Evaluated): Evaluated {
  if (typeof value === "string") return fillText(value, evaluate);
  if (Array.isArray(value)) {
    const items: Json[] = [];
    for (const item of value) {
      const filled = fill(item, evaluate);
      if (!filled.ok) return filled;
      items.push(filled.value);
    }
    return { ok: true, value: items };
  }
  if (typeof value === "object" && value !== null) {
    const entries: [string, Json][] = [];
    for (const [name, item] of Object.entries(value)) {
      const filled = fill(item, evaluate);
      if (!filled.ok) return filled;
      entries.push([name, filled.value]);
    }
    return { ok: true, value: Object.fromEntries(entries) };
  }
  return { ok: true, value };
}

const CACAO_VARIABLE = /__([a-zA-Z_][a-zA-Z0-9_-]*?)__(:value)?/g;

/** The names that the texts of a CACAO command put values in for, each with whether it is written with `:value`. */
export function cacaoNames(value: Json): { readonly name: string; readonly asValue: boolean }[] {
  if (typeof value === "string") {
    return [...value.matchAll(CACAO_VARIABLE)].map(([, name = "", suffix]) => ({
      name,
      asValue: suffix !== undefined,
    }));
  }
  return typeof value === "object" && value !== null
    ? Object.values(value).flatMap((item: Json) => cacaoNames(item))
    : [];
}

/** `__name__:value`, and the bare `__name__`, in the texts of a CACAO command. */
export function fillCacao(value: Json, variables: JsonObject): Json {
  if (typeof value === "string") {
    return value.replace(CACAO_VARIABLE, (all, name: string) => {
      const found = Object.hasOwn(variables, name) ? variables[name] : undefined;
      return found === undefined ? all : textOf(found);
    });
  }
  if (Array.isArray(value)) return value.map((item: Json) => fillCacao(item, variables));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, fillCacao(item, variables)]));
  }
  return value;
}

export function textOf(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function fillText(text: string, evaluate: (expression: string) => Evaluated): Evaluated {
  const parts = partsOf(text);
  const [only] = parts;
  if (parts.length === 1 && only !== undefined && "expression" in only) return evaluate(only.expression);
  let filled = "";
  for (const part of parts) {
    if ("text" in part) {
      filled += part.text;
      continue;
    }
    const result = evaluate(part.expression);
    if (!result.ok) return result;
    filled += textOf(result.value);
  }
  return { ok: true, value: filled };
}

function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let plain = "";
  for (let at = 0; at < text.length; ) {
    if (text.startsWith("$${", at)) {
      plain += "${";
      at += 3;
    } else if (text.startsWith("${", at)) {
      const end = closing(text, at + 2);
      if (end === undefined) {
        plain += text.slice(at);
        break;
      }
      if (plain !== "") parts.push({ text: plain });
      plain = "";
      parts.push({ expression: text.slice(at + 2, end).trim() });
      at = end + 1;
    } else {
      plain += text[at] ?? "";
      at += 1;
    }
  }
  if (plain !== "" || parts.length === 0) parts.push({ text: plain });
  return parts;
}

/** Where the brace that closes the expression stands, past braces and quotes inside it. */
function closing(text: string, from: number): number | undefined {
  let depth = 0;
  let quote = "";
  for (let at = from; at < text.length; at += 1) {
    const letter = text[at] ?? "";
    if (quote !== "") {
      if (letter === "\\") at += 1;
      else if (letter === quote) quote = "";
    } else if (letter === '"' || letter === "'") quote = letter;
    else if (letter === "{") depth += 1;
    else if (letter === "}" && depth > 0) depth -= 1;
    else if (letter === "}") return at;
  }
  return undefined;
}
