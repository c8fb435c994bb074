/** event-fields: values of an event by the names that people and rules use: flat, in any case of letters, or with dots into
 *  nested objects. */

type Fields = Readonly<Record<string, unknown>>;

export function valueOf(fields: Fields, name: string): unknown {
  if (Object.hasOwn(fields, name)) return fields[name];
  const wanted = name.toLowerCase();
  const other = Object.keys(fields).find((key) => key.toLowerCase() === wanted);
  if (other !== undefined) return fields[other];
  const dot = name.indexOf(".");
  const inner = dot < 0 ? undefined : fields[name.slice(0, dot)];
  return isFields(inner) ? valueOf(inner, name.slice(dot + 1)) : undefined;
}

/** What goes along with a match, each value within bounds: a record may be megabytes long. */
export function carriedOf(fields: Fields, names: "all" | readonly string[]): Record<string, unknown> {
  const carried: Record<string, unknown> = {};
  if (names === "all") {
    for (const [name, value] of Object.entries(fields).slice(0, MOST_FIELDS)) carried[name] = bounded(value);
    return carried;
  }
  for (const name of names) {
    const value = valueOf(fields, name);
    if (value !== undefined) carried[name] = bounded(value);
  }
  return carried;
}

const MOST_FIELDS = 500;
const LONGEST = 4_096;

function bounded(value: unknown): unknown {
  if (typeof value === "string") return value.length <= LONGEST ? value : `${value.slice(0, LONGEST)}…`;
  if (typeof value !== "object" || value === null) return value;
  const text = JSON.stringify(value);
  return text.length <= LONGEST ? value : `${text.slice(0, LONGEST)}…`;
}

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
