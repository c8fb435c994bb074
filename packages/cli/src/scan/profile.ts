/** profile: which columns a result shows. A profile is a name or a list of columns; what is no column of ours is a field of the
 *  event, so any field can be a column. */
import { UsageError } from "../connection.ts";
import { valueOf } from "./event-fields.ts";
import { fieldsOf, isoOf, type ScanMatch, timeText } from "./scan-match.ts";

export interface Profile {
  readonly name: "minimal" | "standard" | "verbose" | "columns";
  /** Of rows on a terminal. */
  readonly table: readonly string[];
  /** Of rows in a file. */
  readonly file: readonly string[];
  /** Event fields that matches must bring along. */
  readonly carry: "all" | readonly string[];
}

export function profileOf(text: string): Profile {
  const known = PROFILES.find(({ name }) => name === text);
  if (known !== undefined) return known;
  const columns = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (columns.length === 0 || (columns.length === 1 && /^[a-z]+$/.test(text) && !Object.hasOwn(COLUMNS, text))) {
    throw new UsageError(
      `There is no profile "${text}". Profiles: minimal, standard, verbose, or columns with commas between: ${Object.keys(COLUMNS).join(", ")}, or any field of the events.`,
    );
  }
  return { name: "columns", table: columns, file: columns, carry: columns.filter((name) => !isColumn(name)) };
}

export const isColumn = (name: string): boolean => Object.hasOwn(COLUMNS, name);

/** The value of a column as text. */
export function cellOf(match: ScanMatch, column: string): string {
  const own = Object.hasOwn(COLUMNS, column) ? COLUMNS[column] : undefined;
  return own === undefined ? shown(valueOf(match.event ?? {}, column)) : own(match);
}

/** The fields that matched in one line. */
export function detailsOf(match: ScanMatch): string {
  const { correlation } = match;
  if (correlation === undefined) {
    const fields = Object.entries(fieldsOf(match)).map(([name, value]) => [name, `${name}: ${value}`] as const);
    const telling = fields.filter(([name]) => !ROUTING.has(name));
    const others = fields.filter(([name]) => ROUTING.has(name));
    return [...telling, ...others].map(([, text]) => text).join(" · ");
  }
  const group = Object.entries(correlation.group).map(([name, value]) => `${name}: ${value}`);
  const from = new Set(correlation.records.map(({ file }) => file)).size;
  const measured = correlation.value === correlation.count ? "" : `value ${round(correlation.value)}`;
  const count = `${correlation.count} matches${from > 1 ? ` in ${from} files` : ""}`;
  return [...group, measured, count, `from ${isoOf(correlation.firstMs)}`].filter((part) => part !== "").join(" · ");
}

/** They say which log it was, not what happened. */
const ROUTING = new Set(["EventID", "Channel", "Provider_Name", "EventType"]);

const round = (value: number): number => Math.round(value * 1000) / 1000;

const COLUMNS: Readonly<Record<string, (match: ScanMatch) => string>> = {
  time: timeText,
  level: ({ rule }) => rule.level,
  rule_title: ({ rule }) => rule.title,
  rule_id: ({ rule }) => rule.id,
  host: ({ host }) => host,
  user: ({ user }) => user,
  channel: ({ channel }) => channel,
  event_id: ({ eventCode }) => eventCode,
  file: ({ file }) => file,
  record: ({ record }) => String(record),
  details: detailsOf,
  tactics: ({ rule }) => rule.tactics.join(", "),
  techniques: ({ rule }) => rule.techniques.join(", "),
  tags: ({ rule }) => rule.tags.join(", "),
  status: ({ rule }) => rule.status,
  rule_file: ({ rule }) => rule.path,
  event: ({ event }) => (event === undefined ? "" : JSON.stringify(event)),
};

const MINIMAL = ["time", "level", "host", "rule_title"];
const STANDARD = [
  "time",
  "level",
  "rule_title",
  "host",
  "user",
  "channel",
  "event_id",
  "record",
  "details",
  "tactics",
  "techniques",
  "file",
  "rule_id",
];

const PROFILES: readonly Profile[] = [
  { name: "minimal", table: MINIMAL, file: MINIMAL, carry: [] },
  { name: "standard", table: [...MINIMAL, "details"], file: STANDARD, carry: [] },
  {
    name: "verbose",
    table: ["time", "level", "host", "user", "rule_title", "channel", "event_id", "record", "file", "details"],
    file: [...STANDARD, "status", "tags", "rule_file", "event"],
    carry: "all",
  },
];

function shown(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
