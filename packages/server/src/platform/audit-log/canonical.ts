/** canonical: one text per value, whatever the order of its keys, so that a hash made before storing and one made after
 *  reading agree. Text that PostgreSQL cannot hold (U+0000, half surrogates) is replaced before it is hashed. */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${members.map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`).join(",")}}`;
  }
  return JSON.stringify(value);
}

/** What JSON keeps of a value, with every text storable. Throws on what JSON cannot carry (a bigint, a cycle). */
export function storable(value: unknown): Json {
  const text = JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "number" && !Number.isFinite(inner) ? String(inner) : inner,
  );
  return text === undefined ? null : cleaned(JSON.parse(text));
}

export function storableText(text: string): string {
  return Buffer.from(text, "utf8").toString("utf8").replaceAll("\u0000", "\uFFFD");
}

/** Only ever sees what JSON.parse made. */
function cleaned(value: Json): Json {
  if (typeof value === "string") return storableText(value);
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [storableText(key), cleaned(inner)]));
  }
  return Object.is(value, -0) ? 0 : value;
}
