/**
 * event-texts: a value of an event as the texts that rules are tested on: one for a single value, one an element for a list,
 * the JSON text for a structure. Values nested deeper than any log nests them are left out.
 */

const MAX_DEPTH = 64;

export function textsOf(value: unknown): string[] {
  const single = scalarText(value);
  if (single !== undefined) return [single];
  return typeof value === "object" && value !== null ? listTexts(value, 0) : [];
}

/** Every text of the event, for keywords. */
export function everyTextOf(value: object, depth = 0): string[] {
  return Object.values(value).flatMap((entry: unknown) => {
    const single = scalarText(entry);
    if (single !== undefined) return [single];
    return typeof entry === "object" && entry !== null && depth < MAX_DEPTH ? everyTextOf(entry, depth + 1) : [];
  });
}

function listTexts(value: object, depth: number): string[] {
  if (!Array.isArray(value)) return [jsonText(value)];
  return value.flatMap((entry: unknown) => {
    const single = scalarText(entry);
    if (single !== undefined) return [single];
    return typeof entry === "object" && entry !== null && depth < MAX_DEPTH ? listTexts(entry, depth + 1) : [];
  });
}

function scalarText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" || typeof value === "bigint"
    ? String(value)
    : undefined;
}

function jsonText(value: object): string {
  try {
    return JSON.stringify(value, (_, entry: unknown) => (typeof entry === "bigint" ? String(entry) : entry));
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return "";
    throw error;
  }
}
