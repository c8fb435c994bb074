/**
 * access: how to find a rule's field in an event: under its own name, under one of its aliases, or, for a dotted name,
 * along the path into nested objects and lists. Inherited properties are never seen.
 */
import type { Aliases } from "../routing/routes.ts";

export interface Access {
  readonly name: string;
  /** The names to try, in order; undefined when the field's own name is the only one and needs no care. */
  readonly names: readonly string[] | undefined;
}

export type Fields = Readonly<Record<string, unknown>>;

export function accessTo(name: string, aliases: Aliases): Access {
  const names = Object.hasOwn(aliases, name) ? aliases[name] : undefined;
  const careful = name.includes(".") || name in Object.prototype;
  return { name, names: names ?? (careful ? [name] : undefined) };
}

/** Undefined: the event does not have the field. */
export function lookup(fields: Fields, access: Access): unknown {
  if (access.names === undefined) return fields[access.name];
  for (const name of access.names) {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (value !== undefined) return value;
    if (name.includes(".")) {
      const nested = walk(fields, name);
      if (nested !== undefined) return nested;
    }
  }
  return undefined;
}

/** Lists in lists in lists: no log nests them deeper. */
const MAX_LISTS = 8;

/** Tries every split of the dotted name, since a key may itself contain dots. */
function walk(value: unknown, path: string, lists = 0): unknown {
  if (Array.isArray(value)) {
    if (lists === MAX_LISTS) return undefined;
    const found = value.map((entry) => walk(entry, path, lists + 1)).filter((entry) => entry !== undefined);
    return found.length === 0 ? undefined : found.flat();
  }
  if (typeof value !== "object" || value === null) return undefined;
  if (Object.hasOwn(value, path)) return Reflect.get(value, path);
  for (let dot = path.indexOf("."); dot > 0; dot = path.indexOf(".", dot + 1)) {
    const head = path.slice(0, dot);
    if (!Object.hasOwn(value, head)) continue;
    const found = walk(Reflect.get(value, head), path.slice(dot + 1), lists);
    if (found !== undefined) return found;
  }
  return undefined;
}
