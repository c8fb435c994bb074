/** problem: every error leaves as problem+json (RFC 9457) with a stable code. What is not ours becomes HTTP_INTERNAL with a
 *  reference into the log: a stack trace or an engine's message never reaches the wire. */
import { randomUUID } from "node:crypto";
import type { Problem } from "@holdfast/contracts/model";
import type { FastifyError, FastifyReply } from "fastify";
import { isAppError } from "../platform/errors/index.ts";
import type { Log } from "../platform/log/index.ts";

const TITLES: Readonly<Record<number, string>> = {
  400: "The request is not right",
  401: "Not logged in",
  403: "Not allowed",
  404: "Not found",
  409: "In conflict with what is there",
  413: "Too large",
  415: "This content type is not taken here",
  422: "The request cannot be carried out as it stands",
  429: "Too many requests",
  503: "Not available at this moment",
};

export function sendProblem(reply: FastifyReply, error: unknown, log: Log): FastifyReply {
  const { problem, retryAfter } = toProblem(error, log);
  if (retryAfter !== undefined) reply.header("retry-after", String(retryAfter));
  return reply.code(problem.status).type("application/problem+json").send(JSON.stringify(problem));
}

function toProblem(error: unknown, log: Log): { problem: Problem; retryAfter: number | undefined } {
  if (isAppError(error)) {
    const { retryAfterSeconds, at, suggestion, ...details } = error.details;
    if (error.status >= 500)
      log.error(
        { code: error.code, error: error.message, cause: describe(error.cause), ...details },
        "A request failed.",
      );
    return {
      retryAfter: typeof retryAfterSeconds === "number" ? retryAfterSeconds : error.status === 503 ? 5 : undefined,
      problem: {
        ...frame(error.status, error.code, error.message),
        ...(typeof at === "number" || typeof at === "string" ? { at } : {}),
        ...(typeof suggestion === "string" ? { suggestion } : {}),
        ...(Object.keys(details).length === 0 ? {} : { details }),
      },
    };
  }
  const known = fastifyError(error);
  if (known !== undefined) return { retryAfter: undefined, problem: known };
  const reference = randomUUID();
  log.error({ reference, error: describe(error) }, "A request failed for a reason nobody planned.");
  return {
    retryAfter: undefined,
    problem: frame(
      500,
      "HTTP_INTERNAL",
      `Something went wrong inside. The log has the details under the reference ${reference}.`,
    ),
  };
}

/** Fastify's own refusals (body too large, broken JSON …) carry a status and a code. */
function fastifyError(error: unknown): Problem | undefined {
  if (typeof error !== "object" || error === null || !("statusCode" in error) || !("code" in error)) return undefined;
  const { statusCode, code, message } = error as FastifyError;
  if (statusCode === undefined || statusCode >= 500) return undefined;
  return frame(statusCode, code.replace(/^FST_(ERR_)?/, "HTTP_"), message);
}

const frame = (status: number, code: string, detail: string): Problem => ({
  type: `urn:holdfast:problem:${code.toLowerCase().replaceAll("_", "-")}`,
  title: TITLES[status] ?? "Something went wrong",
  status,
  code,
  detail,
});

const describe = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : error === undefined ? "" : String(error);
