/** cursor: a place in the list of tokens, and the words for what was expected there. */
import { type QueryError, queryError } from "./errors.ts";
import { ANY, lex, STAR, type Token, type TokenKind } from "./lexer.ts";

export interface Cursor {
  readonly source: string;
  peek(): Token;
  /** The token behind the next one. */
  peekSecond(): Token;
  next(): Token;
  /** Takes the token when it is of the kind, else says what was expected. */
  expect(kind: TokenKind, expected: string): Token;
  /** Takes a word that equals the keyword, whatever its case. */
  takeKeyword(keyword: string): boolean;
}

export function cursorOver(source: string): Cursor {
  const tokens = lex(source);
  let place = 0;
  const peek = (): Token => tokens[place] as Token;
  const cursor: Cursor = {
    source,
    peek,
    peekSecond: () => tokens[Math.min(place + 1, tokens.length - 1)] as Token,
    next() {
      const token = peek();
      if (token.kind !== "end") place += 1;
      return token;
    },
    expect(kind, expected) {
      if (peek().kind === kind) return cursor.next();
      if (kind === ")" && peek().kind === "end")
        throw queryError({ at: source.length, length: 1 }, "A parenthesis is not closed.", `${source})`);
      throw unexpected(cursor, expected);
    },
    takeKeyword(keyword) {
      const token = peek();
      if (token.kind !== "word" || token.text !== keyword) return false;
      place += 1;
      return true;
    },
  };
  return cursor;
}

export function unexpected(cursor: Cursor, expected: string): QueryError {
  const token = cursor.peek();
  if (token.kind === "end")
    return queryError({ at: token.at, length: 1 }, `The query ends here, but ${expected} is expected.`);
  const shown = cursor.source.slice(token.at, token.at + token.length);
  const fix = token.kind === ")" ? `${cursor.source.slice(0, token.at)}${cursor.source.slice(token.at + 1)}` : null;
  return queryError(token, `"${shown}" stands where ${expected} is expected.`, fix);
}

/** The text of a value as it was typed, with its wildcards visible again. */
export const shownText = (text: string): string => text.replaceAll(STAR, "*").replaceAll(ANY, "?");
