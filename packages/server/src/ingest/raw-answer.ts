/** raw-answer: how the streaming endpoints answer: JSON, or problem+json with the headers that a sender's retry needs. */
import { type AppError, isAppError } from "../platform/errors/index.ts";

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export function jsonAnswer(body: unknown): RawAnswer {
  return {
    status: 200,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
    body: JSON.stringify(body),
  };
}

/** The answer to a refusal; anything that is not one is thrown on. */
export function refusalAnswer(error: unknown): RawAnswer {
  if (!isAppError(error)) throw error;
  const { status, code, message: detail } = error;
  const type = `urn:holdfast:problem:${code.toLowerCase().replaceAll("_", "-")}`;
  const problem = { type, title: titleOf(status), status, code, detail };
  return {
    status,
    // What is left of a refused body is not read: the connection cannot be used again.
    headers: { "content-type": "application/problem+json", connection: "close", ...retryOf(error) },
    body: JSON.stringify(problem),
  };
}

const BUSY_SECONDS = "1";
const AWAY_SECONDS = "10";

function retryOf(error: AppError): Record<string, string> {
  if (!error.retryable) return {};
  return { "retry-after": error.status === 429 ? BUSY_SECONDS : AWAY_SECONDS };
}

function titleOf(status: number): string {
  const titles: Record<number, string> = {
    401: "Not authenticated",
    403: "Not allowed",
    404: "Not found",
    409: "Conflict",
  };
  return titles[status] ?? (status === 429 || status === 503 ? "Not right now" : "Not taken");
}
