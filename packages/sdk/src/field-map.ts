/** field-map: a parser that is data: how the text becomes fields, which records it takes, and which field fills which column.
 *  Most formats need no code; the same shape can be written in YAML. Total, like every parser. */
import { CLASSES, type ClassName, classify, type Classification, STATUS } from "@holdfast/ocsf";
import type { EventColumns } from "./event.ts";
import { dissector, readPairs, readSeparated } from "./pairs.ts";
import type { DecodedRecord, JsonObject, Logsource, Parser, ParserSample, ParseResult } from "./parser.ts";
import { defineParser } from "./parser.ts";
import { type Fields, firstText, flatten, integerOf, setField, valuesAt } from "./read.ts";
import { parseTime } from "./time.ts";

export type Reading =
  | { readonly as: "json" }
  /** key=value; `after` skips everything up to and including it; `separator` stands between pairs (default a space). */
  | { readonly as: "pairs"; readonly after?: string; readonly separator?: string }
  /** Separated values, named in order; an empty name is passed over. */
  | {
      readonly as: "separated";
      readonly names: readonly string[];
      readonly separator?: string;
      readonly after?: string;
    }
  /** The first pattern that fits (see `dissector`). */
  | { readonly as: "dissect"; readonly patterns: readonly string[] };

/** All that is given must hold. For text, the line is the message of a syslog record, or the whole text. */
export interface Gate {
  /** Syslog program names, lower case. */
  readonly apps?: readonly string[];
  /** Top-level JSON fields that must all be there. */
  readonly has?: readonly string[];
  /** A top-level JSON field that must have one of the values. */
  readonly equals?: Readonly<Record<string, readonly string[]>>;
  /** The line starts with one of them. */
  readonly starts?: readonly string[];
  /** All stand in the first 512 characters of the line. */
  readonly contains?: readonly string[];
}

/** One value, or one chosen by a field: compared without case; a name ending in "*" stands for every value that starts so. */
export type Choice<T> = T | Chosen<T>;

export interface Chosen<T> {
  readonly by: string | readonly string[];
  readonly values: Readonly<Record<string, T>>;
  readonly otherwise: T;
}

type TextColumn = { [K in keyof EventColumns]: EventColumns[K] extends string ? K : never }[keyof EventColumns];
type NumberColumn = Exclude<keyof EventColumns, TextColumn | "time_ms" | "time_ns" | "class_uid" | "activity_id">;
export type MappedColumn = TextColumn | Exclude<NumberColumn, "severity_id" | "status_id">;

export interface FieldMap {
  readonly id: string;
  readonly title: string;
  readonly docs: string;
  readonly order?: number;
  readonly read: Reading;
  readonly accepts: Gate;
  readonly product: string;
  readonly channel?: string;
  /** Fields that may hold the time, the first that reads as one. Without: the syslog header's, else the arrival. */
  readonly time?: readonly string[];
  /** Added to a time without zone or date: the fields are joined by a space before they are read ("date", "time"). */
  readonly timeOf?: readonly string[];
  readonly columns: Partial<Readonly<Record<MappedColumn, string | readonly string[]>>>;
  /** "class/activity" of OCSF, for example "network_activity/open". */
  readonly kind: Choice<string>;
  /** OCSF severity 0 to 6. */
  readonly severity?: Choice<number>;
  readonly status?: Choice<"success" | "failure" | "unknown">;
  /** The line for lists, with {field} or {column} in it. */
  readonly message?: string;
  readonly logsource?: Choice<Logsource>;
  /** Further names under which rules look for a field: new name -> field. */
  readonly alias?: Readonly<Record<string, string | readonly string[]>>;
  readonly samples: readonly ParserSample[];
}

export function defineFieldMap(map: FieldMap): Parser {
  const read = readerOf(map.read);
  const kinds = choiceOf(map.kind);
  const severity = map.severity === undefined ? undefined : choiceOf(map.severity);
  const status = map.status === undefined ? undefined : choiceOf(map.status);
  const logsource = map.logsource === undefined ? undefined : choiceOf(map.logsource);
  const classes = new Map<string, Classification>();
  for (const name of namesIn(map.kind)) classes.set(name, classOfName(name, map.id));
  const fill = fillerOf(map);
  const isJson = map.read.as === "json";
  return defineParser({
    id: map.id,
    title: map.title,
    docs: map.docs,
    order: map.order ?? 100,
    form: isJson ? "json" : "text",
    accepts: (record) => (isJson ? acceptsJson(record, map.accepts) : acceptsText(record, map.accepts)),
    parse: (record): ParseResult => {
      const fields = read(record);
      if (fields === undefined) return { ok: false, reason: `not in the format of ${map.title}` };
      const columns: Partial<EventColumns> = { product: map.product };
      if (map.channel !== undefined) columns.channel = map.channel;
      fillTime(columns, fields, map);
      fill(columns, fields);
      const is = classes.get(kinds(fields));
      columns.class_uid = is?.class_uid ?? 0;
      columns.activity_id = is?.activity_id ?? 0;
      if (severity !== undefined) columns.severity_id = severity(fields);
      if (status !== undefined) columns.status_id = STATUS[status(fields)];
      if (map.message !== undefined) columns.message = render(map.message, fields);
      return { ok: true, event: { columns, fields: named(fields, record, map), logsource: logsource?.(fields) } };
    },
    samples: map.samples,
  });
}

function acceptsJson({ json }: DecodedRecord, gate: Gate): boolean {
  if (json === undefined) return false;
  for (const name of gate.has ?? []) if (!Object.hasOwn(json, name)) return false;
  for (const name in gate.equals) {
    const value = json[name];
    if (typeof value !== "string" || gate.equals[name]?.includes(value) !== true) return false;
  }
  return true;
}

const HEAD = 512;

function acceptsText(record: DecodedRecord, gate: Gate): boolean {
  if (record.json !== undefined) return false;
  const { syslog } = record;
  if (gate.apps !== undefined && (syslog === undefined || !gate.apps.includes(programOf(syslog.app)))) return false;
  const line = lineOf(record);
  if (gate.starts !== undefined && !gate.starts.some((start) => line.startsWith(start))) return false;
  if (gate.contains === undefined) return true;
  const head = line.length > HEAD ? line.slice(0, HEAD) : line;
  return gate.contains.every((part) => head.includes(part));
}

/** "postfix/smtpd" is the program postfix. */
function programOf(app: string): string {
  const slash = app.indexOf("/");
  return (slash > 0 ? app.slice(0, slash) : app).toLowerCase();
}

const lineOf = (record: DecodedRecord): string => record.syslog?.message ?? record.text;

type Reader = (record: DecodedRecord) => Record<string, unknown> | undefined;

function readerOf(reading: Reading): Reader {
  switch (reading.as) {
    case "json":
      return ({ json }) => (json === undefined ? undefined : flatten(json));
    case "pairs":
      return (record) => {
        const text = behind(lineOf(record), reading.after);
        const fields = text === undefined ? {} : readPairs(text, reading.separator);
        return Object.keys(fields).length === 0 ? undefined : fields;
      };
    case "separated":
      return (record) => {
        const text = behind(lineOf(record), reading.after);
        if (text === undefined) return undefined;
        const fields: Record<string, unknown> = {};
        const values = readSeparated(text, reading.separator);
        if (values.length < 2) return undefined;
        for (const [index, name] of reading.names.entries()) {
          const value = values[index];
          if (name !== "" && value !== undefined) fields[name] = value;
        }
        return fields;
      };
    case "dissect": {
      const patterns = reading.patterns.map(dissector);
      return (record) => {
        const line = lineOf(record);
        for (const dissect of patterns) {
          const fields = dissect(line);
          if (fields !== undefined) return fields;
        }
        return undefined;
      };
    }
  }
}

function behind(text: string, after: string | undefined): string | undefined {
  if (after === undefined) return text;
  const at = text.indexOf(after);
  return at < 0 ? undefined : text.slice(at + after.length);
}

const isChosen = <T>(choice: Choice<T>): choice is Chosen<T> =>
  typeof choice === "object" && choice !== null && "by" in choice && "otherwise" in choice;

function namesIn(choice: Choice<string>): string[] {
  return isChosen(choice) ? [...Object.values(choice.values), choice.otherwise] : [choice];
}

function choiceOf<T>(choice: Choice<T>): (fields: Fields) => T {
  if (!isChosen(choice)) return () => choice;
  const names = typeof choice.by === "string" ? [choice.by] : choice.by;
  const exact = new Map<string, T>();
  const starts: [string, T][] = [];
  for (const [value, result] of Object.entries(choice.values)) {
    const key = value.toLowerCase();
    if (key.endsWith("*")) starts.push([key.slice(0, -1), result]);
    else exact.set(key, result);
  }
  return (fields) => {
    const value = firstText(fields, names).toLowerCase();
    const found = exact.get(value);
    if (found !== undefined) return found;
    for (const [start, result] of starts) if (value.startsWith(start)) return result;
    return choice.otherwise;
  };
}

/** A wrong name is a mistake of the file's author and is told at load. */
function classOfName(name: string, id: string): Classification {
  const [className = "", activity = ""] = name.split("/");
  const known = Object.entries(CLASSES).find(([key]) => key === className);
  if (known === undefined || !Object.hasOwn(known[1].activities, activity))
    throw new TypeError(`The parser ${id} names the OCSF kind "${name}", which does not exist: write class/activity.`);
  return classify(known[0] as ClassName, activity as never);
}

const NUMBERS: ReadonlySet<string> = new Set(["src_port", "dst_port", "process_pid", "parent_pid", "http_status"]);
const LOWER: ReadonlySet<string> = new Set(["sha256", "md5"]);

function fillerOf(map: FieldMap): (columns: Partial<EventColumns>, fields: Fields) => void {
  const rules = Object.entries(map.columns).map(([column, from]) => ({
    column,
    names: typeof from === "string" ? [from] : from,
  }));
  return (columns, fields) => {
    for (const { column, names } of rules) {
      const text = firstText(fields, names);
      if (text === "") continue;
      Object.assign(columns, { [column]: valueOf(column, text) });
    }
  };
}

function valueOf(column: string, text: string): string | number {
  if (NUMBERS.has(column)) return integerOf(text);
  if (LOWER.has(column)) return text.toLowerCase();
  return column === "src_ip" || column === "dst_ip" ? withoutPort(text) : text;
}

/** "203.0.113.9:51000" and "[2001:db8::1]:443", as some products write an address. */
function withoutPort(address: string): string {
  const match = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([0-9.]{7,15}))(?::\d{1,5})?$/.exec(address);
  return match?.[1] ?? match?.[2] ?? address;
}

function fillTime(columns: Partial<EventColumns>, fields: Fields, map: FieldMap): void {
  const joined = map.timeOf?.map((name) => firstText(fields, [name])).join(" ");
  if (joined !== undefined && take(columns, joined)) return;
  for (const name of map.time ?? []) if (take(columns, fields[name])) return;
}

function take(columns: Partial<EventColumns>, value: unknown): boolean {
  const time = parseTime(value);
  if (time === undefined) return false;
  columns.time_ms = time.time_ms;
  columns.time_ns = time.time_ns;
  return true;
}

const PLACE = /\{([^{}]{1,80})\}/g;
const MAX_PART = 300;

function render(template: string, fields: Fields): string {
  return template
    .replace(PLACE, (_, names: string) => firstText(fields, names.split("|")).slice(0, MAX_PART))
    .replace(/ {2,}/g, " ")
    .trim();
}

/** Rules read the product's own names: the JSON itself, or the flat fields; with the aliases beside them. */
function named(
  fields: Record<string, unknown>,
  record: DecodedRecord,
  map: FieldMap,
): Readonly<Record<string, unknown>> {
  if (map.alias === undefined) return map.read.as === "json" && record.json !== undefined ? record.json : fields;
  const all: Record<string, unknown> =
    map.read.as === "json" ? { ...(record.json satisfies JsonObject | undefined) } : fields;
  for (const [name, from] of Object.entries(map.alias)) {
    const names = typeof from === "string" ? [from] : from;
    const text = firstText(fields, names);
    if (text !== "") setField(all, name, text);
    else if (map.read.as === "json" && record.json !== undefined) addWithin(all, name, { json: record.json, names });
  }
  return all;
}

/** What stands in lists is not among the flat fields: an alias has all of its values. */
function addWithin(
  all: Record<string, unknown>,
  name: string,
  { json, names }: { readonly json: JsonObject; readonly names: readonly string[] },
): void {
  for (const path of names) {
    const values = valuesAt(json, path.split("."));
    if (values.length === 0) continue;
    setField(all, name, values.length === 1 ? values[0] : values);
    return;
  }
}
