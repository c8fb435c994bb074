/** reading: takes values out of a YAML document and notes every problem with its line, so that an author sees all of them at once.
 *  A reader never throws: a missing or wrong value gives the fallback and a problem. */
import { isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import type { Problem } from "./scenario.ts";

export interface MapReader {
  readonly line: number;
  readonly keys: readonly string[];
  has(key: string): boolean;
  text(key: string, fallback?: string): string;
  number(key: string, fallback?: number): number;
  /** "90s", "20m", "1h 30m": milliseconds. */
  duration(key: string, fallback?: number): number;
  texts(key: string): string[];
  map(key: string): MapReader;
  maps(key: string): MapReader[];
  problem(key: string, message: string): void;
  /** Reports the keys that nobody asked for. Call it last. */
  done(): void;
}

export function readYaml(yaml: string, problems: Problem[]): MapReader {
  const lines = new LineCounter();
  const document = parseDocument(yaml, { lineCounter: lines, prettyErrors: false });
  const lineAt = (offset: number): number => lines.linePos(offset).line;
  for (const error of document.errors)
    problems.push({ line: lineAt(error.pos[0]), message: `not valid YAML: ${error.message}` });
  return mapReader({ node: document.contents, line: 1, what: "the file", problems, lineAt });
}

/** "1h 30m" as milliseconds; undefined when it is not a duration. */
export function durationOf(text: string): number | undefined {
  let total = 0;
  const parts = text.trim().split(/\s+/);
  for (const part of parts) {
    const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(part);
    if (match === null) return undefined;
    total += Number(match[1]) * (UNITS[match[2] ?? ""] ?? 0);
  }
  return Math.round(total);
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

interface Place {
  readonly node: unknown;
  readonly line: number;
  readonly what: string;
  readonly problems: Problem[];
  readonly lineAt: (offset: number) => number;
}

function mapReader(place: Place): MapReader {
  const { problems, lineAt, what } = place;
  const values = new Map<string, { node: unknown; line: number }>();
  if (isMap(place.node)) {
    for (const pair of place.node.items) {
      const key = isScalar(pair.key) ? String(pair.key.value) : "";
      const offset = isScalar(pair.key) ? pair.key.range?.[0] : undefined;
      values.set(key, { node: pair.value, line: offset === undefined ? place.line : lineAt(offset) });
    }
  } else problems.push({ line: place.line, message: `${what} must be a map of keys and values` });
  const asked = new Set<string>();
  const lineOf = (key: string): number => values.get(key)?.line ?? place.line;
  const problem = (key: string, message: string): void => {
    problems.push({ line: lineOf(key), message: `${key} of ${what}: ${message}` });
  };
  const scalar = (key: string, wanted: string, optional: boolean): unknown => {
    asked.add(key);
    const found = values.get(key);
    if (found === undefined) {
      if (!optional) problem(key, `is missing; it must be ${wanted}`);
      return undefined;
    }
    if (isScalar(found.node)) return found.node.value;
    problem(key, `must be ${wanted}`);
    return undefined;
  };
  const items = (key: string): { node: unknown; line: number }[] => {
    asked.add(key);
    const found = values.get(key);
    if (found === undefined) return [];
    if (!isSeq(found.node)) {
      problem(key, "must be a list");
      return [];
    }
    return found.node.items.map((node) => ({ node, line: lineOfNode(node, found.line, lineAt) }));
  };
  return {
    line: place.line,
    keys: [...values.keys()],
    has: (key) => values.has(key),
    text(key, fallback) {
      const value = scalar(key, "text", fallback !== undefined);
      if (value === undefined) return fallback ?? "";
      if (typeof value === "string" || typeof value === "number") return String(value);
      problem(key, "must be text");
      return fallback ?? "";
    },
    number(key, fallback) {
      const value = scalar(key, "a number", fallback !== undefined);
      if (value === undefined) return fallback ?? 0;
      if (typeof value === "number" && Number.isFinite(value)) return value;
      problem(key, "must be a number");
      return fallback ?? 0;
    },
    duration(key, fallback) {
      const value = scalar(key, "a duration such as 20m", fallback !== undefined);
      if (value === undefined) return fallback ?? 0;
      const duration = typeof value === "string" ? durationOf(value) : undefined;
      if (duration !== undefined) return duration;
      problem(key, "must be a duration such as 90s, 20m or 1h 30m");
      return fallback ?? 0;
    },
    texts: (key) =>
      items(key).flatMap(({ node }) => {
        if (isScalar(node) && typeof node.value === "string") return [node.value];
        problem(key, "must be a list of texts");
        return [];
      }),
    map(key) {
      asked.add(key);
      const found = values.get(key);
      if (found === undefined) problem(key, "is missing");
      const node = found === undefined ? parseDocument("{}").contents : found.node;
      return mapReader({ node, line: lineOf(key), what: `${key} of ${what}`, problems, lineAt });
    },
    maps: (key) =>
      items(key).map(({ node, line }, at) =>
        mapReader({ node, line, what: `entry ${at + 1} of ${key}`, problems, lineAt }),
      ),
    problem,
    done() {
      for (const key of values.keys())
        if (!asked.has(key)) problem(key, `unknown key; known here: ${[...asked].sort().join(", ")}`);
    },
  };
}

function lineOfNode(node: unknown, otherwise: number, lineAt: (offset: number) => number): number {
  const range = isMap(node) || isScalar(node) || isSeq(node) ? node.range : undefined;
  return range === undefined || range === null ? otherwise : lineAt(range[0]);
}
