/**
 * case-file: a file of cases that decide whether rules are right: events that must match and must not, event files with the
 * number of matches they must give, timed sequences for correlations; also SigmaHQ's info.yml. Mistakes are values with a place.
 */
import { LineCounter, parseDocument } from "yaml";
import { isRecord } from "../load/detection-reader.ts";
import type { Logsource, RuleProblem } from "../rule.ts";

/** One event: a raw record as a sender writes it, or the fields a rule reads. */
export interface CaseEvent {
  /** A map is sent as one JSON object. */
  readonly record?: string | undefined;
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
  /** Of `fields`; the rule's own when it is left out. */
  readonly logsource?: Logsource | undefined;
}

export interface EventCase {
  readonly why: string;
  readonly expect: "match" | "no_match";
  readonly event: CaseEvent;
  /** Other rules that the event raises as well: their ids or file names without ending. Undefined: not said. */
  readonly also: readonly string[] | undefined;
  readonly line: number;
}

export interface FileCase {
  readonly why: string;
  readonly path: string;
  readonly count: { readonly least: number; readonly most: number };
  readonly line: number;
}

export interface TimedEvent {
  /** Milliseconds after the beginning of the sequence. */
  readonly atMs: number;
  readonly event: CaseEvent;
}

export interface SequenceCase {
  readonly why: string;
  readonly events: readonly TimedEvent[];
  readonly matches: number;
  readonly line: number;
}

export interface CaseFile {
  readonly path: string;
  /** Id, name, title or file of the rule the cases are about. Undefined: the rule file beside it. */
  readonly rule: string | undefined;
  readonly events: readonly EventCase[];
  readonly files: readonly FileCase[];
  readonly sequences: readonly SequenceCase[];
}

export type ReadCaseFile =
  | { readonly ok: true; readonly file: CaseFile }
  | { readonly ok: false; readonly problems: readonly RuleProblem[] };

export function readCaseFile(path: string, text: string): ReadCaseFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const problems: RuleProblem[] = [];
  const complain: Complain = (at, message) => {
    const node: unknown = document.getIn(at, true);
    const range = isRecord(node) && Array.isArray(node["range"]) ? Number(node["range"][0]) : 0;
    const { line, col } = lines.linePos(range);
    problems.push({ path, line: Math.max(line, 1), column: Math.max(col, 1), code: "CASE_INVALID", message });
  };
  const broken = document.errors[0];
  if (broken !== undefined) {
    const { line, col } = lines.linePos(broken.pos[0]);
    const message = `not valid YAML: ${broken.message.split("\n")[0] ?? ""}`;
    return { ok: false, problems: [{ path, line, column: col, code: "YAML_INVALID", message }] };
  }
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  const lineOf = (at: At): number => {
    const node: unknown = document.getIn(at, true);
    return isRecord(node) && Array.isArray(node["range"]) ? lines.linePos(Number(node["range"][0])).line : 1;
  };
  const file = isRecord(value) ? read(path, value, { complain, lineOf }) : undefined;
  if (file === undefined) complain([], "a case file is a map with match, no_match, files or sequences");
  return file !== undefined && problems.length === 0 ? { ok: true, file } : { ok: false, problems };
}

type At = readonly (string | number)[];
type Complain = (at: At, message: string) => void;

interface Reading {
  readonly complain: Complain;
  readonly lineOf: (at: At) => number;
}

const KEYS = new Set(["rule", "match", "no_match", "files", "sequences"]);

function read(path: string, value: Record<string, unknown>, reading: Reading): CaseFile {
  if (value["regression_tests_info"] !== undefined || value["rule_metadata"] !== undefined)
    return readInfo(path, value, reading);
  for (const key of Object.keys(value))
    if (!KEYS.has(key)) reading.complain([key], `there is no "${key}" in a case file: it has ${[...KEYS].join(", ")}`);
  const file: CaseFile = {
    path,
    rule: typeof value["rule"] === "string" ? value["rule"] : undefined,
    events: [...readEvents(value, "match", reading), ...readEvents(value, "no_match", reading)],
    files: listOf(value, "files", reading).flatMap((entry, index) => readFileCase(entry, ["files", index], reading)),
    sequences: listOf(value, "sequences", reading).flatMap((entry, index) =>
      readSequence(entry, ["sequences", index], reading),
    ),
  };
  if (file.events.length + file.files.length + file.sequences.length === 0)
    reading.complain([], "there is no case: give events under match or no_match, files, or sequences");
  return file;
}

/** SigmaHQ's regression data: files beside the info.yml, counted as "at least". */
function readInfo(path: string, value: Record<string, unknown>, reading: Reading): CaseFile {
  const metadata = listOf(value, "rule_metadata", reading);
  const rule = metadata[0]?.["id"];
  if (typeof rule !== "string") reading.complain(["rule_metadata"], "rule_metadata names the id of the rule");
  const files = listOf(value, "regression_tests_info", reading).map((entry, index): FileCase => {
    const at = ["regression_tests_info", index];
    const written = entry["path"];
    if (typeof written !== "string") reading.complain(at, "a test names the path of its events");
    const count = entry["match_count"];
    const least = typeof count === "number" ? count : 1;
    return {
      why: typeof entry["name"] === "string" ? entry["name"] : "regression",
      path: String(written),
      count: { least, most: Number.POSITIVE_INFINITY },
      line: reading.lineOf(at),
    };
  });
  return { path, rule: typeof rule === "string" ? rule : undefined, events: [], files, sequences: [] };
}

function listOf(value: Record<string, unknown>, key: string, { complain }: Reading): Record<string, unknown>[] {
  const list = value[key];
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) {
    complain([key], `"${key}" is a list`);
    return [];
  }
  return list.flatMap((entry: unknown, index) => {
    if (isRecord(entry)) return [entry];
    complain([key, index], `an entry of "${key}" is a map`);
    return [];
  });
}

function readEvents(value: Record<string, unknown>, expect: EventCase["expect"], reading: Reading): EventCase[] {
  return listOf(value, expect, reading).flatMap((entry, index) => {
    const at = [expect, index];
    const event = readEvent(entry, at, reading);
    const also = entry["also"];
    if (event === undefined) return [];
    return [
      {
        why: whyOf(entry, at, reading),
        expect,
        event,
        also: also === undefined ? undefined : [also].flat().map(String),
        line: reading.lineOf(at),
      },
    ];
  });
}

function whyOf(entry: Record<string, unknown>, at: At, { complain }: Reading): string {
  const why = entry["why"];
  if (typeof why === "string" && why.trim() !== "") return why;
  complain(at, '"why" says what the case decides');
  return "";
}

function readEvent(entry: Record<string, unknown>, at: At, { complain }: Reading): CaseEvent | undefined {
  const { record, fields, logsource } = entry;
  if ((record === undefined) === (fields === undefined)) {
    complain(at, "an event is either a raw `record` or the `fields` that the rule reads");
    return undefined;
  }
  if (typeof record === "string") return { record };
  if (isRecord(record)) return { record: JSON.stringify(record) };
  if (!isRecord(fields)) {
    complain(at, record === undefined ? "`fields` is a map" : "`record` is a text or a map");
    return undefined;
  }
  return isRecord(logsource) ? { fields, logsource: logsourceOf(logsource) } : { fields };
}

function logsourceOf(raw: Record<string, unknown>): Logsource {
  const text = (key: string): string | undefined => (typeof raw[key] === "string" ? raw[key].toLowerCase() : undefined);
  return { product: text("product"), category: text("category"), service: text("service") };
}

function readFileCase(entry: Record<string, unknown>, at: At, reading: Reading): FileCase[] {
  const { path, count, at_least: least } = entry;
  if (typeof path !== "string") {
    reading.complain(at, "a file case names the path of its events");
    return [];
  }
  for (const number of [count, least])
    if (number !== undefined && !(Number.isInteger(number) && Number(number) >= 0))
      reading.complain(at, "`count` and `at_least` are whole numbers");
  const exact = typeof count === "number" ? count : undefined;
  return [
    {
      why: typeof entry["why"] === "string" ? entry["why"] : path,
      path,
      count:
        exact === undefined
          ? { least: typeof least === "number" ? least : 1, most: Number.POSITIVE_INFINITY }
          : { least: exact, most: exact },
      line: reading.lineOf(at),
    },
  ];
}

function readSequence(entry: Record<string, unknown>, at: At, reading: Reading): SequenceCase[] {
  const events = listOf(entry, "events", {
    ...reading,
    complain: (path, message) => reading.complain([...at, ...path], message),
  });
  const matches = entry["matches"];
  if (events.length === 0) reading.complain(at, "a sequence has events");
  if (!Number.isInteger(matches))
    reading.complain(at, "`matches` says how many matches the sequence must give; 0 is one, too");
  return [
    {
      why: whyOf(entry, at, reading),
      events: events.flatMap((event, index) => timedEvents(event, [...at, "events", index], reading)),
      matches: Number(matches),
      line: reading.lineOf(at),
    },
  ];
}

const MOST_REPEATS = 10_000;

/** `at: 30s` after the beginning; `times: 5` with `every: 10s` stands for five events. */
function timedEvents(entry: Record<string, unknown>, at: At, reading: Reading): TimedEvent[] {
  const event = readEvent(entry, at, reading);
  const start = durationMs(entry["at"] ?? "0s");
  const every = durationMs(entry["every"] ?? "1s");
  const times = entry["times"] ?? 1;
  if (start === undefined || every === undefined) {
    reading.complain(at, "`at` and `every` are a number and a unit: 500ms, 30s, 5m, 2h, 1d");
    return [];
  }
  if (!Number.isInteger(times) || Number(times) < 1 || Number(times) > MOST_REPEATS) {
    reading.complain(at, `\`times\` is a whole number from 1 to ${MOST_REPEATS}`);
    return [];
  }
  if (event === undefined) return [];
  return Array.from({ length: Number(times) }, (_, index) => ({ atMs: start + index * every, event }));
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function durationMs(raw: unknown): number | undefined {
  const found = /^(\d+(?:\.\d+)?) ?(ms|s|m|h|d)$/.exec(String(raw).trim());
  return found === null ? undefined : Number(found[1]) * (UNITS[found[2] ?? ""] ?? Number.NaN);
}
