/**
 * condition: the condition language (or < and < not < "x of" < parentheses) to an expression over selections. Errors are
 * values and carry the offset of the character they are about.
 */
import type { Expression } from "../detection.ts";

export type ConditionResult =
  | { readonly ok: true; readonly expression: Expression }
  | { readonly ok: false; readonly code: string; readonly reason: string; readonly at: number };

interface Token {
  readonly text: string;
  readonly at: number;
}

class ConditionError {
  readonly code: string;
  readonly reason: string;
  readonly at: number;
  constructor(code: string, reason: string, at: number) {
    this.code = code;
    this.reason = reason;
    this.at = at;
  }
}

const MAX_DEPTH = 64;

export function parseCondition(text: string, names: readonly string[]): ConditionResult {
  try {
    const cursor = new Cursor(tokenize(text), names, text.length);
    const expression = cursor.or(0);
    cursor.end();
    return { ok: true, expression };
  } catch (error) {
    if (error instanceof ConditionError) return { ok: false, code: error.code, reason: error.reason, at: error.at };
    throw error;
  }
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(/\s+|[()|]|[^\s()|]+/g)) {
    if (match[0].trim() !== "") tokens.push({ text: match[0], at: match.index });
  }
  return tokens;
}

class Cursor {
  private readonly tokens: readonly Token[];
  private readonly names: readonly string[];
  private readonly length: number;
  private position = 0;

  constructor(tokens: readonly Token[], names: readonly string[], length: number) {
    this.tokens = tokens;
    this.names = names;
    this.length = length;
  }

  or(depth: number): Expression {
    const of = [this.and(depth)];
    while (this.take("or")) of.push(this.and(depth));
    return of.length === 1 && of[0] !== undefined ? of[0] : { kind: "or", of };
  }

  end(): void {
    const token = this.tokens[this.position];
    if (token === undefined) return;
    if (token.text === "|") {
      throw new ConditionError(
        "AGGREGATION_UNSUPPORTED",
        'the "|" aggregation was removed from Sigma: write a correlation rule instead',
        token.at,
      );
    }
    throw new ConditionError("CONDITION_SYNTAX", `expected "and", "or" or the end before "${token.text}"`, token.at);
  }

  private and(depth: number): Expression {
    const of = [this.not(depth)];
    while (this.take("and")) of.push(this.not(depth));
    return of.length === 1 && of[0] !== undefined ? of[0] : { kind: "and", of };
  }

  private not(depth: number): Expression {
    if (depth > MAX_DEPTH) this.fail("CONDITION_SYNTAX", `nested deeper than ${MAX_DEPTH} levels: simplify it`);
    return this.take("not") ? { kind: "not", of: this.not(depth + 1) } : this.primary(depth);
  }

  private primary(depth: number): Expression {
    const token = this.tokens[this.position];
    if (token === undefined) this.fail("CONDITION_SYNTAX", "ends where a selection name was expected");
    if (this.take("(")) {
      const inner = this.or(depth + 1);
      if (!this.take(")")) this.fail("CONDITION_SYNTAX", "a closing parenthesis is missing here");
      return inner;
    }
    const following = this.tokens[this.position + 1]?.text.toLowerCase();
    if (following === "of" && /^(\d+|all|any)$/i.test(token.text)) return this.quantified(token);
    return this.selection(token);
  }

  private selection(token: Token): Expression {
    if (/^(and|or|not|of|\)|\|)$/i.test(token.text)) {
      this.fail("CONDITION_SYNTAX", `expected a selection name, found "${token.text}"`);
    }
    if (!this.names.includes(token.text)) {
      const known = this.names.join(", ");
      this.fail("SELECTION_UNKNOWN", `there is no selection "${token.text}": the rule has ${known || "none"}`);
    }
    this.position++;
    return { kind: "selection", name: token.text };
  }

  private quantified(count: Token): Expression {
    this.position += 2;
    const target = this.tokens[this.position];
    if (target === undefined || target.text === "(") {
      this.fail("CONDITION_SYNTAX", 'expected "them" or a selection pattern after "of"');
    }
    const of = selectNames(target.text, this.names).map((name): Expression => ({ kind: "selection", name }));
    if (of.length === 0) {
      this.fail(
        "SELECTION_UNKNOWN",
        `no selection is named like "${target.text}": the rule has ${this.names.join(", ")}`,
      );
    }
    this.position++;
    if (/^all$/i.test(count.text)) return of.length === 1 && of[0] !== undefined ? of[0] : { kind: "and", of };
    const wanted = /^any$/i.test(count.text) ? 1 : Number(count.text);
    if (wanted < 1 || wanted > of.length) {
      throw new ConditionError(
        "CONDITION_SYNTAX",
        `${count.text} of "${target.text}" can never hold: ${of.length} selection(s) are named so`,
        count.at,
      );
    }
    return atLeast(wanted, of);
  }

  private take(word: string): boolean {
    if (this.tokens[this.position]?.text.toLowerCase() !== word) return false;
    this.position++;
    return true;
  }

  private fail(code: string, reason: string): never {
    throw new ConditionError(code, reason, this.tokens[this.position]?.at ?? this.length);
  }
}

function selectNames(pattern: string, names: readonly string[]): string[] {
  if (pattern.toLowerCase() === "them") return names.filter((name) => !name.startsWith("_"));
  const pieces = pattern.split("*");
  if (pieces.length === 1) return names.filter((name) => name === pattern);
  const head = pieces[0] ?? "";
  const tail = pieces.at(-1) ?? "";
  return names.filter((name) => {
    if (name.length < head.length + tail.length || !name.startsWith(head) || !name.endsWith(tail)) return false;
    let at = head.length;
    for (const piece of pieces.slice(1, -1)) {
      const found = name.indexOf(piece, at);
      if (found < 0) return false;
      at = found + piece.length;
    }
    return at <= name.length - tail.length;
  });
}

/** "n of" as plain and/or: take the first and n-1 of the rest, or n of the rest. */
function atLeast(wanted: number, of: readonly Expression[]): Expression {
  const first = of[0];
  if (first !== undefined && of.length === 1) return first;
  if (first === undefined || wanted === of.length) return { kind: "and", of };
  if (wanted === 1) return { kind: "or", of };
  const rest = of.slice(1);
  return { kind: "or", of: [{ kind: "and", of: [first, atLeast(wanted - 1, rest)] }, atLeast(wanted, rest)] };
}
