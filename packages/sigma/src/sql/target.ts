/**
 * target: what the compiler has to be told about a store of past events (ClickHouse dialect) to write a rule as SQL. All
 * texts in here are SQL of the store's own author; nothing of a rule or an event ever becomes part of a statement.
 */
import type { Logsource } from "../rule.ts";

export interface SqlTarget {
  /** Columns that the names below may mention: name -> expression, each layer made of those before it. */
  readonly columns: readonly Readonly<Record<string, string>>[];
  /** Map(String, String): every field of the event by its own name, its value as JSON text. Of two equal names the first counts. */
  readonly fields: string;
  /** Rows whose fields are not those that the matcher saw. */
  readonly unread: string;
  /** The whole message, which keywords are searched in. */
  readonly text: string;
  /** Rows that are Windows events, and where their channel and event id stand as text. `strays` may be some as well, which only the
   *  matcher finds out. */
  readonly windows: {
    readonly when: string;
    readonly channel: string;
    readonly eventId: string;
    readonly strays: string;
  };
  /** Rows whose log source is known from how they were read; `gives` text: history has no more of them. */
  readonly stated: readonly {
    readonly when: string;
    readonly logsource: Logsource;
    readonly gives: "fields" | "text";
  }[];
  /** Rows whose log source only their fields give away, in ways that the matcher alone knows. */
  readonly inferred: string;
}

/** Conditions over columns of the store and over `columns`, which a subquery around the store has to select. */
export interface RuleSql {
  readonly ok: true;
  /** On the store's own columns, met by every row that `where` or `rest` takes: cheap, to be asked first. */
  readonly cut: string;
  /** Name -> expression, layer by layer: what `where` and `rest` mention beside the store's columns (see withColumns). */
  readonly columns: readonly Readonly<Record<string, string>>[];
  /** The rule, exactly, for all rows whose fields the store can give. Never NULL. */
  readonly where: string;
  /** Rows that feed the rule and that only the matcher can decide; "0" when there cannot be any. */
  readonly rest: string;
  readonly params: Readonly<Record<string, SqlValue>>;
}

export type SqlValue = string | number | readonly string[];

export interface SqlRefusal {
  readonly ok: false;
  readonly code:
    | "REGEX_UNSUPPORTED"
    | "PATH_TOO_DEEP"
    | "SQL_TOO_LARGE"
    | "LOGSOURCE_UNFED"
    | "LOGSOURCE_NOT_STORED"
    | "FIELDS_NOT_STORED";
  readonly reason: string;
  /** The rows that may feed the rule, for a matcher to go through: a condition on the store's own columns. */
  readonly cut: string;
  readonly params: Readonly<Record<string, SqlValue>>;
}
