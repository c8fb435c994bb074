/**
 * value-at: a value of a nested record by its dotted path, whether the keys are nested, flattened or half of each. Lists
 * answer with all that is found in them. Inherited properties are never seen.
 */

export type Fields = Readonly<Record<string, unknown>>;

/** Lists in lists and objects in objects: no log nests them deeper. */
const MAX_DEPTH = 32;

export function valueAt(value: unknown, path: string, depth = 0): unknown {
  if (depth > MAX_DEPTH || typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) {
    const found = value.map((entry) => valueAt(entry, path, depth + 1)).filter((entry) => entry !== undefined);
    return found.length === 0 ? undefined : found.length === 1 ? found[0] : found;
  }
  if (Object.hasOwn(value, path)) return Reflect.get(value, path) ?? undefined;
  for (let dot = path.indexOf("."); dot > 0; dot = path.indexOf(".", dot + 1)) {
    const head = path.slice(0, dot);
    if (!Object.hasOwn(value, head)) continue;
    const found = valueAt(Reflect.get(value, head), path.slice(dot + 1), depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function firstAt(fields: Fields, paths: readonly string[]): unknown {
  for (const path of paths) {
    const found = valueAt(fields, path);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function textAt(fields: Fields, ...paths: readonly string[]): string | undefined {
  const found = firstAt(fields, paths);
  if (typeof found === "string") return found === "" ? undefined : found;
  return typeof found === "number" ? String(found) : undefined;
}

/** The texts of a value or a list, in lower case. */
export function wordsAt(fields: Fields, path: string): readonly string[] {
  const found = valueAt(fields, path);
  const list: readonly unknown[] = Array.isArray(found) ? found : [found];
  return list.filter((entry) => typeof entry === "string").map((entry) => entry.toLowerCase());
}

/** Sigma's own names for what stands elsewhere; names without a value are left out. */
export type Names = Readonly<Record<string, readonly string[]>>;

export function named(fields: Fields, names: Names): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, paths] of Object.entries(names)) {
    const value = firstAt(fields, paths);
    if (value !== undefined) result[name] = value;
  }
  return result;
}

/** The event's own fields go first, but a structure gives way to the single value that a rule means. */
export function beside(fields: Fields, made: Fields): Fields {
  const flat: Record<string, unknown> = { ...made, ...fields };
  for (const [name, value] of Object.entries(made)) {
    if (typeof fields[name] === "object" && typeof value !== "object") flat[name] = value;
  }
  return flat;
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Windows writes users with their domain. */
export function withDomain(domain: string | undefined, name: string | undefined): string | undefined {
  return name === undefined || domain === undefined || name.includes("\\") ? name : `${domain}\\${name}`;
}
