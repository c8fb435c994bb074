/** errors: one error class with a stable code. Areas keep a table of their codes; nobody reads message texts.
 *  Recognised by a branded symbol so that two copies of the package agree. */
export interface ErrorKind {
  /** HTTP status this error becomes at the edge. */
  readonly status: number;
  /** Whether the same call can succeed later unchanged. */
  readonly retryable: boolean;
}

export type ErrorTable = Readonly<Record<string, ErrorKind>>;

const BRAND = Symbol.for("holdfast.AppError");

export class AppError extends Error {
  readonly code: string;
  readonly status: number;
  readonly retryable: boolean;
  /** Facts for the reader of the log and for the `details` of problem+json; never secrets. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(options: {
    code: string;
    message: string;
    kind: ErrorKind;
    details?: Readonly<Record<string, unknown>>;
    cause?: unknown;
  }) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "AppError";
    this.code = options.code;
    this.status = options.kind.status;
    this.retryable = options.kind.retryable;
    this.details = options.details ?? {};
    Object.defineProperty(this, BRAND, { value: true });
  }
}

export const isAppError = (error: unknown): error is AppError =>
  typeof error === "object" && error !== null && BRAND in error;

/** Binds a table of codes to a thrower: `const fail = errorsOf(TABLE); throw fail("ACCESS_DENIED", "…")`. */
export function errorsOf<const T extends ErrorTable>(table: T) {
  return (
    code: keyof T & string,
    message: string,
    extra: { details?: Readonly<Record<string, unknown>>; cause?: unknown } = {},
  ): AppError => new AppError({ code, message, kind: table[code] as ErrorKind, ...extra });
}
