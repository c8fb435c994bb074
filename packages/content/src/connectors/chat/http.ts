/** http: one JSON call and what its status means: 2xx is done, 429 and 5xx may work later, anything else is a refusal. A server that
 *  failed after it took the call may have acted; only it knows. */
import {
  type HttpRequest,
  type HttpResponse,
  type JsonObject,
  type Outcome,
  outcomeOf,
  type Ports,
} from "@holdfast/sdk";

export interface JsonCall {
  readonly method: HttpRequest["method"];
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly ca?: string | undefined;
  /** Who it is, in messages. */
  readonly who: string;
}

export type Called =
  | { readonly ok: true; readonly response: HttpResponse; readonly json: JsonObject }
  | { readonly ok: false; readonly outcome: Outcome };

export async function call(ports: Ports, { method, url, headers = {}, json, ca, who }: JsonCall): Promise<Called> {
  const body = json === undefined ? undefined : JSON.stringify(json);
  const reply = await ports.http({
    method,
    url,
    ca,
    headers: {
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  if (!reply.ok) return { ok: false, outcome: outcomeOf(reply) };
  const response = reply.value;
  if (response.status >= 200 && response.status < 300) return { ok: true, response, json: objectIn(response.text) };
  const said = response.text.trim().replace(/\s+/g, " ").slice(0, 300);
  const reason = `${who} answered ${response.status}${said === "" ? "" : `: ${said}`}`;
  if (response.status >= 500 && method !== "GET" && method !== "HEAD")
    return { ok: false, outcome: { kind: "unknown", reason } };
  return {
    ok: false,
    outcome: { kind: "failed", reason, retryable: response.status === 429 || response.status >= 500 },
  };
}

/** {} for what is no JSON object. */
export function objectIn(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
  } catch {
    return {};
  }
}

const URL_SHAPE = /^(https?):\/\/(\[[0-9a-fA-F:.]+\]|[^\s/?#@:[\]]+)(?::(\d{1,5}))?(?:[/?][^\s#]*)?$/;

export const isHttpUrl = (text: string): boolean => URL_SHAPE.test(text);

/** "host:port", as a connector's reach is written. */
export function placeOf(url: string): string {
  const [, scheme, host = "", port] = URL_SHAPE.exec(url) ?? [];
  return `${host.replace(/^\[|\]$/g, "").toLowerCase()}:${port ?? (scheme === "http" ? 80 : 443)}`;
}
