/** pairs: the readers of flat text formats: key=value pairs (logfmt, firewalls), separated values, and patterns of literals and
 *  names. Each is linear in the length of the text and total: what does not fit is left out or undefined, never an exception. */
import { setField } from "./read.ts";

const MAX_PAIRS = 512;
const EQUALS = 61;
const QUOTE = 34;
const BACKSLASH = 92;

/** `key=value key="a \"quoted\" value"`; words without "=" are passed over. `separator` stands between the pairs. */
export function readPairs(text: string, separator = " "): Record<string, string> {
  const fields: Record<string, string> = {};
  const between = separator.charCodeAt(0);
  let at = 0;
  for (let count = 0; at < text.length && count < MAX_PAIRS; ) {
    while (at < text.length && isBetween(text.charCodeAt(at), between)) at++;
    const start = at;
    while (at < text.length && isKey(text.charCodeAt(at))) at++;
    if (at === start || text.charCodeAt(at) !== EQUALS) {
      at = text.indexOf(separator, Math.max(at, start + 1));
      if (at < 0) break;
      continue;
    }
    const value = readValue(text, at + 1, separator);
    setField(fields, text.slice(start, at), value.text);
    count++;
    at = value.end;
  }
  return fields;
}

/** The values of one separated line; a quoted value may hold the separator, and "" inside quotes is one quote (RFC 4180). */
export function readSeparated(line: string, separator = ","): string[] {
  const values: string[] = [];
  let at = 0;
  while (at <= line.length && values.length < MAX_PAIRS) {
    if (line.charCodeAt(at) !== QUOTE) {
      const end = line.indexOf(separator, at);
      values.push(end < 0 ? line.slice(at) : line.slice(at, end));
      if (end < 0) break;
      at = end + 1;
      continue;
    }
    let end = at + 1;
    let doubled = false;
    while (end < line.length) {
      if (line.charCodeAt(end) === QUOTE) {
        if (line.charCodeAt(end + 1) !== QUOTE) break;
        doubled = true;
        end++;
      }
      end++;
    }
    const inner = line.slice(at + 1, end);
    values.push(doubled ? inner.replaceAll('""', '"') : inner);
    const next = line.indexOf(separator, end);
    if (next < 0) break;
    at = next + 1;
  }
  return values;
}

export type Dissector = (text: string) => Record<string, string> | undefined;

/** Compiles a pattern such as `%{time} [%{level}] %{}: %{message}`: literals must stand as written, `%{}` takes a part without
 *  keeping it, `%{name->}` allows more of the literal behind it (padding). The last name takes the rest. */
export function dissector(pattern: string): Dissector {
  const parts = [...pattern.matchAll(PART)].map((match) => ({
    before: match[1] ?? "",
    name: (match[2] ?? "").replace("->", ""),
    padded: (match[2] ?? "").endsWith("->"),
  }));
  const consumed = parts.reduce(
    (sum, { before, name, padded }) => sum + before.length + name.length + (padded ? 5 : 3),
    0,
  );
  const tail = pattern.slice(consumed);
  return (text) => {
    const fields: Record<string, string> = {};
    if (!text.startsWith(parts[0]?.before ?? "")) return undefined;
    let at = parts[0]?.before.length ?? 0;
    for (const [index, { name, padded }] of parts.entries()) {
      const next = parts[index + 1]?.before ?? tail;
      const end = next === "" ? text.length : text.indexOf(next, at);
      if (end < 0) return undefined;
      if (name !== "") setField(fields, name, text.slice(at, end));
      at = end + next.length;
      if (padded && next !== "") while (text.startsWith(next, at)) at += next.length;
    }
    return fields;
  };
}

const PART = /([^%]*)%\{([^}]*)\}/g;

function isBetween(code: number, separator: number): boolean {
  return code === separator || code === 32 || code === 9 || code === 44;
}

/** Letters, digits, and what vendors put between them. */
function isKey(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 95 ||
    code === 45 ||
    code === 46 ||
    code === 64 ||
    code === 47
  );
}

function readValue(text: string, at: number, separator: string): { readonly text: string; readonly end: number } {
  if (text.charCodeAt(at) !== QUOTE) {
    const end = text.indexOf(separator, at);
    return end < 0 ? { text: text.slice(at).trimEnd(), end: text.length } : { text: text.slice(at, end), end };
  }
  let end = at + 1;
  let escaped = false;
  while (end < text.length && text.charCodeAt(end) !== QUOTE) {
    if (text.charCodeAt(end) === BACKSLASH) {
      escaped = true;
      end++;
    }
    end++;
  }
  const inner = text.slice(at + 1, end);
  return { text: escaped ? inner.replaceAll('\\"', '"').replaceAll("\\\\", "\\") : inner, end: end + 1 };
}
