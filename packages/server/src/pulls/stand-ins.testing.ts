/** stand-ins.testing: the interfaces of GitHub, Okta, Microsoft Graph, Google and S3 as far as a reader of them sees: authentication, paging,
 *  tokens that expire, limits, faults and broken connections. Written from their public documentation; nothing of them is real. */
import { createHash, createHmac, createVerify, generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";

export interface StandIn {
  readonly url: string;
  readonly records: Record<"github" | "okta" | "signIns" | "audits" | "login" | "tickets", Record<string, unknown>[]>;
  readonly objects: Map<string, { readonly body: Buffer; readonly at: number }>;
  /** What the next requests meet, one each, before they are answered. */
  readonly faults: Fault[];
  /** Temporary credentials of the storage: while set, every request has to carry it, signed. */
  sessionToken: string | undefined;
  /** Path and query of all requests, in their order. */
  readonly asked: string[];
  /** Tokens that were given out, and whether they are still good. */
  readonly tokens: Map<string, boolean>;
  readonly serviceAccount: string;
  close(): Promise<void>;
}

export type Fault = "none" | "throttle" | "used-up" | "fail" | "cut";

export const S3_KEYS = { accessKey: "AKIDSTANDIN", secretKey: "stand-in/secret+key", region: "eu-test-1" } as const;

const PAGE = 10;

export async function startStandIn(): Promise<StandIn> {
  const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const privateKey = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const records: StandIn["records"] = { github: [], okta: [], signIns: [], audits: [], login: [], tickets: [] };
  const objects: StandIn["objects"] = new Map();
  const faults: Fault[] = [];
  const asked: string[] = [];
  const tokens = new Map<string, boolean>();

  const server = createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => response.writeHead(599).end(String(error)));
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "", origin());
    const json = (status: number, body: unknown, headers: Record<string, string> = {}): void => {
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
    };
    if (url.pathname.endsWith("/token")) return void giveToken(request, json);
    asked.push(decodeURIComponent(`${url.pathname}${url.search}`));
    const fault = faults.shift();
    if (fault === "throttle") return json(429, { message: "slow down" }, { "retry-after": "1" });
    if (fault === "used-up") {
      const reset = String(Math.ceil(Date.now() / 1000) + 1);
      return json(
        403,
        { message: "API rate limit exceeded" },
        { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset },
      );
    }
    if (fault === "fail") return json(500, { message: "an error of the stand-in" });
    if (fault === "cut") {
      response.writeHead(200, { "content-type": "application/json", "content-length": "100000" }).write("[{");
      setTimeout(() => request.socket.destroy(), 5);
      return;
    }
    const { authorization = "" } = request.headers;
    if (url.pathname.startsWith("/orgs/")) {
      if (authorization !== "Bearer gh-token") return json(401, { message: "Bad credentials" });
      return github(url, json);
    }
    if (url.pathname === "/api/v1/logs") {
      if (authorization !== "SSWS okta-token") return json(401, { errorSummary: "Invalid token provided" });
      return okta(url, json);
    }
    if (url.pathname === "/tickets") {
      const pair = Buffer.from("reader:p:ss wörd").toString("base64");
      if (authorization !== `Basic ${pair}`) return json(401, { message: "Who are you?" });
      return tickets(url, json);
    }
    if (url.pathname.startsWith("/bucket")) return storage(request, url, response);
    if (tokens.get(authorization.replace("Bearer ", "")) !== true)
      return json(401, { error: { code: "InvalidAuthenticationToken", message: "Access token has expired." } });
    if (url.pathname.startsWith("/v1.0/auditLogs/")) return graph(url, json);
    if (url.pathname.startsWith("/admin/reports/")) return google(url, json);
    return json(404, { message: "Not Found" });
  }

  type Json = (status: number, body: unknown, headers?: Record<string, string>) => void;

  async function giveToken(request: IncomingMessage, json: Json): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const form = new URLSearchParams(Buffer.concat(parts).toString());
    const assertion = form.get("assertion");
    const good = assertion === null ? form.get("client_secret") === "graph-secret" : isSigned(assertion);
    if (!good) return json(401, { error: "invalid_client", error_description: "The client secret is wrong." });
    const token = randomUUID();
    tokens.set(token, true);
    json(200, { access_token: token, token_type: "Bearer", expires_in: 3600 });
  }

  function isSigned(assertion: string): boolean {
    const [head = "", claims = "", signature = ""] = assertion.split(".");
    const read = JSON.parse(Buffer.from(claims, "base64url").toString()) as Record<string, unknown>;
    const verified = createVerify("RSA-SHA256")
      .update(`${head}.${claims}`)
      .verify(pair.publicKey, signature, "base64url");
    return (
      verified &&
      read["iss"] === "reader@project.example" &&
      read["sub"] === "admin@example.com" &&
      read["aud"] === `${origin()}/token`
    );
  }

  /** Oldest first from a time, with a place after the last one of a page. */
  function github(url: URL, json: Json): void {
    const since = Date.parse(/created:>=(\S+)/.exec(url.searchParams.get("phrase") ?? "")?.[1] ?? "");
    const all = records.github.filter((one) => Number(one["@timestamp"]) >= since);
    const from = Number(url.searchParams.get("after") ?? 0);
    const items = all.slice(from, from + PAGE);
    url.searchParams.set("after", String(from + items.length));
    const link =
      from + items.length < all.length ? { link: `<${url.href}>; rel="next", <${url.origin}/>; rel="first"` } : {};
    json(200, items, { ...link, "x-ratelimit-remaining": "900", "x-ratelimit-reset": "1" });
  }

  /** Always names the next page, also after the last: there come the events of tomorrow. */
  function okta(url: URL, json: Json): void {
    const after = url.searchParams.get("after");
    const since = Date.parse(url.searchParams.get("since") ?? "");
    const from =
      after === null ? records.okta.findIndex((one) => Date.parse(String(one["published"])) >= since) : Number(after);
    const items = from < 0 ? [] : records.okta.slice(from, from + PAGE);
    url.searchParams.set("after", String(Math.max(from, 0) + items.length));
    json(200, items, { link: `<${origin()}/api/v1/logs>; rel="self", <${url.href}>; rel="next"` });
  }

  /** Oldest first from a time in seconds, so many left out, at most ten. */
  function tickets(url: URL, json: Json): void {
    const since = Number(url.searchParams.get("from")) * 1000;
    const all = records.tickets.filter((one) => Date.parse(String(one["at"])) >= since);
    const skip = Number(url.searchParams.get("skip"));
    json(200, { data: { rows: all.slice(skip, skip + PAGE) } });
  }

  function graph(url: URL, json: Json): void {
    const field = url.pathname.endsWith("signIns") ? "createdDateTime" : "activityDateTime";
    const [name, , filter = ""] = (url.searchParams.get("$filter") ?? "").split(" ");
    if (name !== field) return json(400, { error: { message: "Invalid filter clause" } });
    const of = url.pathname.endsWith("signIns") ? records.signIns : records.audits;
    const all = of.filter((one) => Date.parse(String(one[field])) >= Date.parse(filter));
    const from = Number(url.searchParams.get("$skiptoken") ?? 0);
    const value = all.slice(from, from + PAGE);
    url.searchParams.set("$skiptoken", String(from + value.length));
    json(200, from + value.length < all.length ? { "@odata.nextLink": url.href, value } : { value });
  }

  /** Newest first; no list at all when there is nothing. */
  function google(url: URL, json: Json): void {
    const app = url.pathname.split("/").at(-1);
    const since = Date.parse(url.searchParams.get("startTime") ?? "");
    const time = (one: Record<string, unknown>): number => Date.parse((one["id"] as { time: string }).time);
    const all =
      app === "login" ? records.login.filter((one) => time(one) >= since).sort((a, b) => time(b) - time(a)) : [];
    if (all.length === 0) return json(200, { kind: "admin#reports#activities" });
    const from = Number((url.searchParams.get("pageToken") ?? "A:0").slice(2));
    const items = all.slice(from, from + PAGE);
    const next = from + items.length < all.length ? { nextPageToken: `A:${from + items.length}` } : {};
    json(200, { kind: "admin#reports#activities", items, ...next });
  }

  function storage(request: IncomingMessage, url: URL, response: ServerResponse): void {
    const xml = (status: number, body: string): void =>
      void response.writeHead(status, { "content-type": "application/xml" }).end(body);
    if (!isAwsSigned(request, url))
      return xml(
        403,
        "<Error><Code>SignatureDoesNotMatch</Code><Message>The signature does not match.</Message></Error>",
      );
    const [, signed = ""] = /SignedHeaders=([^,]+)/.exec(request.headers.authorization ?? "") ?? [];
    const token = signed.split(";").includes("x-amz-security-token")
      ? request.headers["x-amz-security-token"]
      : undefined;
    if (token !== standIn.sessionToken)
      return xml(403, "<Error><Code>InvalidToken</Code><Message>The token is malformed.</Message></Error>");
    const key = decodeURIComponent(url.pathname.slice("/bucket/".length));
    if (key !== "") {
      const found = objects.get(key);
      return found === undefined
        ? xml(404, "<Error><Code>NoSuchKey</Code><Message>No such key.</Message></Error>")
        : void response.end(found.body);
    }
    const prefix = url.searchParams.get("prefix") ?? "";
    const delimiter = url.searchParams.get("delimiter");
    const keys = [...objects.keys()].filter((one) => one.startsWith(prefix)).sort();
    const from = Number(url.searchParams.get("continuation-token") ?? 0);
    const encoded = (text: string): string => encodeURIComponent(text).replaceAll("%2F", "/");
    if (delimiter !== null) {
      const folders = new Set(keys.map((one) => one.slice(0, one.indexOf("/", prefix.length) + 1)));
      const inner = [...folders]
        .map((one) => `<CommonPrefixes><Prefix>${encoded(one)}</Prefix></CommonPrefixes>`)
        .join("");
      return xml(200, `<ListBucketResult><IsTruncated>false</IsTruncated>${inner}</ListBucketResult>`);
    }
    const some = keys.slice(from, from + 2);
    const more = from + some.length < keys.length;
    const inner = some
      .map(
        (one) =>
          `<Contents><Key>${encoded(one)}</Key><LastModified>${new Date(objects.get(one)?.at ?? 0).toISOString()}</LastModified></Contents>`,
      )
      .join("");
    const next = more ? `<NextContinuationToken>${from + some.length}</NextContinuationToken>` : "";
    xml(200, `<ListBucketResult><IsTruncated>${more}</IsTruncated>${next}${inner}</ListBucketResult>`);
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = (): string => {
    const address = server.address();
    return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  };
  const standIn: StandIn = {
    url: origin(),
    sessionToken: undefined,
    records,
    objects,
    faults,
    asked,
    tokens,
    serviceAccount: JSON.stringify({
      type: "service_account",
      client_email: "reader@project.example",
      private_key: privateKey,
    }),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return standIn;
}

/** The check of Signature Version 4 as the storage makes it, from the request as it came. */
function isAwsSigned({ headers }: IncomingMessage, url: URL): boolean {
  const found =
    /Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})/.exec(
      headers.authorization ?? "",
    );
  if (found === null) return false;
  const [, access, day = "", region = "", names = "", signature] = found;
  const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
  const canonical = [
    "GET",
    url.pathname,
    url.search
      .slice(1)
      .split("&")
      .filter((one) => one !== "")
      .sort()
      .join("&"),
    ...names.split(";").map((name) => `${name}:${String(headers[name])}`),
    "",
    names,
    String(headers["x-amz-content-sha256"]),
  ].join("\n");
  const mac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
  const key = mac(mac(mac(mac(`AWS4${S3_KEYS.secretKey}`, day), region), "s3"), "aws4_request");
  const scope = `${day}/${region}/s3/aws4_request`;
  const wanted = mac(
    key,
    ["AWS4-HMAC-SHA256", String(headers["x-amz-date"]), scope, hash(canonical)].join("\n"),
  ).toString("hex");
  return access === S3_KEYS.accessKey && region === S3_KEYS.region && signature === wanted;
}

/** A file as CloudTrail writes it. */
export function trailFile(events: readonly Record<string, unknown>[]): Buffer {
  return gzipSync(JSON.stringify({ Records: events }));
}
