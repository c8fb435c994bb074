/** json-path: finds a value inside JSON bytes without changing them, so that records are kept as they were sent (numbers beyond 2^53
 *  included), and reads single values of a record. Steps are keys with "/" between them. */

/** The bytes of the value at the end of the path; undefined when it is not there. */
export function sliceAt(body: Buffer, path: string): Buffer | undefined {
  let at = skipSpace(body, 0);
  for (const step of stepsOf(path)) {
    const inside = memberOf(body, at, step);
    if (inside === undefined) return undefined;
    at = inside;
  }
  const end = endOfValue(body, at);
  return end > at ? body.subarray(at, end) : undefined;
}

/** Text of a text or number at the end of the path. */
export function textAt(value: unknown, path: string): string | undefined {
  const found = stepsOf(path).reduce<unknown>(
    (inside, step) => (typeof inside === "object" && inside !== null ? Reflect.get(inside, step) : undefined),
    value,
  );
  return typeof found === "string" || typeof found === "number" ? String(found) : undefined;
}

export function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}

const stepsOf = (path: string): string[] => (path === "" ? [] : path.split("/"));

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN = new Set([0x7b, 0x5b]);
const CLOSE = new Set([0x7d, 0x5d]);

function memberOf(body: Buffer, object: number, key: string): number | undefined {
  if (body[object] !== 0x7b) return undefined;
  for (let at = skipSpace(body, object + 1); body[at] === QUOTE; ) {
    const end = endOfText(body, at);
    const name = parsed(body.subarray(at, end));
    at = skipSpace(body, end);
    if (body[at] !== COLON) return undefined;
    at = skipSpace(body, at + 1);
    if (name === key) return at;
    const after = endOfValue(body, at);
    if (after <= at) return undefined;
    at = skipSpace(body, after);
    if (body[at] !== COMMA) return undefined;
    at = skipSpace(body, at + 1);
  }
  return undefined;
}

function endOfValue(body: Buffer, start: number): number {
  const first = body[start];
  if (first === undefined) return start;
  if (first === QUOTE) return endOfText(body, start);
  if (!OPEN.has(first)) {
    let at = start;
    while (at < body.length && !isBreak(body[at] ?? 0)) at += 1;
    return at;
  }
  let depth = 0;
  for (let at = start; at < body.length; at += 1) {
    const byte = body[at] ?? 0;
    if (byte === QUOTE) at = endOfText(body, at) - 1;
    else if (OPEN.has(byte)) depth += 1;
    else if (CLOSE.has(byte) && --depth === 0) return at + 1;
  }
  return start;
}

function endOfText(body: Buffer, start: number): number {
  for (let at = start + 1; at < body.length; at += 1) {
    if (body[at] === BACKSLASH) at += 1;
    else if (body[at] === QUOTE) return at + 1;
  }
  return body.length;
}

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
const isBreak = (byte: number): boolean => isSpace(byte) || byte === COMMA || CLOSE.has(byte);

function skipSpace(body: Buffer, from: number): number {
  let at = from;
  while (isSpace(body[at])) at += 1;
  return at;
}
