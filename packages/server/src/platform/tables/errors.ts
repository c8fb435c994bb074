/** errors: what can go wrong with the state store, as stable codes, and the one place that translates
 *  PostgreSQL's SQLSTATE and socket errors into them. Query parameters never reach a message: they may be secrets. */
import { DrizzleQueryError } from "drizzle-orm/errors";
import pg from "pg";
import { type AppError, errorsOf, isAppError } from "../errors/index.ts";

const TABLES_ERRORS = {
  /** No connection, or the server is starting, stopping or out of connections. */
  TABLES_UNAVAILABLE: { status: 503, retryable: true },
  /** A unique or exclusion constraint was violated; `details.constraint` names it. */
  TABLES_CONFLICT: { status: 409, retryable: false },
  /** A foreign key, check or not-null constraint was violated; `details.constraint` or `details.column` names it. */
  TABLES_CONSTRAINT: { status: 409, retryable: false },
  /** The disk under the database is full. */
  TABLES_FULL: { status: 507, retryable: true },
  /** Serialization failure or deadlock: the whole transaction can be run again. */
  TABLES_RETRY: { status: 503, retryable: true },
  /** A statement ran into its time limit or was cancelled. */
  TABLES_TIMEOUT: { status: 503, retryable: true },
  /** An append-only table refused a change (SQLSTATE HF001, raised by our own trigger). */
  TABLES_APPEND_ONLY: { status: 409, retryable: false },
  /** A notification is larger than PostgreSQL carries. */
  TABLES_MESSAGE_TOO_LARGE: { status: 500, retryable: false },
  /** Anything else: a fault in our SQL. */
  TABLES_FAULT: { status: 500, retryable: false },
  /** The database does not fit this program (changed or unknown migration). */
  TABLES_MIGRATION: { status: 500, retryable: false },
  /** The embedded server cannot be installed, created or started. */
  TABLES_START: { status: 503, retryable: false },
} as const;

export const tablesFail = errorsOf(TABLES_ERRORS);

/** Turns whatever a query threw into an AppError; an AppError passes through unchanged. */
export function tablesError(thrown: unknown): AppError {
  if (isAppError(thrown)) return thrown;
  const cause = driverErrorOf(thrown);
  const code = textOf(cause, "code");
  const details = compact({
    sqlstate: code,
    constraint: textOf(cause, "constraint"),
    table: textOf(cause, "table"),
    column: textOf(cause, "column"),
  });
  const text = cause instanceof Error ? cause.message : String(cause);
  const [kind, message] = isConnectionFault(cause, code) ? unavailable(text) : explain(code, text);
  return tablesFail(kind, message, { details, cause });
}

function explain(code: string | undefined, text: string): [keyof typeof TABLES_ERRORS, string] {
  if (code === "23505" || code === "23P01")
    return ["TABLES_CONFLICT", `The state store already holds such a row: ${text}.`];
  if (code === "HF001") return ["TABLES_APPEND_ONLY", `The state store refused the change: ${text}.`];
  if (code === "40001" || code === "40P01")
    return ["TABLES_RETRY", "Two transactions collided in the state store; run it again."];
  if (code === "53100") {
    return ["TABLES_FULL", "The disk of the state store is full: free space there; nothing was changed."];
  }
  if (code === "57014" || code === "25P03" || code === "55P03") {
    return ["TABLES_TIMEOUT", `The state store stopped a statement at its limit: ${text}.`];
  }
  if (code?.startsWith("23") === true) return ["TABLES_CONSTRAINT", `The state store refused the row: ${text}.`];
  return ["TABLES_FAULT", `The state store refused a statement: ${text}.`];
}

function unavailable(text: string): [keyof typeof TABLES_ERRORS, string] {
  return [
    "TABLES_UNAVAILABLE",
    `The state store does not answer (${text}): check that PostgreSQL runs, then try again.`,
  ];
}

/** The server's own reports carry a SQLSTATE; what else the driver throws is about the connection, unless it is a bug. */
function isConnectionFault(cause: unknown, code: string | undefined): boolean {
  if (cause instanceof pg.DatabaseError) return code !== undefined && /^(08|57P|53300|28|3D000)/.test(code);
  const isBug = cause instanceof TypeError || cause instanceof RangeError || cause instanceof SyntaxError;
  return cause instanceof Error && !isBug && !/^\d/.test(code ?? "");
}

/** drizzle wraps the driver's error; its own message quotes the parameters, so only the inner one is used. */
function driverErrorOf(thrown: unknown): unknown {
  if (thrown instanceof DrizzleQueryError) return thrown.cause ?? new TypeError("a query failed without a reason");
  return thrown;
}

function textOf(value: unknown, key: string): string | undefined {
  if (typeof value !== "object" || value === null || !(key in value)) return undefined;
  const found: unknown = Reflect.get(value, key);
  return typeof found === "string" && found !== "" ? found : undefined;
}

function compact(record: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).filter((pair): pair is [string, string] => pair[1] !== undefined));
}
