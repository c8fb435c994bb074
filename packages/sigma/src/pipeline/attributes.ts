/**
 * attributes: reads the attributes of one entry of a pipeline with their types. The first one that is wrong is a problem
 * with its path; afterwards the readers answer with empty values, so callers check once at the end.
 */
import { isRecord, type Path, type ReadProblem } from "../load/detection-reader.ts";
import type { Mapping, Scalar } from "./pipeline.ts";

export interface Attributes {
  readonly path: Path;
  problem(): ReadProblem | undefined;
  fail(code: string, key: string | undefined, reason: string): void;
  /** Fails for a key that nobody has asked for: a misspelt parameter must not be ignored. */
  rejectUnread(except: (key: string) => boolean): void;
  has(key: string): boolean;
  raw(key: string): unknown;
  text(key: string, fallback?: string): string;
  flag(key: string): boolean;
  scalar(key: string): Scalar;
  texts(key: string, fallback?: readonly string[]): readonly string[];
  mapping(key: string): Mapping;
  choice<const T extends string>(key: string, allowed: readonly T[], fallback?: T): T;
}

export function attributesOf(raw: Readonly<Record<string, unknown>>, path: Path): Attributes {
  let first: ReadProblem | undefined;
  const read = new Set<string>();
  const of = (key: string): unknown => {
    read.add(key);
    return raw[key];
  };
  const fail = (code: string, key: string | undefined, reason: string): void => {
    first ??= { code, reason, path: key === undefined || raw[key] === undefined ? path : [...path, key] };
  };
  const wrong = (key: string, wanted: string): void => fail("PIPELINE_INVALID", key, `"${key}" ${wanted}`);
  const text = (key: string, fallback?: string): string => {
    const value = of(key) ?? fallback;
    if (typeof value === "string") return value;
    if (typeof value === "number") return String(value);
    wrong(key, "needs a text");
    return "";
  };
  return {
    path,
    problem: () => first,
    fail,
    rejectUnread: (except) => {
      const unread = Object.keys(raw).find((key) => !read.has(key) && !except(key));
      if (unread !== undefined)
        fail("PIPELINE_INVALID", unread, `"${unread}" is no parameter of it: check the spelling`);
    },
    has: (key) => of(key) !== undefined,
    raw: of,
    text,
    flag: (key) => {
      const value = of(key) ?? false;
      if (typeof value !== "boolean") wrong(key, "is true or false");
      return value === true;
    },
    scalar: (key) => {
      const value = of(key) ?? null;
      if (typeof value === "string" || typeof value === "number" || typeof value === "boolean" || value === null) {
        return value;
      }
      wrong(key, "needs a text, a number, true or false");
      return null;
    },
    texts: (key, fallback) => {
      const list = textList(of(key) ?? fallback);
      if (list === undefined) wrong(key, "needs a text or a list of texts");
      return list ?? [];
    },
    mapping: (key) => {
      const value = of(key);
      const entries = isRecord(value) ? Object.entries(value).map(([from, to]) => [from, textList(to)] as const) : [];
      if (!isRecord(value) || entries.some(([, to]) => to === undefined)) {
        wrong(key, "is a map from a text to a text or a list of texts");
      }
      return Object.fromEntries(entries.map(([from, to]) => [from, to ?? []]));
    },
    choice: (key, allowed, fallback) => {
      const value = of(key) ?? fallback;
      const known = allowed.find((entry) => entry === value);
      if (known === undefined) wrong(key, `is one of ${allowed.join(", ")}`);
      return known ?? firstOf(allowed);
    },
  };
}

function firstOf<T>(list: readonly T[]): T {
  const [head] = list;
  if (head === undefined) throw new TypeError("a choice needs something to choose from");
  return head;
}

function textList(raw: unknown): string[] | undefined {
  const list: readonly unknown[] = Array.isArray(raw) ? raw : [raw];
  const texts = list.map((entry) => (typeof entry === "number" ? String(entry) : entry));
  return texts.every((entry) => typeof entry === "string") ? texts : undefined;
}
