/** read: typed access to fields of records whose shape nobody guarantees. A missing or wrong-typed field reads as "" or 0,
 *  because that is what the columns hold for "absent". */
import type { JsonObject } from "./parser.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** The field as text; numbers and booleans in their decimal or word form, "-" (Windows for "none") as "". */
export function textOf(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value === "string") return value === "-" ? "" : value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

/** The first of the names that has text. */
export function firstText(fields: Fields, names: readonly string[]): string {
  for (const name of names) {
    const text = textOf(fields, name);
    if (text !== "") return text;
  }
  return "";
}

/** A whole number written as a number, in decimal or as 0x hex; 0 when it is none. */
export function integerOf(value: unknown): number {
  if (typeof value === "number") return Number.isSafeInteger(value) ? value : 0;
  if (typeof value !== "string" || value === "" || value.length > 18) return 0;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : 0;
}

export function objectOf(value: unknown): JsonObject | undefined {
  return isObject(value) ? value : undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Sets a field of data that an attacker named: "__proto__" becomes a plain field and not a prototype. */
export function setField(fields: Record<string, unknown>, name: string, value: unknown): void {
  if (name === "__proto__")
    Object.defineProperty(fields, name, { value, enumerable: true, configurable: true, writable: true });
  else fields[name] = value;
}

/** Nested objects as dotted names ("requestParameters.bucketName"); arrays are kept as they are. Bounded: JSON was limited in depth and fields before it was parsed. */
export function flatten(object: JsonObject): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  flattenInto(fields, object, "");
  return fields;
}

function flattenInto(fields: Record<string, unknown>, object: JsonObject, prefix: string): void {
  for (const key of Object.keys(object)) {
    const value = object[key];
    const name = prefix + key;
    if (isObject(value)) flattenInto(fields, value, `${name}.`);
    else setField(fields, name, value);
  }
}

const MOST_VALUES = 100;

/** Values at a path of names, through lists on the way; what is no single value is its JSON text. At most 100. */
export function valuesAt(value: unknown, path: readonly string[]): (string | number | boolean)[] {
  const found: (string | number | boolean)[] = [];
  const walk = (at: unknown, depth: number): void => {
    if (found.length >= MOST_VALUES || at === undefined || at === null) return;
    if (depth === path.length) {
      if (typeof at === "object") found.push(JSON.stringify(at));
      else if (typeof at === "string" || typeof at === "number" || typeof at === "boolean") found.push(at);
    } else if (Array.isArray(at)) for (const item of at) walk(item, depth);
    else if (typeof at === "object") {
      const name = path[depth] ?? "";
      if (Object.hasOwn(at, name)) walk((at as Readonly<Record<string, unknown>>)[name], depth + 1);
    }
  };
  walk(value, 0);
  return found;
}
