/** columns: the tables of the event store as data: names, kinds and engine types. Rows are written in this order, the
 *  search compiler resolves fields by it, and the migration runner refuses a store whose tables differ from it. */

/** enum = few distinct words, good for grouping and completion; list = array of words. */
export type ColumnKind = "text" | "number" | "ip" | "time" | "enum" | "list";

export interface EventTableColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  /** Type in the engine, for parameters: {value:Type}. */
  readonly type: string;
}

const column = (name: string, kind: ColumnKind, type: string): EventTableColumn => ({ name, kind, type });
const word = (name: string): EventTableColumn => column(name, "enum", "LowCardinality(String)");
const text = (name: string): EventTableColumn => column(name, "text", "String");
const ip = (name: string): EventTableColumn => column(name, "ip", "IPv6");
const number = (name: string, type: "UInt8" | "UInt16" | "UInt32" | "UInt64"): EventTableColumn =>
  column(name, "number", type);

export const EVENT_TABLE_COLUMNS: readonly EventTableColumn[] = [
  number("id", "UInt64"),
  column("time", "time", "DateTime64(9, 'UTC')"),
  column("received", "time", "DateTime64(3, 'UTC')"),
  word("source"),
  word("parser"),
  word("class"),
  number("class_uid", "UInt32"),
  number("activity_id", "UInt8"),
  number("severity_id", "UInt8"),
  number("status_id", "UInt8"),
  word("product"),
  word("channel"),
  word("event_code"),
  word("host"),
  word("user"),
  word("user_domain"),
  text("target_user"),
  ip("src_ip"),
  number("src_port", "UInt16"),
  ip("dst_ip"),
  number("dst_port", "UInt16"),
  text("peer_host"),
  text("process_path"),
  text("process_cmd"),
  number("process_pid", "UInt32"),
  text("process_guid"),
  text("parent_path"),
  text("parent_cmd"),
  number("parent_pid", "UInt32"),
  text("file_path"),
  text("reg_path"),
  text("reg_value"),
  text("sha256"),
  text("md5"),
  text("domain"),
  text("url"),
  word("http_method"),
  number("http_status", "UInt16"),
  text("object"),
  text("session"),
  text("message"),
  ip("peer"),
  column("notes", "list", "Array(LowCardinality(String))"),
  text("raw"),
];

export const SIGNAL_TABLE_COLUMNS: readonly EventTableColumn[] = [
  text("id"),
  column("time", "time", "DateTime64(9, 'UTC')"),
  column("received", "time", "DateTime64(3, 'UTC')"),
  word("rule_id"),
  word("rule_title"),
  word("level"),
  number("event_id", "UInt64"),
  word("source"),
  word("class"),
  word("host"),
  word("user"),
  word("entity_kind"),
  text("entity"),
  text("fields"),
  column("tactics", "list", "Array(LowCardinality(String))"),
  column("techniques", "list", "Array(LowCardinality(String))"),
  word("outcome"),
  word("hidden_by"),
  word("rule_hash"),
  column("entities", "list", "Array(String)"),
];

export const METRIC_TABLE_COLUMNS: readonly EventTableColumn[] = [
  number("id", "UInt64"),
  word("name"),
  word("kind"),
  word("temporality"),
  word("unit"),
  column("time", "time", "DateTime64(3, 'UTC')"),
  column("start", "time", "DateTime64(3, 'UTC')"),
  column("received", "time", "DateTime64(3, 'UTC')"),
  column("value", "number", "Float64"),
  number("stale", "UInt8"),
  column("count", "number", "Float64"),
  column("sum", "number", "Float64"),
  column("bounds", "list", "Array(Float64)"),
  column("buckets", "list", "Array(Float64)"),
  column("labels", "list", "Map(LowCardinality(String), String)"),
  column("exemplars", "list", "Array(Tuple(time DateTime64(3, 'UTC'), value Float64, labels Map(String, String)))"),
  word("source"),
  word("asset"),
  word("service"),
  number("series", "UInt64"),
];
