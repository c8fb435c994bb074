/** session: what interfaces of endpoint protection have in common: a token by OAuth client credentials, fetched once per use, and
 *  throttling: a 429 is waited for as it says, a few times and not for long. */
import { failed, type JsonObject, type Outcome, outcomeOf, type Ports } from "@holdfast/sdk";
import { type Called, objectIn } from "../chat/http.ts";

const ATTEMPTS = 4;
const LONGEST_WAIT_MS = 15_000;

export interface Login {
  readonly url: string;
  readonly form: Readonly<Record<string, string>>;
  readonly who: string;
}

export interface Session {
  ask(request: { readonly method: "GET" | "POST"; readonly url: string; readonly json?: unknown }): Promise<Called>;
}

export async function openSession(
  ports: Ports,
  { url, form, who }: Login,
): Promise<{ ok: true; session: Session } | { ok: false; outcome: Outcome }> {
  const body = Object.entries(form)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join("&");
  const reply = await throttled(ports, () =>
    ports.http({
      method: "POST",
      url,
      body,
      headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
    }),
  );
  // A token that was made and not received harms nobody.
  if (!reply.ok) return { ok: false, outcome: failed(reply.reason, true) };
  const token = objectIn(reply.value.text)["access_token"];
  if (reply.value.status >= 300 || typeof token !== "string") {
    return {
      ok: false,
      outcome: failed(
        `${who} gives no token (${reply.value.status}): ${reply.value.text.trim().slice(0, 200)}`,
        reply.value.status === 429,
      ),
    };
  }
  return {
    ok: true,
    session: {
      async ask(request) {
        const raw = await throttled(ports, () =>
          ports.http({
            method: request.method,
            url: request.url,
            headers: {
              accept: "application/json",
              authorization: `Bearer ${token}`,
              ...(request.json === undefined ? {} : { "content-type": "application/json" }),
            },
            ...(request.json === undefined ? {} : { body: JSON.stringify(request.json) }),
          }),
        );
        if (!raw.ok) return { ok: false, outcome: outcomeOf(raw) };
        return judged(raw.value, request.method, who);
      },
    },
  };
}

type HttpReply = Awaited<ReturnType<Ports["http"]>>;

/** A throttled call was not carried out, so it may be made again. */
async function throttled(ports: Ports, send: () => Promise<HttpReply>): Promise<HttpReply> {
  for (let attempt = 1; ; attempt++) {
    const reply = await send();
    if (!reply.ok || reply.value.status !== 429 || attempt >= ATTEMPTS) return reply;
    const wait = waitOf(reply.value.headers, ports.now(), attempt);
    if (wait > LONGEST_WAIT_MS) return reply;
    await ports.sleep(wait);
  }
}

/** Retry-After in seconds, or the moment that CrowdStrike names; else longer each time. */
function waitOf(headers: Readonly<Record<string, string>>, now: number, attempt: number): number {
  const seconds = Number(headers["retry-after"]);
  if (headers["retry-after"] !== undefined && seconds >= 0) return seconds * 1_000;
  const moment = Number(headers["x-ratelimit-retryafter"]);
  if (moment > 0) return Math.max(0, moment * 1_000 - now);
  return 500 * 2 ** attempt;
}

function judged(
  response: { status: number; headers: Readonly<Record<string, string>>; text: string },
  method: string,
  who: string,
): Called {
  if (response.status >= 200 && response.status < 300) return { ok: true, response, json: objectIn(response.text) };
  const reason = `${who} answered ${response.status}: ${response.text.trim().replace(/\s+/g, " ").slice(0, 300)}`;
  if (response.status >= 500 && method !== "GET") return { ok: false, outcome: { kind: "unknown", reason } };
  return {
    ok: false,
    outcome: { kind: "failed", reason, retryable: response.status === 429 || response.status >= 500 },
  };
}

export const listIn = (json: JsonObject, name: string): JsonObject[] => {
  const value = json[name];
  return Array.isArray(value)
    ? value.filter((item): item is JsonObject => typeof item === "object" && item !== null && !Array.isArray(item))
    : [];
};

/** Names of hosts that may stand in a filter expression. */
export const isHostName = (text: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/.test(text);
