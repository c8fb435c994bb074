/** client: the HTTP port of ticket systems over egress. It says of every answer whether something was done, and never follows an
 *  address to another host with our secret. */
import { isAppError } from "../platform/errors/index.ts";
import type { Egress } from "../platform/egress/index.ts";
import { type Ask, type Http, Refusal, type System } from "./system.ts";

export interface ClientOptions {
  readonly egress: Pick<Egress, "fetch">;
  readonly system: System;
  readonly name: string;
  readonly url: string;
  readonly user: string;
  readonly secret: string;
  readonly allow: readonly string[];
}

export function createHttp(options: ClientOptions): Http {
  const base = options.url.replace(/\/$/, "");
  const { host } = new URL(base);
  const authorization = options.system.authorization(options);
  return async (ask) => {
    const url = new URL(/^https?:/.test(ask.path) ? ask.path : base + ask.path);
    if (url.host !== host) throw new Refusal("refused", `${options.name} points to another host, ${url.host}.`);
    for (const [name, value] of Object.entries(ask.query ?? {})) url.searchParams.set(name, value);
    const response = await reach(options, ask, { url: url.href, authorization, host });
    const text = response.body.toString("utf8");
    if (response.status >= 200 && response.status < 300) return { headers: response.headers, json: parse(text) };
    throw refusalOf(ask, response.status, { text, headers: response.headers });
  };
}

async function reach(
  { egress, system, name, allow }: ClientOptions,
  ask: Ask,
  given: { readonly url: string; readonly authorization: string; readonly host: string },
) {
  const headers = {
    accept: "application/json",
    authorization: given.authorization,
    ...system.headers,
    ...(ask.body !== undefined && { "content-type": "application/json" }),
  };
  const body = ask.body === undefined ? undefined : JSON.stringify(ask.body);
  try {
    return await egress.fetch({
      caller: { name: `tickets/${name}`, allow, hosts: [given.host] },
      method: ask.method,
      url: given.url,
      headers,
      body,
      timeoutMs: 20_000,
      maxRedirects: 0,
    });
  } catch (error) {
    if (!isAppError(error)) throw error;
    if (error.code === "EGRESS_UNREACHABLE") throw new Refusal("busy", error.message);
    if (error.code === "EGRESS_INTERRUPTED")
      throw new Refusal(ask.method === "GET" ? "busy" : "unknown", error.message);
    throw new Refusal("refused", error.message);
  }
}

function refusalOf(
  ask: Ask,
  status: number,
  { text, headers }: { readonly text: string; readonly headers: Readonly<Record<string, string>> },
): Refusal {
  const said = `${ask.method} ${ask.path} was answered ${status}: ${text.replaceAll(/\s+/g, " ").slice(0, 300)}`;
  const limited = status === 429 || (status === 403 && headers["x-ratelimit-remaining"] === "0");
  if (limited || status === 503) return new Refusal("busy", said, waitOf(headers));
  // Behind a gateway's error the system may have acted.
  if (status >= 500) return new Refusal(ask.method === "GET" ? "busy" : "unknown", said);
  if (status === 404 || status === 410) return new Refusal("gone", said);
  return new Refusal("refused", said);
}

/** Seconds, as most say it. */
function waitOf(headers: Readonly<Record<string, string>>): number | undefined {
  const seconds = Number(headers["retry-after"] ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, 3_600) * 1000 : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
