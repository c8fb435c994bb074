/** split-records: finds the records in a body without changing a byte of them: lines, the elements of a JSON array, or JSON
 *  objects one after the other. Linear in the size of the body; JSON is only measured here, it is read by the parsers. */

export type Split =
  | { readonly ok: true; readonly records: Buffer[] }
  | { readonly ok: false; readonly reason: string; readonly at: number };

/** Non-empty lines, without their line ends. */
export function splitLines(body: Buffer): Buffer[] {
  const records: Buffer[] = [];
  let start = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0;
  while (start < body.length) {
    const next = body.indexOf(LF, start);
    const end = next < 0 ? body.length : next;
    const line = body.subarray(start, end > start && body[end - 1] === CR ? end - 1 : end);
    if (line.length > 0) records.push(line);
    start = end + 1;
  }
  return records;
}

/** By content type where it says enough, else by the first character. */
export function splitBody(body: Buffer, contentType: string): Split {
  const type = (contentType.split(";", 1)[0] ?? "").trim().toLowerCase();
  const first = body[skipSpace(body, 0)];
  if (type === "text/plain" || type.includes("ndjson") || type.includes("jsonl")) {
    return { ok: true, records: splitLines(body) };
  }
  if (first === OPEN_ARRAY) return splitArray(body);
  if (first === OPEN_OBJECT && type.includes("json")) {
    const values = splitValues(body);
    if (values.ok) return values;
  }
  return { ok: true, records: splitLines(body) };
}

/** The elements of one JSON array, as they are written. */
export function splitArray(body: Buffer): Split {
  const records: Buffer[] = [];
  let at = skipSpace(body, skipSpace(body, 0) + 1);
  if (body[at] === CLOSE_ARRAY) return endOf(body, at + 1, records);
  for (;;) {
    const end = endOfValue(body, at);
    if (end <= at) return { ok: false, reason: "the JSON array is broken off or damaged", at };
    records.push(body.subarray(at, end));
    at = skipSpace(body, end);
    if (body[at] === CLOSE_ARRAY) return endOf(body, at + 1, records);
    if (body[at] !== COMMA) return { ok: false, reason: "a comma or the end of the JSON array is missing", at };
    at = skipSpace(body, at + 1);
  }
}

/** JSON objects and arrays one after the other, with or without space between them. */
function splitValues(body: Buffer): Split {
  const records: Buffer[] = [];
  for (let at = skipSpace(body, 0); at < body.length; ) {
    // Bare words after an object are lines of log, not JSON.
    const end = body[at] === OPEN_OBJECT || body[at] === OPEN_ARRAY ? endOfValue(body, at) : at;
    if (end <= at) return { ok: false, reason: "a JSON object is broken off or damaged", at };
    records.push(body.subarray(at, end));
    at = skipSpace(body, end);
  }
  return { ok: true, records };
}

const LF = 10;
const CR = 13;
const QUOTE = 34;
const COMMA = 44;
const BACKSLASH = 92;
const OPEN_ARRAY = 91;
const CLOSE_ARRAY = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

function endOf(body: Buffer, at: number, records: Buffer[]): Split {
  const rest = skipSpace(body, at);
  if (rest < body.length) return { ok: false, reason: "something follows the JSON array", at: rest };
  return { ok: true, records };
}

function skipSpace(body: Buffer, from: number): number {
  let at = from;
  if (at === 0 && body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf) at = 3;
  for (let byte = body[at]; byte === 32 || byte === LF || byte === CR || byte === 9; byte = body[at]) at += 1;
  return at;
}

/** Offset after the value that starts at `from`, or `from` when it has no end. */
function endOfValue(body: Buffer, from: number): number {
  let depth = 0;
  for (let at = from; at < body.length; at += 1) {
    const byte = body[at];
    if (byte === QUOTE) {
      at = endOfString(body, at);
      if (at < 0) return from;
      if (depth === 0) return at + 1;
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth += 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      depth -= 1;
      if (depth === 0) return at + 1;
      if (depth < 0) return at;
    } else if (depth === 0 && (byte === COMMA || byte === 32 || byte === LF || byte === CR)) return at;
  }
  return depth === 0 ? body.length : from;
}

/** Offset of the closing quote, or -1. */
function endOfString(body: Buffer, open: number): number {
  for (let at = body.indexOf(QUOTE, open + 1); at >= 0; at = body.indexOf(QUOTE, at + 1)) {
    let before = at - 1;
    while (body[before] === BACKSLASH) before -= 1;
    if ((at - before) % 2 === 1) return at;
  }
  return -1;
}
