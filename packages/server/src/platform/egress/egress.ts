/** egress: the only way out of this process, but for its two stores. Every call says who makes it and which addresses that caller may
 *  reach beyond the public ones; the address is checked where the connection is opened, and again on each redirect. Time, size and
 *  the number of redirects are bounded, and an error says whether anything was sent. */
import type { Socket } from "node:net";
import type { Log } from "../log/index.ts";
import { type AllowEntry, type AllowRule, readAllowList } from "./address-policy.ts";
import { dial, type Lookup, lookupBySystem, type OwnCertificate } from "./dial.ts";
import { egressFail } from "./errors.ts";
import { exchange } from "./exchange.ts";

/** Who calls, and what it may reach. */
export interface Caller {
  /** Id of the connector, or the area: "oncall", "tickets". Stands in the log. */
  readonly name: string;
  /** Private addresses and ranges that it may reach; see `AllowEntry`. */
  readonly allow: readonly AllowEntry[];
  /** When given: it may reach these hosts only ("api.example.net" or "api.example.net:8443"). */
  readonly hosts?: readonly string[] | undefined;
}

export interface EgressRequest {
  readonly caller: Caller;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD";
  /** http: or https:, without user and password in it. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | undefined;
  /** For the whole call with its redirects; 10 s when not given. */
  readonly timeoutMs?: number | undefined;
  /** Largest answer that is taken; 10 MiB when not given. */
  readonly maxBytes?: number | undefined;
  /** 3 when not given. */
  readonly maxRedirects?: number | undefined;
  /** PEM of the authority that signs the far side, instead of the system's. */
  readonly ca?: string | undefined;
}

export interface EgressResponse {
  readonly status: number;
  /** Lower-case names; several values of one name are joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Where the answer came from in the end. */
  readonly url: string;
}

export interface ConnectTarget {
  readonly caller: Caller;
  readonly host: string;
  readonly port: number;
  readonly tls?:
    | { readonly servername: string; readonly ca?: string | undefined; readonly own?: OwnCertificate | undefined }
    | undefined;
  /** To the open connection; 10 s when not given. */
  readonly timeoutMs?: number | undefined;
}

export interface Egress {
  /** Throws EGRESS_REFUSED, EGRESS_UNREACHABLE or EGRESS_INTERRUPTED; an answer of any status is an answer. */
  fetch(request: EgressRequest): Promise<EgressResponse>;
  /** An open socket for protocols other than HTTP. The caller ends it. */
  connect(target: ConnectTarget): Promise<Socket>;
}

export interface EgressOptions {
  readonly log: Log;
  readonly policy?: { readonly lookup?: Lookup };
  /** While it says so nothing goes out: a restored home waits for a person. */
  readonly held?: () => boolean;
}

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 10 * 2 ** 20;
const MAX_REDIRECTS = 3;

export function createEgress({ log, policy = {}, held = () => false }: EgressOptions): Egress {
  const lookup = policy.lookup ?? lookupBySystem;
  const noting = async <T>(caller: Caller, target: string, work: () => Promise<T>): Promise<T> => {
    try {
      if (held()) {
        throw egressFail(
          "EGRESS_REFUSED",
          `Nothing goes out after a restore until somebody releases it. Nothing was sent to ${target}.`,
        );
      }
      return await work();
    } catch (error) {
      log.warn({ caller: caller.name, target, error: String(error) }, "A call outwards failed.");
      throw error;
    }
  };
  return {
    fetch: (request) => noting(request.caller, hostOf(request.url), () => fetchThrough(request, lookup)),
    connect: (target) =>
      noting(target.caller, target.host, () => {
        demandHost(target.caller, target.host, target.port);
        return dial({
          host: target.host,
          port: target.port,
          rules: rulesOf(target.caller),
          tls: target.tls === undefined ? undefined : { ca: undefined, ...target.tls },
          signal: AbortSignal.timeout(target.timeoutMs ?? TIMEOUT_MS),
          lookup,
        });
      }),
  };
}

async function fetchThrough(request: EgressRequest, lookup: Lookup): Promise<EgressResponse> {
  const signal = AbortSignal.timeout(request.timeoutMs ?? TIMEOUT_MS);
  const rules = rulesOf(request.caller);
  let url = parseUrl(request.url);
  let { method, body } = request;
  let headers = request.headers ?? {};
  for (let left = request.maxRedirects ?? MAX_REDIRECTS; ; left--) {
    const port = portOf(url);
    const host = bareHost(url);
    demandHost(request.caller, host, port);
    const tls = url.protocol === "https:" ? { servername: host, ca: request.ca } : undefined;
    const socket = await dial({ host, port, rules, tls, signal, lookup });
    const maxBytes = request.maxBytes ?? MAX_BYTES;
    const answer = await exchange({ socket, url, method, headers, body, signal, maxBytes });
    const location = answer.headers["location"];
    if (!REDIRECTS.has(answer.status) || location === undefined || left <= 0) return { ...answer, url: url.href };
    const next = parseUrl(location, url);
    if (url.protocol === "https:" && next.protocol !== "https:") {
      throw egressFail("EGRESS_REFUSED", `${host} redirects from https to http (${next.host}); that is not followed.`);
    }
    if (answer.status === 303 || ((answer.status === 301 || answer.status === 302) && method === "POST")) {
      method = method === "HEAD" ? "HEAD" : "GET";
      body = undefined;
      headers = without(headers, (name) => name.startsWith("content-"));
    }
    // Whatever speaks for us (authorization, cookies, keys under any name) stays with the origin it was meant for.
    if (next.origin !== url.origin) {
      if (body !== undefined)
        throw egressFail("EGRESS_REFUSED", `${host} sends our request on to ${next.host}; a body is not handed on.`);
      headers = without(headers, (name) => !HARMLESS_HEADERS.has(name));
    }
    url = next;
  }
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const HARMLESS_HEADERS: ReadonlySet<string> = new Set(["accept", "accept-language", "user-agent"]);

function parseUrl(text: string, base?: URL): URL {
  let url: URL;
  try {
    url = new URL(text, base);
  } catch {
    throw egressFail("EGRESS_REFUSED", "The address of the call is no URL. Write it as https://host/path.");
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw egressFail("EGRESS_REFUSED", `Calls go out by http and https only, not by "${url.protocol.slice(0, 20)}".`);
  }
  if (url.username !== "" || url.password !== "") {
    throw egressFail(
      "EGRESS_REFUSED",
      `The URL of ${url.host} has a user in it. Credentials belong into the connector's secrets.`,
    );
  }
  if (url.hostname === "") throw egressFail("EGRESS_REFUSED", "The URL names no host.");
  return url;
}

const portOf = (url: URL): number => Number(url.port || (url.protocol === "https:" ? 443 : 80));
const bareHost = (url: URL): string => url.hostname.replace(/^\[|\]$/g, "");

function hostOf(text: string): string {
  return URL.canParse(text) ? new URL(text).host : "(no URL)";
}

function demandHost({ name, hosts }: Caller, host: string, port: number): void {
  if (hosts === undefined || hosts.includes(host) || hosts.includes(`${host}:${port}`)) return;
  throw egressFail(
    "EGRESS_REFUSED",
    `"${name}" speaks to ${hosts.join(", ") || "no host"} only, not to ${host}:${port}. Nothing was sent.`,
  );
}

function rulesOf(caller: Caller): AllowRule[] {
  const read = readAllowList(caller.allow);
  if (!read.ok) throw egressFail("EGRESS_REFUSED", `The allow list of "${caller.name}": ${read.reason}`);
  return read.rules;
}

const without = (headers: Readonly<Record<string, string>>, drop: (name: string) => boolean): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !drop(name.toLowerCase())));
