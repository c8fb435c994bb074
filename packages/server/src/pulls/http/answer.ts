/** answer: what an answer of the other side means for us: go on, wait as long as it says, or back off; and what it said, in a sentence. */
import type { EgressResponse } from "../../platform/egress/index.ts";
import { parsed, textAt } from "./json-path.ts";

export interface Good {
  readonly ok: true;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly url: string;
  /** The limit of calls is used up; the next one may come so much later. */
  readonly pauseMs: number | undefined;
}

export interface Refused {
  readonly ok: false;
  readonly kind: "throttled" | "failed";
  /** Null when there was no answer. */
  readonly status: number | null;
  readonly reason: string;
  readonly waitMs?: number | undefined;
}

export type Answer = Good | Refused;

const MOST_WAIT_MS = 24 * 3_600_000;

export function judged(response: EgressResponse, now: number): Answer {
  const { status, headers, body, url } = response;
  const limit = limitMs(headers, now);
  if (status >= 200 && status < 300) return { ok: true, headers, body, url, pauseMs: limit };
  const asked = retryAfterMs(headers["retry-after"], now) ?? limit;
  const said = saidIn(body);
  const where = new URL(url).host;
  const reason = `${where} answered ${status}${said === "" ? "" : `: ${said}`}.`;
  // Some answer 403 when the calls of an hour are used up.
  const limited = status === 429 || ((status === 403 || status === 503) && (asked !== undefined || USED_UP.test(said)));
  if (!limited) return { ok: false, kind: "failed", status, reason: `${reason}${adviceFor(status)}`, waitMs: asked };
  return { ok: false, kind: "throttled", status, reason, waitMs: asked };
}

const USED_UP = /rateLimitExceeded|quotaExceeded|rate limit/i;

function adviceFor(status: number): string {
  if (status === 401) return " Check the credentials: they may have expired or been withdrawn.";
  if (status === 403) return " The credentials are known, but may not read this.";
  if (status === 404) return " Check the address and the names in the settings.";
  return status >= 300 && status < 400 ? " It sends us elsewhere, which is not followed: enter that address." : "";
}

/** Milliseconds until calls are allowed again, when none is left now. */
function limitMs(headers: Readonly<Record<string, string>>, now: number): number | undefined {
  for (const prefix of ["x-ratelimit", "x-rate-limit", "ratelimit"]) {
    if (headers[`${prefix}-remaining`] !== "0") continue;
    const reset = Number(headers[`${prefix}-reset`]);
    if (!Number.isFinite(reset) || headers[`${prefix}-reset`] === undefined) continue;
    // A moment since 1970, or so many seconds from now.
    return bounded(reset > 1_000_000_000 ? reset * 1000 - now : reset * 1000);
  }
  return undefined;
}

function retryAfterMs(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return bounded(seconds * 1000);
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : bounded(at - now);
}

const bounded = (ms: number): number => Math.min(Math.max(ms, 1000), MOST_WAIT_MS);

const PLACES = ["error/message", "error_description", "errorSummary", "message", "error/code", "error", "title"];

function saidIn(body: Buffer): string {
  const text = body.subarray(0, 4096).toString("utf8");
  const json = parsed(body);
  const found = PLACES.map((place) => textAt(json, place)).find((one) => one !== undefined);
  const xml = /<Message>([^<]*)<\/Message>/.exec(text)?.[1];
  const code = /<Code>([^<]*)<\/Code>/.exec(text)?.[1];
  const said = found ?? (xml === undefined ? undefined : [code, xml].filter(Boolean).join(": "));
  const plain = said ?? (text.startsWith("<") ? "" : text);
  return plain.replaceAll(/\s+/g, " ").trim().slice(0, 300).replace(/\.$/, "");
}
