/** cel: conditions and templates that people write, in the Common Expression Language. An expression cannot loop, call out or run
 *  long: its size, its nesting and what it walks over are bounded before it runs. Mistakes are values that point at a character. */
import { type ASTNode, Environment, type ParseResult } from "@marcbachmann/cel-js";

export type CelJson = null | boolean | number | string | readonly CelJson[] | { readonly [key: string]: CelJson };
/** What an expression gives. */
type CelValue = null | boolean | number | string | CelValue[] | { readonly [key: string]: CelValue };

export interface CelMistake {
  readonly ok: false;
  readonly reason: string;
  /** The character in the expression it is about, from 0; null when it is about the whole. */
  readonly at: number | null;
}

export interface Cel {
  /** What is wrong with an expression, found without running it. `variables` are the names it may use; any when not given. */
  check(expression: string, variables?: readonly string[]): CelMistake | undefined;
  /** Numbers that are whole are integers. A name that is not in `variables` is a mistake; `has(a.b)` asks whether there is one. */
  evaluate(
    expression: string,
    variables: { readonly [name: string]: CelJson },
  ): { readonly ok: true; readonly value: CelValue } | CelMistake;
  /** The parts that its && and || tie together, in their order; the whole when there are none. Nothing for one with a mistake. */
  clauses(expression: string): readonly CelClause[];
}

interface CelClause {
  readonly text: string;
  /** What it reads of variables, such as "incident.hosts". */
  readonly reads: readonly string[];
  /** An expression that gives those items of what it reads first for which it is true; not given where it asks no list. */
  readonly matched?: string;
}

const LONGEST = 2_000;
const MOST_NODES = 400;
const DEEPEST_MACROS = 2;
/** How often the innermost part may run at most. */
const MOST_WORK = 1_000_000;
const MOST_VALUES = 50_000;
const MOST_TEXT = 4_000_000;
const CACHED = 500;

export function createCel(): Cel {
  const environment = new Environment({
    unlistedVariablesAreDyn: true,
    homogeneousAggregateLiterals: false,
    limits: { maxAstNodes: MOST_NODES, maxDepth: 40, maxListElements: 200, maxMapEntries: 200, maxCallArguments: 10 },
  }).registerFunction("string.like(string): bool", (text: string, pattern: string) => like(text, pattern));
  const cache = new Map<string, Compiled | CelMistake>();

  const compile = (expression: string): Compiled | CelMistake => {
    const known = cache.get(expression);
    if (known !== undefined) return known;
    const compiled = compileOne(environment, expression);
    if (cache.size >= CACHED) cache.clear();
    cache.set(expression, compiled);
    return compiled;
  };
  return {
    check(expression, variables) {
      const compiled = compile(expression);
      if ("ok" in compiled) return compiled;
      if (variables === undefined) return undefined;
      const unknown = compiled.names.find(({ name }) => !variables.includes(name));
      if (unknown === undefined) return undefined;
      return { ok: false, reason: `There is no variable "${unknown.name}".`, at: unknown.at };
    },
    evaluate(expression, variables) {
      const compiled = compile(expression);
      if ("ok" in compiled) return compiled;
      const size: Size = { values: 0, text: 0, longest: 1 };
      const context = inward(variables, size);
      if (size.values > MOST_VALUES || size.text > MOST_TEXT)
        return mistake("The data is too large for an expression.");
      if (compiled.nodes * size.longest ** compiled.macros > MOST_WORK) {
        return mistake("The expression would walk over too much: nest fewer of all, exists, filter and map.");
      }
      try {
        return outward(compiled.run(context as Record<string, unknown>));
      } catch (error) {
        return mistakeOf(error);
      }
    },
    clauses(expression) {
      const compiled = compile(expression);
      return "ok" in compiled ? [] : clausesOf(compiled.run.ast, expression);
    },
  };
}

interface Compiled {
  readonly run: ParseResult;
  readonly nodes: number;
  /** How deep comprehensions stand in each other. */
  readonly macros: number;
  readonly names: readonly { readonly name: string; readonly at: number }[];
}

function compileOne(environment: Environment, expression: string): Compiled | CelMistake {
  if (expression.length > LONGEST) return mistake(`An expression has at most ${LONGEST} characters.`);
  try {
    const run = environment.parse(expression);
    const checked = run.check();
    if (checked.error !== undefined) return mistakeOf(checked.error);
    const found: Found = { nodes: 0, macros: 0, names: [], matches: undefined };
    walk(run.ast, found, { depth: 0, bound: new Set() });
    if (found.matches !== undefined) {
      return mistake('matches() is not available: use contains, startsWith, endsWith or like("web-*").', found.matches);
    }
    if (found.macros > DEEPEST_MACROS) {
      return mistake(`all, exists, filter and map stand at most ${DEEPEST_MACROS} deep in each other.`);
    }
    return { run, nodes: found.nodes, macros: found.macros, names: found.names };
  } catch (error) {
    return mistakeOf(error);
  }
}

interface Found {
  nodes: number;
  macros: number;
  names: { name: string; at: number }[];
  matches: number | undefined;
}

const MACROS = new Set(["all", "exists", "exists_one", "filter", "map"]);

interface Inside {
  /** How many comprehensions stand around it. */
  readonly depth: number;
  /** Their variables. */
  readonly bound: ReadonlySet<string>;
}

function walk(node: ASTNode, found: Found, inside: Inside): void {
  found.nodes += 1;
  if (node.op === "id") {
    if (!inside.bound.has(node.args) && !TYPES.has(node.args)) found.names.push({ name: node.args, at: node.start });
    return;
  }
  if (node.op === "rcall") {
    const [name, receiver, parameters] = node.args;
    if (name === "matches") found.matches ??= node.start;
    walk(receiver, found, inside);
    const [variable] = parameters;
    if (MACROS.has(name) && variable?.op === "id") {
      found.macros = Math.max(found.macros, inside.depth + 1);
      const deeper = { depth: inside.depth + 1, bound: new Set([...inside.bound, variable.args]) };
      for (const parameter of parameters.slice(1)) walk(parameter, found, deeper);
      return;
    }
    for (const parameter of parameters) walk(parameter, found, inside);
    return;
  }
  if (node.op === "call" && node.args[0] === "matches") found.matches ??= node.start;
  for (const child of childrenOf(node.args)) walk(child, found, inside);
}

const TYPES = new Set([
  "int",
  "uint",
  "double",
  "string",
  "bool",
  "bytes",
  "list",
  "map",
  "null_type",
  "type",
  "dyn",
  "timestamp",
  "duration",
]);

function clausesOf(node: ASTNode, expression: string): CelClause[] {
  if (node.op === "&&" || node.op === "||") return node.args.flatMap((part) => clausesOf(part, expression));
  const textOf = ({ start, end }: ASTNode): string => expression.slice(start, end);
  const clause = { text: textOf(node), reads: [...new Set(readsOf(node))] };
  if (node.op === "in" && readsOf(node.args[0]).length === 0)
    return [{ ...clause, matched: `[${textOf(node.args[0])}]` }];
  if (node.op !== "rcall" || node.args[0] !== "exists") return [clause];
  const [, receiver, [first]] = node.args;
  if (first === undefined) return [clause];
  return [{ ...clause, matched: `${textOf(receiver)}.filter(${expression.slice(first.start, node.end)}` }];
}

function readsOf(node: ASTNode): string[] {
  if (node.op === ".") {
    const [of, name] = node.args;
    if (of.op === "id") return [`${of.args}.${name}`];
  }
  return childrenOf(node.args).flatMap(readsOf);
}

/** The nodes among a node's operands, which are nodes, texts and lists of them. */
function childrenOf(operands: unknown): ASTNode[] {
  if (Array.isArray(operands)) return operands.flatMap(childrenOf);
  return isNode(operands) ? [operands] : [];
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === "object" && value !== null && "op" in value && "args" in value;
}

interface Size {
  values: number;
  text: number;
  longest: number;
}

/** JSON as CEL wants it: whole numbers as integers, objects without a prototype whose names could be asked for. */
function inward(value: CelJson, size: Size): unknown {
  size.values += 1;
  if (size.values > MOST_VALUES) return null;
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value === "string") {
    size.text += value.length;
    return value;
  }
  if (typeof value !== "object" || value === null) return value;
  const items = Array.isArray(value) ? (value as readonly CelJson[]) : Object.entries(value);
  size.longest = Math.max(size.longest, items.length);
  if (Array.isArray(value)) return (value as readonly CelJson[]).map((item) => inward(item, size));
  const copy: Record<string, unknown> = Object.create(null);
  for (const [name, item] of Object.entries(value)) copy[name] = inward(item, size);
  return copy;
}

function outward(value: unknown): { readonly ok: true; readonly value: CelValue } | CelMistake {
  const json = jsonOf(value);
  return json === undefined
    ? mistake("The result is no text, number, yes or no, list or map.")
    : { ok: true, value: json };
}

function jsonOf(value: unknown): CelValue | undefined {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return all(value.map(jsonOf));
  if (typeof value !== "object") return undefined;
  const entries = value instanceof Map ? [...value.entries()] : Object.entries(value);
  const values = all(entries.map(([, item]) => jsonOf(item)));
  return values === undefined
    ? undefined
    : Object.fromEntries(entries.map(([name], n) => [String(name), values[n] ?? null]));
}

function all(values: (CelValue | undefined)[]): CelValue[] | undefined {
  return values.every((value) => value !== undefined) ? values : undefined;
}

/** `*` stands for any characters, `?` for one; letters count as they are. Linear in the length of both. */
function like(text: string, pattern: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  let next = 0;
  while (at < text.length) {
    if (next < pattern.length && pattern[next] === "*") {
      star = next;
      resume = at;
      next += 1;
    } else if (next < pattern.length && (pattern[next] === "?" || pattern[next] === text[at])) {
      next += 1;
      at += 1;
    } else if (star >= 0) {
      next = star + 1;
      resume += 1;
      at = resume;
    } else return false;
  }
  while (pattern[next] === "*") next += 1;
  return next === pattern.length;
}

function mistake(reason: string, at: number | null = null): CelMistake {
  return { ok: false, reason, at };
}

function mistakeOf(error: unknown): CelMistake {
  const summary: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "summary") : undefined;
  const range: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "range") : undefined;
  const at: unknown = typeof range === "object" && range !== null ? Reflect.get(range, "start") : undefined;
  const reason = typeof summary === "string" ? summary : "The expression cannot be evaluated";
  return mistake(reason.endsWith(".") ? reason : `${reason}.`, typeof at === "number" ? at : null);
}
