/** parse-filter: the filter half of the language.
 *    filter := or ; or := and (OR and)* ; and := not (AND? not)* ; not := (NOT | -)? primary
 *    primary := ( or ) | field : value | field : ( value OR value … ) | value */
import type { FieldName, Filter, Value } from "./ast.ts";
import { type Cursor, unexpected } from "./cursor.ts";
import { queryError } from "./errors.ts";
import { STAR, type Token } from "./lexer.ts";

const MAX_DEPTH = 50;
const MAX_TERMS = 500;

/** @param ends words that end the filter where they stand alone */
export function parseFilter(cursor: Cursor, ends: (word: string) => boolean = () => false): Filter {
  let terms = 0;
  const isEnd = (): boolean =>
    cursor.peek().kind === "word" && cursor.peekSecond().kind !== ":" && ends(cursor.peek().text);
  const or = (depth: number): Filter => {
    const start = cursor.peek();
    if (depth > MAX_DEPTH) throw queryError({ at: start.at, length: 1 }, `More than ${MAX_DEPTH} nested parentheses.`);
    const parts = [and(depth)];
    while (cursor.takeKeyword("OR")) parts.push(and(depth));
    return joined("or", parts);
  };
  const and = (depth: number): Filter => {
    const parts = [not(depth)];
    for (;;) {
      if (cursor.takeKeyword("AND")) parts.push(not(depth));
      else if (startsTerm(cursor.peek()) && !isEnd()) parts.push(not(depth));
      else return joined("and", parts);
    }
  };
  const not = (depth: number): Filter => {
    const start = cursor.peek();
    const negated = cursor.takeKeyword("NOT") || start.kind === "-";
    if (start.kind === "-") cursor.next();
    if (!negated) return primary(depth);
    const part = not(depth);
    return { kind: "not", part, at: start.at, length: part.at + part.length - start.at };
  };
  const primary = (depth: number): Filter => {
    const token = cursor.peek();
    if (token.kind === "(") {
      cursor.next();
      const inside = or(depth + 1);
      cursor.expect(")", "a closing parenthesis");
      return inside;
    }
    terms += 1;
    if (terms > MAX_TERMS) throw queryError(token, `More than ${MAX_TERMS} terms in one query.`);
    if (token.kind !== "word" && token.kind !== "phrase") throw unexpected(cursor, "a word, a phrase or field:value");
    if (token.kind === "word" && ["OR", "AND"].includes(token.text)) {
      throw queryError(token, `${token.text} needs something on both sides.`);
    }
    cursor.next();
    if (cursor.peek().kind === ":" && !cursor.peek().spaced) {
      if (token.kind === "phrase" || token.wild)
        throw queryError(token, "A field name is a plain word before the colon.");
      cursor.next();
      return fieldMatch(cursor, { name: token.text, at: token.at, length: token.length }, () => or(depth + 1));
    }
    return { kind: "match", field: null, value: textValue(token), at: token.at, length: token.length };
  };
  return or(0);
}

function fieldMatch(cursor: Cursor, field: FieldName, group: () => Filter): Filter {
  const token = cursor.peek();
  if (token.kind === "(" && !token.spaced) {
    cursor.next();
    const inside = group();
    cursor.expect(")", "a closing parenthesis");
    return withField(inside, field);
  }
  const value = parseValue(cursor, field);
  return { kind: "match", field, value, at: field.at, length: value.at + value.length - field.at };
}

/** `host:(a OR b)` means `host:a OR host:b`. */
function withField(filter: Filter, field: FieldName): Filter {
  switch (filter.kind) {
    case "and":
    case "or":
      return { ...filter, parts: filter.parts.map((part) => withField(part, field)) };
    case "not":
      return { ...filter, part: withField(filter.part, field) };
    case "match":
      if (filter.field !== null) throw queryError(filter.field, `Inside ${field.name}:( … ) only values are expected.`);
      return { ...filter, field };
  }
}

function parseValue(cursor: Cursor, field: FieldName): Value {
  const token = cursor.peek();
  switch (token.kind) {
    case "[":
    case "{":
      return parseRange(cursor);
    case ">":
    case ">=":
    case "<":
    case "<=": {
      cursor.next();
      const word = cursor.expect("word", "a number or a time");
      return {
        kind: "compare",
        operator: token.kind,
        text: word.text,
        at: token.at,
        length: word.at + word.length - token.at,
      };
    }
    case "phrase":
    case "word": {
      if (token.spaced) {
        const fix = `${cursor.source.slice(0, field.at + field.length + 1)}${cursor.source.slice(token.at)}`;
        throw queryError({ at: token.at - 1, length: 1 }, "No space is allowed between the colon and the value.", fix);
      }
      cursor.next();
      if (token.kind === "word" && token.text === STAR) return { kind: "exists", at: token.at, length: token.length };
      return textValue(token);
    }
    default:
      throw queryError(
        { at: field.at, length: field.length + 1 },
        `The field "${field.name}" has no value after the colon.`,
        `${cursor.source.slice(0, field.at + field.length + 1)}*${cursor.source.slice(field.at + field.length + 1)}`,
      );
  }
}

function parseRange(cursor: Cursor): Value {
  const open = cursor.next();
  const from = rangeEnd(cursor);
  if (!cursor.takeKeyword("TO")) throw unexpected(cursor, "TO, as in [1 TO 10]");
  const to = rangeEnd(cursor);
  const close = cursor.peek();
  if (close.kind !== "]" && close.kind !== "}") throw unexpected(cursor, "] or } at the end of the range");
  cursor.next();
  return {
    kind: "range",
    from,
    to,
    fromIncluded: open.kind === "[",
    toIncluded: close.kind === "]",
    at: open.at,
    length: close.at + 1 - open.at,
  };
}

function rangeEnd(cursor: Cursor): string | null {
  const token = cursor.peek();
  if (token.kind !== "word" && token.kind !== "phrase") throw unexpected(cursor, "a value or * in the range");
  cursor.next();
  // A time such as 2026-11-22T08:00 is cut at its colons by the lexer: join what follows without a space.
  let { text } = token;
  while (cursor.peek().kind === ":" && !cursor.peek().spaced) {
    cursor.next();
    text += `:${cursor.next().text}`;
  }
  return text === STAR ? null : text;
}

function textValue(token: Token): Value {
  return {
    kind: "text",
    text: token.text,
    wild: token.wild,
    quoted: token.kind === "phrase",
    at: token.at,
    length: token.length,
  };
}

function joined(kind: "and" | "or", parts: Filter[]): Filter {
  const first = parts[0] as Filter;
  const last = parts.at(-1) as Filter;
  return parts.length === 1 ? first : { kind, parts, at: first.at, length: last.at + last.length - first.at };
}

const startsTerm = (token: Token): boolean =>
  token.kind === "(" ||
  token.kind === "phrase" ||
  token.kind === "-" ||
  (token.kind === "word" && token.text !== "OR" && token.text !== "TO");
