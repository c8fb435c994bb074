/** errors: what can go wrong with the event store, by code; callers branch on these and never on texts.
 *  EVENTS_BAD_DATA means that the rows themselves were refused: sending them again cannot help, splitting the batch can. */
import { ClickHouseError } from "@clickhouse/client";
import { type AppError, errorsOf, isAppError } from "../errors/index.ts";

const EVENT_ERRORS = {
  EVENTS_UNAVAILABLE: { status: 503, retryable: true },
  EVENTS_TIMEOUT: { status: 504, retryable: false },
  EVENTS_TOO_MUCH_MEMORY: { status: 422, retryable: false },
  EVENTS_TOO_MANY_ROWS: { status: 422, retryable: false },
  EVENTS_CANCELLED: { status: 499, retryable: false },
  EVENTS_BAD_DATA: { status: 422, retryable: false },
  EVENTS_FULL: { status: 507, retryable: true },
  EVENTS_IN_USE: { status: 503, retryable: false },
  EVENTS_FAILED: { status: 500, retryable: false },
} as const;

export type EventErrorCode = keyof typeof EVENT_ERRORS;

export const eventsFail = errorsOf(EVENT_ERRORS);

/** Turns what the client threw into one of our codes. `inserting` tells refused rows from refused statements. */
export function eventsError(
  error: unknown,
  context: { readonly doing: string; readonly inserting?: boolean },
): AppError {
  if (isAppError(error)) return error;
  if (error instanceof ClickHouseError) {
    const number = Number(error.code);
    const code =
      BY_ENGINE_CODE.get(number) ??
      (context.inserting === true && DATA_CODES.has(number) ? "EVENTS_BAD_DATA" : "EVENTS_FAILED");
    return eventsFail(code, `${SENTENCES[code]} While ${context.doing}: ${firstLine(error.message)}`, {
      details: { engineCode: number, engineType: error.type ?? "" },
      cause: error,
    });
  }
  const message = error instanceof Error ? error.message : String(error);
  const code: EventErrorCode = isConnectionLoss(error) ? "EVENTS_UNAVAILABLE" : "EVENTS_FAILED";
  return eventsFail(code, `${SENTENCES[code]} While ${context.doing}: ${firstLine(message)}`, { cause: error });
}

const SENTENCES: Readonly<Record<EventErrorCode, string>> = {
  EVENTS_UNAVAILABLE: "The event store cannot be reached right now; try again in a moment.",
  EVENTS_TIMEOUT: "The query took longer than its time limit; narrow the time range or the conditions.",
  EVENTS_TOO_MUCH_MEMORY:
    "The query needs more memory than it may use; narrow the time range or group by fewer fields.",
  EVENTS_TOO_MANY_ROWS: "The query reads or returns more rows than it may; narrow it or ask for fewer rows.",
  EVENTS_CANCELLED: "The query was cancelled.",
  EVENTS_BAD_DATA: "The event store refused the rows.",
  EVENTS_FULL: "The disk of the event store is full; free space or shorten the retention.",
  EVENTS_IN_USE: "Another process has this event store open; stop it first.",
  EVENTS_FAILED: "The event store refused the statement.",
};

const BY_ENGINE_CODE: ReadonlyMap<number, EventErrorCode> = new Map<number, EventErrorCode>([
  [159, "EVENTS_TIMEOUT"],
  [160, "EVENTS_TIMEOUT"],
  [241, "EVENTS_TOO_MUCH_MEMORY"],
  [158, "EVENTS_TOO_MANY_ROWS"],
  [396, "EVENTS_TOO_MANY_ROWS"],
  [394, "EVENTS_CANCELLED"],
  [243, "EVENTS_FULL"],
  [202, "EVENTS_UNAVAILABLE"],
  [209, "EVENTS_UNAVAILABLE"],
  [210, "EVENTS_UNAVAILABLE"],
  [236, "EVENTS_UNAVAILABLE"],
  [252, "EVENTS_UNAVAILABLE"],
  [516, "EVENTS_UNAVAILABLE"],
]);

/** The engine's codes for rows that cannot be read into the columns. */
const DATA_CODES: ReadonlySet<number> = new Set([
  6, 25, 26, 27, 33, 38, 41, 43, 53, 69, 70, 72, 117, 128, 131, 190, 307, 321, 349, 354, 407, 436, 441, 487, 675, 676,
  682,
]);

const LOSSES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOENT",
  "EPIPE",
  "ETIMEDOUT",
  "EAGAIN",
  "ENOTFOUND",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EAI_AGAIN",
]);

function isConnectionLoss(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? error.code : undefined;
  return typeof code === "string" && LOSSES.has(code);
}

const firstLine = (text: string): string => (text.split("\n", 1)[0] ?? "").slice(0, 600);
