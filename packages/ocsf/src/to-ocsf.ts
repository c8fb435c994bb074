/** to-ocsf: writes one of our events as an OCSF event, for export and for the event's detail view.
 *  Nothing is lost: columns without an OCSF attribute and the record's own fields go to `unmapped`, the text to `raw_data`. */
import { CATEGORIES, classOf } from "./classes.ts";
import { COLUMN_PATHS, type ColumnName, pathsOf } from "./columns.ts";
import { severityName } from "./severity.ts";

export type OcsfColumns = Readonly<Record<Exclude<ColumnName, NumberColumn>, string> & Record<NumberColumn, number>>;

type NumberColumn =
  | "time_ms"
  | "time_ns"
  | "class_uid"
  | "activity_id"
  | "severity_id"
  | "status_id"
  | "src_port"
  | "dst_port"
  | "process_pid"
  | "parent_pid"
  | "http_status";

export interface OcsfExtra {
  /** Id of the event in the store. */
  readonly id?: string;
  /** When it was received, milliseconds since the epoch. */
  readonly received?: number;
  /** Source it came from. */
  readonly source?: string;
  /** Untouched text of the record. */
  readonly raw?: string;
  /** The record's own fields. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

export type OcsfValue = string | number | boolean | null | readonly OcsfValue[] | OcsfObject;
export interface OcsfObject {
  [name: string]: OcsfValue;
}

export function toOcsf(columns: OcsfColumns, extra: OcsfExtra = {}): OcsfObject {
  const info = classOf(columns.class_uid);
  const category = info?.category ?? CATEGORIES.uncategorized;
  const event: OcsfObject = {
    class_uid: columns.class_uid,
    class_name: info?.caption ?? "Unknown",
    category_uid: category,
    activity_id: columns.activity_id,
    activity_name: captionOf(info?.activities.get(columns.activity_id) ?? "unknown"),
    type_uid: columns.class_uid * 100 + columns.activity_id,
    time: columns.time_ms,
    severity_id: columns.severity_id,
    severity: captionOf(severityName(columns.severity_id)),
    status_id: columns.status_id,
    status: STATUS_CAPTIONS[columns.status_id] ?? "Unknown",
    metadata: { version: SCHEMA_VERSION, product: { name: columns.product, vendor_name: columns.product } },
  };
  const paths = pathsOf(columns.class_uid, columns.activity_id);
  for (const column of COLUMNS) {
    const value = columns[column];
    if (value === "" || value === 0 || PLACED.has(column)) continue;
    set(event, paths[column], value);
  }
  addHashes(event, columns, paths.sha256);
  addExtra(event, extra);
  return event;
}

export const SCHEMA_VERSION = "1.9.0-dev";

const STATUS_CAPTIONS: Readonly<Record<number, string>> = { 0: "Unknown", 1: "Success", 2: "Failure", 99: "Other" };
const COLUMNS = Object.keys(COLUMN_PATHS).filter(isColumn);
/** Columns that toOcsf itself has written, and the hashes, which are a list. */
const PLACED: ReadonlySet<ColumnName> = new Set<ColumnName>([
  "time_ms",
  "class_uid",
  "activity_id",
  "severity_id",
  "status_id",
  "product",
  "sha256",
  "md5",
]);

function isColumn(name: string): name is ColumnName {
  return Object.hasOwn(COLUMN_PATHS, name);
}

function captionOf(name: string): string {
  return name
    .split("_")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(" ");
}

function set(event: OcsfObject, path: string, value: OcsfValue): void {
  const names = path.split(".");
  const last = names.pop() ?? path;
  let place = event;
  for (const name of names) place = childOf(place, name);
  place[last] = value;
}

function childOf(place: OcsfObject, name: string): OcsfObject {
  const child = place[name];
  if (isObject(child)) return child;
  const made: OcsfObject = {};
  place[name] = made;
  return made;
}

function isObject(value: OcsfValue | undefined): value is OcsfObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** OCSF fingerprints: algorithm 1 is MD5, 3 is SHA-256. */
function addHashes(event: OcsfObject, columns: OcsfColumns, path: string): void {
  const hashes: OcsfObject[] = [];
  if (columns.md5 !== "") hashes.push({ algorithm_id: 1, algorithm: "MD5", value: columns.md5 });
  if (columns.sha256 !== "") hashes.push({ algorithm_id: 3, algorithm: "SHA-256", value: columns.sha256 });
  if (hashes.length > 0) set(event, path, hashes);
}

function addExtra(event: OcsfObject, extra: OcsfExtra): void {
  if (extra.id !== undefined) set(event, "metadata.uid", extra.id);
  if (extra.received !== undefined) set(event, "metadata.logged_time", extra.received);
  if (extra.source !== undefined) set(event, "metadata.log_provider", extra.source);
  if (extra.raw !== undefined) event["raw_data"] = extra.raw;
  if (extra.fields === undefined) return;
  const unmapped = childOf(event, "unmapped");
  // Own properties are defined, not assigned: a field named "__proto__" stays data.
  for (const name of Object.keys(extra.fields)) {
    const value = plain(extra.fields[name], 0);
    if (value !== undefined && !Object.hasOwn(unmapped, name)) {
      Object.defineProperty(unmapped, name, { value, enumerable: true, configurable: true, writable: true });
    }
  }
}

/** JSON values only, to a depth that a record can have. */
function plain(value: unknown, depth: number): OcsfValue | undefined {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value !== "object" || depth > 64) return undefined;
  if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1) ?? null);
  const object: OcsfObject = {};
  for (const [name, inner] of Object.entries(value)) {
    const copy = plain(inner, depth + 1);
    if (copy !== undefined) {
      Object.defineProperty(object, name, { value: copy, enumerable: true, configurable: true, writable: true });
    }
  }
  return object;
}
