/** table: lets a channel say in one line per event id which field goes to which column. Most Windows events need no code
 *  of their own; those that do have a function instead of a line. */
import type { Classification } from "@holdfast/ocsf";
import { type EventColumns, type Fields, integerOf, textOf } from "@holdfast/sdk";

export type TextColumn = { [K in keyof EventColumns]: EventColumns[K] extends string ? K : never }[keyof EventColumns];
export type NumberColumn = "src_port" | "dst_port" | "process_pid" | "parent_pid" | "http_status";

export interface Entry {
  readonly title: string;
  readonly is: Classification;
  /** Column -> field. A column that the event lacks stays as it was. */
  readonly text?: Partial<Record<TextColumn, string>>;
  readonly numbers?: Partial<Record<NumberColumn, string>>;
  readonly severity?: number;
  readonly status?: number;
  /** Columns behind the title of the message, in order. */
  readonly about?: readonly TextColumn[];
  /** What the table can't say. */
  readonly then?: (columns: EventColumns, fields: Fields) => void;
}

export type Table = ReadonlyMap<number, Step>;
type Step = (columns: EventColumns, fields: Fields) => void;

/** Compiles lines into functions once, when the module is loaded. */
export function tableOf(entries: Readonly<Record<number, Entry>>): Table {
  return new Map(Object.entries(entries).map(([id, entry]) => [Number(id), stepOf(entry)]));
}

function stepOf(entry: Entry): Step {
  const text = pairs(entry.text ?? {});
  const numbers = pairs(entry.numbers ?? {});
  const about = entry.about ?? [];
  return (columns, fields) => {
    columns.class_uid = entry.is.class_uid;
    columns.activity_id = entry.is.activity_id;
    if (entry.severity !== undefined) columns.severity_id = entry.severity;
    // What the audit keyword said (a refused access) is kept.
    if (entry.status !== undefined && columns.status_id === 0) columns.status_id = entry.status;
    for (const [column, field] of text) {
      const value = textOf(fields, field);
      if (value !== "") columns[column] = value.trim();
    }
    for (const [column, field] of numbers) columns[column] = integerOf(fields[field]);
    entry.then?.(columns, fields);
    if (columns.message === "") columns.message = messageOf(entry.title, columns, about);
  };
}

function messageOf(title: string, columns: EventColumns, about: readonly TextColumn[]): string {
  let detail = "";
  for (const column of about) {
    const value = columns[column];
    if (value !== "") detail += detail === "" ? value : `, ${value}`;
  }
  const by = columns.user === "" || about.includes("user") ? "" : ` by ${columns.user}`;
  return detail === "" ? `${title}${by}` : `${title}: ${detail}${by}`;
}

function pairs<K extends string>(table: Partial<Record<K, string>>): (readonly [K, string])[] {
  const found: (readonly [K, string])[] = [];
  for (const key in table) {
    const value = table[key];
    if (value !== undefined) found.push([key, value]);
  }
  return found;
}
