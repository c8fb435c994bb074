/** lexer: characters of a query to tokens with their places. Words keep their escapes until a meaning is known:
 *  `\*` is a star, `*` is a wildcard. Linear in the length of the query. */
import { queryError } from "./errors.ts";

export type TokenKind =
  | "word"
  | "phrase"
  | "("
  | ")"
  | "["
  | "]"
  | "{"
  | "}"
  | ":"
  | "|"
  | ","
  | "="
  | ">"
  | "<"
  | ">="
  | "<="
  | "-"
  | "end";

export interface Token {
  readonly kind: TokenKind;
  readonly at: number;
  readonly length: number;
  /** The text with escapes resolved; for words, wildcards stand as they were written. */
  readonly text: string;
  /** Words: true when an unescaped * or ? is in it. */
  readonly wild: boolean;
  /** White space before it: `a -b` excludes, `a-b` is one word. */
  readonly spaced: boolean;
}

/** Marks a wildcard inside a token's text; cannot be typed. */
export const STAR = "\uE000";
export const ANY = "\uE001";

const SINGLE = new Set(["(", ")", "[", "]", "{", "}", ":", "|", ",", "="]);
/** A word ends before these. A colon ends it too, except as in `C:\` or an IPv6 address (see below). */
const ENDS_WORD = /[\s()[\]{}|,"=<>]/;

export function lex(query: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let spaced = true;
  const push = (kind: TokenKind, length: number, word: { text: string; wild?: boolean }): void => {
    tokens.push({ kind, at, length, text: word.text, wild: word.wild ?? false, spaced });
    at += length;
    spaced = false;
  };
  while (at < query.length) {
    const c = query[at] as string;
    if (/\s/.test(c)) {
      at += 1;
      spaced = true;
    } else if (c === '"') {
      const phrase = readPhrase(query, at);
      push("phrase", phrase.length, phrase);
    } else if (c === ">" || c === "<") {
      const two = query[at + 1] === "=";
      push(two ? (`${c}=` as ">=" | "<=") : c, two ? 2 : 1, { text: c });
    } else if (SINGLE.has(c)) push(c as TokenKind, 1, { text: c });
    else if (c === "-" && spaced && query[at + 1] !== undefined && !/[\s\d]/.test(query[at + 1] as string))
      push("-", 1, { text: c });
    else {
      const afterColon = tokens.at(-1)?.kind === ":" && !spaced;
      const word = readWord(query, at, afterColon);
      push("word", word.length, word);
    }
  }
  tokens.push({ kind: "end", at: query.length, length: 0, text: "", wild: false, spaced });
  return tokens;
}

function readPhrase(query: string, start: number): { text: string; length: number } {
  let text = "";
  for (let i = start + 1; i < query.length; i += 1) {
    const c = query[i] as string;
    if (c === '"') return { text, length: i - start + 1 };
    // Only \" and \\ before a quote are escapes: a Windows path in quotes is what it looks like.
    if (c === "\\" && query[i + 1] === '"' && query.indexOf('"', i + 2) !== -1) {
      text += '"';
      i += 1;
    } else if (c === "\\" && query[i + 1] === "\\") {
      text += "\\";
      i += 1;
    } else text += c;
  }
  throw queryError(
    { at: start, length: query.length - start },
    'This quote is not closed. Add a " at the end of the phrase.',
    `${query}"`,
  );
}

/** @param value true right after `field:`; then a colon belongs to the word (`C:\Windows`, `fe80::1`, `12:30`). */
function readWord(query: string, start: number, value: boolean): { text: string; length: number; wild: boolean } {
  let text = "";
  let wild = false;
  let i = start;
  for (; i < query.length; i += 1) {
    const c = query[i] as string;
    if (ENDS_WORD.test(c)) break;
    if (c === ":" && !value && !drive(query, i)) break;
    if (c === "\\" && isEscapable(query[i + 1]) && !(isWildcard(query[i + 1]) && PATH_LIKE.test(text))) {
      text += query[i + 1];
      i += 1;
    } else if (c === "*" || c === "?") {
      text += c === "*" ? STAR : ANY;
      wild = true;
    } else text += c;
  }
  return { text, length: i - start, wild };
}

/** `C:\` or `C:/`: a drive letter, not a field name. */
const drive = (query: string, colon: number): boolean =>
  /[\\/]/.test(query[colon + 1] ?? "") &&
  /[A-Za-z]/.test(query[colon - 1] ?? "") &&
  !/[A-Za-z0-9_.]/.test(query[colon - 2] ?? " ");

/** A backslash before these is an escape; elsewhere it is a backslash, as in a path. */
const isEscapable = (c: string | undefined): boolean => c !== undefined && /[*?():"|,\s[\]{}=<>]/.test(c);

const isWildcard = (c: string | undefined): boolean => c === "*" || c === "?";

/** In a Windows path the backslash before a star is the separator: no file there can have a star in its name. */
const PATH_LIKE = /^(?:[A-Za-z]:|\\\\)|\\./;
