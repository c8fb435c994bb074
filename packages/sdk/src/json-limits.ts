/** json-limits: looks at JSON text before JSON.parse sees it. JSON.parse accepts a million nested brackets, and the first
 *  recursive reader afterwards overflows the stack; so depth and number of fields are bounded here, in one linear pass.
 *  The same pass finds integers that a double cannot hold and quotes their digits, so that 64-bit numbers survive. */

export const MAX_DEPTH = 64;
export const MAX_FIELDS = 2_000;

export type JsonCheck =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: string; readonly at: number };

/** `ok` says that the limits hold, not that the text is valid JSON. */
export function checkJson(text: string): JsonCheck {
  let depth = 0;
  let fields = 0;
  let copied = 0;
  let rewritten = "";
  const length = text.length;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      i = endOfString(text, i);
      if (i < 0) return { ok: false, reason: "JSON string has no end", at: length };
    } else if (code === COLON) {
      if (++fields > MAX_FIELDS) return { ok: false, reason: `JSON has more than ${MAX_FIELDS} fields`, at: i };
    } else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      if (++depth > MAX_DEPTH) return { ok: false, reason: `JSON is nested deeper than ${MAX_DEPTH}`, at: i };
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      depth--;
    } else if (code >= 48 && code <= 57) {
      const end = endOfDigits(text, i);
      if (end - i >= 16 && isBigInteger(text, i, end)) {
        const start = text.charCodeAt(i - 1) === MINUS ? i - 1 : i;
        rewritten += `${text.slice(copied, start)}"${text.slice(start, end)}"`;
        copied = end;
      }
      i = end - 1;
    }
  }
  return { ok: true, text: copied === 0 ? text : rewritten + text.slice(copied) };
}

const QUOTE = 34;
const BACKSLASH = 92;
const COLON = 58;
const MINUS = 45;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;
const OPEN_ARRAY = 91;
const CLOSE_ARRAY = 93;

/** Offset of the closing quote, or -1. A run of backslashes is read once, for the one quote behind it: linear. */
function endOfString(text: string, open: number): number {
  for (let at = text.indexOf('"', open + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let before = at - 1;
    while (text.charCodeAt(before) === BACKSLASH) before--;
    if ((at - before) % 2 === 1) return at;
  }
  return -1;
}

function endOfDigits(text: string, at: number): number {
  let end = at + 1;
  while (text.charCodeAt(end) >= 48 && text.charCodeAt(end) <= 57) end++;
  return end;
}

/** An integer (no fraction or exponent on either side) that a double would round. */
function isBigInteger(text: string, start: number, end: number): boolean {
  const before = text.charCodeAt(start - 1);
  const after = text.charCodeAt(end);
  if (before === 46 || before === 69 || before === 101 || before === 43) return false;
  if (before === MINUS && (text.charCodeAt(start - 2) === 69 || text.charCodeAt(start - 2) === 101)) return false;
  if (after === 46 || after === 69 || after === 101) return false;
  return !Number.isSafeInteger(Number(text.slice(start, end)));
}
