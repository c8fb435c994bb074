/** attribute-texts: reading the attributes of a document that may hold anything. */
import type { LintDocument } from "../lint-document.ts";

/** Undefined when the attribute is absent or not a text. */
export function textOf({ value }: LintDocument, name: string): string | undefined {
  const found = value[name];
  return typeof found === "string" ? found : undefined;
}

/** The texts of a list, each with its place; a single text counts as a list of one at -1. */
export function textsOf({ value }: LintDocument, name: string): { readonly text: string; readonly index: number }[] {
  const found = value[name];
  if (typeof found === "string") return [{ text: found, index: -1 }];
  if (!Array.isArray(found)) return [];
  return found.flatMap((text: unknown, index) => (typeof text === "string" ? [{ text, index }] : []));
}

export function placeOf(name: string, index: number): (string | number)[] {
  return index < 0 ? [name] : [name, index];
}

/** Any value as a message can show it. */
export function shownOf(value: unknown): string {
  const text = typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
