/** client: asks the other side, with the authentication of the definition. A token is fetched when there is none and, once, when the
 *  other side no longer takes it. Secrets never stand in what is answered from here. */
import { createSign } from "node:crypto";
import type { Clock } from "../../platform/clock/index.ts";
import type { Caller, Egress } from "../../platform/egress/index.ts";
import { isAppError } from "../../platform/errors/index.ts";
import { type Answer, judged, type Refused } from "./answer.ts";
import { signedHeaders } from "./aws-signature.ts";
import type { Auth } from "./definition.ts";
import { parsed, textAt } from "./json-path.ts";
import { fill, fillUrl, type Values } from "./template.ts";

export interface Client {
  get(
    url: string,
    call?: { readonly headers?: Readonly<Record<string, string>>; readonly maxBytes?: number },
  ): Promise<Answer>;
}

export interface ClientOptions {
  readonly egress: Pick<Egress, "fetch">;
  readonly caller: Caller;
  readonly auth: Auth;
  readonly values: Values;
  readonly clock: Clock;
}

const TIMEOUT_MS = 60_000;
const PAGE_BYTES = 32 * 2 ** 20;
/** A token is not used in its last minute. */
const SPARE_MS = 60_000;

type Headers = { readonly ok: true; readonly headers: Record<string, string> } | Refused;

export function createClient({ egress, caller, auth, values, clock }: ClientOptions): Client {
  let token: { readonly value: string; readonly until: number } | undefined;

  async function send(request: {
    url: string;
    method: "GET" | "POST";
    headers: Record<string, string>;
    body?: string;
    maxBytes?: number;
  }): Promise<Answer> {
    try {
      const response = await egress.fetch({
        caller,
        timeoutMs: TIMEOUT_MS,
        maxRedirects: 0,
        ...request,
        maxBytes: request.maxBytes ?? PAGE_BYTES,
        headers: { "user-agent": "holdfast", ...request.headers },
      });
      return withoutSecrets(judged(response, clock.now()), values);
    } catch (error) {
      if (!isAppError(error)) throw error;
      return withoutSecrets({ ok: false, kind: "failed", status: null, reason: error.message }, values);
    }
  }

  async function authorization(url: string): Promise<Headers> {
    const text = (template: string): string => fill(template, values) ?? "";
    const bearer = (value: string): Headers => ({ ok: true, headers: { authorization: `Bearer ${value}` } });
    switch (auth.kind) {
      case "none":
        return { ok: true, headers: {} };
      case "basic": {
        const pair = Buffer.from(`${text(auth.user)}:${text(auth.password)}`).toString("base64");
        return { ok: true, headers: { authorization: `Basic ${pair}` } };
      }
      case "bearer":
        return bearer(text(auth.token));
      case "header":
        return { ok: true, headers: { [text(auth.name).toLowerCase()]: text(auth.value) } };
      case "aws-signature": {
        const keys = {
          service: text(auth.service),
          region: text(auth.region),
          accessKey: text(auth.accessKey),
          secretKey: text(auth.secretKey),
          sessionToken: auth.sessionToken === undefined ? undefined : fill(auth.sessionToken, values),
        };
        return { ok: true, headers: signedHeaders(new URL(url), keys, clock.now()) };
      }
      case "client-credentials":
      case "google-service-account": {
        if (token !== undefined && token.until > clock.now()) return bearer(token.value);
        const asked = tokenRequest(auth, values, clock.now());
        if (!asked.ok) return asked;
        const answer = await send({
          url: fillUrl(auth.tokenUrl, values) ?? "",
          method: "POST",
          headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
          body: new URLSearchParams(asked.form).toString(),
        });
        if (!answer.ok) return { ...answer, reason: `No token: ${answer.reason}` };
        const json = parsed(answer.body);
        const value = textAt(json, "access_token");
        if (value === undefined)
          return {
            ok: false,
            kind: "failed",
            status: null,
            reason: "The answer of the token's address holds no access_token.",
          };
        const seconds = Number(textAt(json, "expires_in") ?? 300);
        token = { value, until: clock.now() + Math.max(seconds * 1000 - SPARE_MS, 1000) };
        return bearer(value);
      }
    }
  }

  return {
    async get(url, { headers = {}, maxBytes } = {}) {
      for (let again = token !== undefined; ; again = false) {
        const own = await authorization(url);
        if (!own.ok) return own;
        const all = { accept: "application/json", ...headers, ...own.headers };
        const answer = await send({
          url,
          method: "GET",
          headers: all,
          ...(maxBytes === undefined ? {} : { maxBytes }),
        });
        if (answer.ok || answer.status !== 401 || !again) return answer;
        token = undefined;
      }
    },
  };
}

type TokenForm = { readonly ok: true; readonly form: Record<string, string> } | Refused;

function tokenRequest(
  auth: Extract<Auth, { kind: "client-credentials" | "google-service-account" }>,
  values: Values,
  now: number,
): TokenForm {
  const scope = auth.scope === undefined ? undefined : fill(auth.scope, values);
  if (auth.kind === "client-credentials") {
    const form = {
      grant_type: "client_credentials",
      client_id: fill(auth.clientId, values) ?? "",
      client_secret: fill(auth.clientSecret, values) ?? "",
    };
    return { ok: true, form: scope === undefined ? form : { ...form, scope } };
  }
  const account = parsed(Buffer.from(fill(auth.key, values) ?? ""));
  const issuer = textAt(account, "client_email");
  const key = textAt(account, "private_key");
  if (issuer === undefined || key === undefined)
    return {
      ok: false,
      kind: "failed",
      status: null,
      reason: "The key is no key file of a service account: client_email and private_key are missing.",
    };
  const seconds = Math.floor(now / 1000);
  const claims = {
    iss: issuer,
    sub: auth.subject === undefined ? undefined : fill(auth.subject, values),
    scope,
    aud: fillUrl(auth.tokenUrl, values),
    iat: seconds,
    exp: seconds + 3600,
  };
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}`;
  try {
    const signature = createSign("RSA-SHA256").update(signed).sign(key, "base64url");
    const form = { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion: `${signed}.${signature}` };
    return { ok: true, form };
  } catch {
    return {
      ok: false,
      kind: "failed",
      status: null,
      reason: "The private_key of the service account cannot be read. Enter the key file as it was downloaded.",
    };
  }
}

/** Some echo what they were sent. */
function withoutSecrets<T extends Answer>(answer: T, { secrets }: Values): T {
  if (answer.ok) return answer;
  const reason = Object.values(secrets)
    .filter((secret) => secret.length >= SHORTEST)
    .reduce((text, secret) => text.replaceAll(secret, "…"), answer.reason);
  return { ...answer, reason };
}

const SHORTEST = 4;
