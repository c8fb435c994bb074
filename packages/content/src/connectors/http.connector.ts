/** http: any HTTP interface, below one address, with one header that authorises. For what has no connector of its own yet. */
import { defineConnector, done, failed, outcomeOf, type Plan, type Ports, problem } from "@holdfast/sdk";
import { z } from "zod";
import { isHttpUrl, placeOf } from "./chat/http.ts";

const settings = z.strictObject({
  url: z
    .string()
    .refine((text) => isHttpUrl(text) && !text.includes("?"), "a URL without a query")
    .meta({ title: "Address", description: "Every path is below it" }),
  header: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9-]{0,60}$/, "the name of a header")
    .default("authorization")
    .meta({ title: "Header of the secret" }),
  testPath: z
    .string()
    .max(500)
    .default("/")
    .meta({ title: "Path of the test", description: "Answers a GET with 2xx and changes nothing" }),
  ca: z
    .string()
    .max(20_000)
    .optional()
    .meta({ title: "Certificate authority", description: "PEM, when it is not a public one", format: "multiline" }),
});

interface Context {
  readonly settings: z.infer<typeof settings>;
  readonly secrets: { readonly credential?: string | undefined };
  readonly ports: Ports;
}

interface Request {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

export default defineConnector({
  kind: "http",
  title: "HTTP interface",
  description: "Sends requests to an interface of yours.",
  docs: "https://www.rfc-editor.org/rfc/rfc9110",
  settings,
  secrets: z.strictObject({
    credential: z
      .string()
      .max(5_000)
      .optional()
      .meta({ title: "Value of the header", description: 'Such as "Bearer …"' }),
  }),
  offers: ["requests"],
  secretsTravel: true,
  reaches: ({ url }) => [placeOf(url)],
  connect: (context) => ({ requests: { send: (request: Request) => planFor(context, request) } }),
  test: async (context) => {
    const plan = planFor(context, { method: "GET", path: context.settings.testPath, headers: {} });
    return plan.ok ? plan.run("test") : failed(plan.reason);
  },
});

function planFor({ settings: s, secrets, ports }: Context, { method, path, headers, body }: Request): Plan {
  if (
    !path.startsWith("/") ||
    path.startsWith("//") ||
    /[\s\\]/.test(path) ||
    /(^|\/)\.{1,2}(\/|$|\?)/.test(path) ||
    /%2e/i.test(path)
  ) {
    return problem("path", "a path starts with one /, stays below the connector's address, and has no spaces");
  }
  const taken = Object.keys(headers).find((name) =>
    [s.header.toLowerCase(), "host", "content-length", "transfer-encoding", "connection"].includes(name.toLowerCase()),
  );
  if (taken !== undefined) return problem("headers", `"${taken}" is set by the connector`);
  const url = `${s.url.replace(/\/$/, "")}${path}`;
  const changes = method !== "GET" && method !== "HEAD";
  return {
    ok: true,
    command: [
      `${method} ${url}`,
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      ...(body === undefined ? [] : ["", body]),
    ],
    check: async () => {
      const reply = await ports.http({ method: "HEAD", url: s.url, ca: s.ca });
      return reply.ok ? done(`${placeOf(s.url)} answers; the request was not sent.`) : outcomeOf(reply);
    },
    run: async (key) => {
      const reply = await ports.http({
        method,
        url,
        ca: s.ca,
        headers: {
          ...headers,
          ...(changes ? { "idempotency-key": ports.crypto.sha256(key).slice(0, 32) } : {}),
          ...(secrets.credential === undefined ? {} : { [s.header.toLowerCase()]: secrets.credential }),
        },
        ...(body === undefined ? {} : { body }),
      });
      if (!reply.ok) return outcomeOf(reply);
      const { status, text, headers: answered } = reply.value;
      const output = { status, headers: { ...answered }, body: text.slice(0, 100_000) };
      if (status >= 200 && status < 300) return done(`${placeOf(s.url)} answered ${status}.`, output);
      const reason = `${placeOf(s.url)} answered ${status}: ${text.trim().slice(0, 300)}`;
      return status >= 500 && changes ? { kind: "unknown", reason } : failed(reason, status === 429 || status >= 500);
    },
  };
}
