/** openc2-http: commands in OpenC2 to any actuator that speaks it over HTTPS (transfer specification 1.1, and 1.0 for older ones). */
import { defineConnector, done, failed, type JsonObject, type Outcome, type Plan, type Ports } from "@holdfast/sdk";
import { z } from "zod";
import { call, isHttpUrl, placeOf } from "./chat/http.ts";

const settings = z.strictObject({
  url: z.string().refine(isHttpUrl, "a URL").meta({ title: "URL of the consumer" }),
  version: z.enum(["1.1", "1.0"]).default("1.1").meta({ title: "Transfer specification" }),
  from: z.string().max(200).default("holdfast").meta({ title: "Name of the producer" }),
  ca: z
    .string()
    .max(20_000)
    .optional()
    .meta({ title: "Certificate authority", description: "PEM, when it is not a public one", format: "multiline" }),
});

interface Context {
  readonly settings: z.infer<typeof settings>;
  readonly secrets: { readonly token?: string | undefined };
  readonly ports: Ports;
}

interface Command {
  readonly action: string;
  readonly target: JsonObject;
  readonly args?: JsonObject | undefined;
  readonly actuator?: JsonObject | undefined;
}

const QUERY: Command = { action: "query", target: { features: ["versions", "profiles"] } };

export default defineConnector({
  kind: "openc2-http",
  title: "OpenC2 over HTTPS",
  description: "Sends OpenC2 commands to actuators.",
  docs: "https://docs.oasis-open.org/openc2/open-impl-https/v1.1/open-impl-https-v1.1.html",
  settings,
  secrets: z.strictObject({ token: z.string().max(5_000).optional().meta({ title: "Bearer token" }) }),
  offers: ["openc2"],
  secretsTravel: true,
  reaches: ({ url }) => [placeOf(url)],
  connect: (context) => ({ openc2: { send: (command: Command) => planFor(context, command) } }),
  test: (context) => send(context, QUERY, `test-${context.ports.crypto.random(16)}`),
});

function planFor(context: Context, command: Command): Plan {
  return {
    ok: true,
    command: [`POST ${context.settings.url}`, JSON.stringify(requestOf(command))],
    // The specification makes every consumer answer this one.
    check: () => send(context, QUERY, `check-${context.ports.crypto.random(16)}`),
    run: (key) => send(context, command, context.ports.crypto.sha256(key).slice(0, 32)),
  };
}

const requestOf = ({ action, target, args, actuator }: Command): JsonObject => ({
  action,
  target,
  args: { response_requested: "complete", ...args },
  ...(actuator === undefined ? {} : { actuator }),
});

async function send({ settings: s, secrets, ports }: Context, command: Command, requestId: string): Promise<Outcome> {
  const modern = s.version === "1.1";
  const request = requestOf(command);
  const type = modern ? "application/openc2+json;version=1.0" : "application/openc2-cmd+json;version=1.0";
  const called = await call(ports, {
    who: placeOf(s.url),
    method: "POST",
    url: s.url,
    ca: s.ca,
    json: modern
      ? { headers: { request_id: requestId, created: ports.now(), from: s.from }, body: { openc2: { request } } }
      : request,
    headers: {
      "content-type": type,
      accept: modern ? type : "application/openc2-rsp+json;version=1.0",
      "x-request-id": requestId,
      ...(secrets.token === undefined ? {} : { authorization: `Bearer ${secrets.token}` }),
    },
  });
  if (!called.ok) return called.outcome;
  const response = modern ? inside(inside(inside(called.json, "body"), "openc2"), "response") : called.json;
  const status = Number(response["status"] ?? called.response.status);
  const text = String(response["status_text"] ?? "");
  if (status === 102)
    return { kind: "unknown", reason: `The consumer works on the command still (102) ${text}`.trim() };
  if (status < 200 || status >= 300)
    return status >= 500 && status !== 501
      ? { kind: "unknown", reason: `The consumer answered ${status} ${text}` }
      : failed(`The consumer refused the command: ${status} ${text}`.trim());
  return done(`The consumer answered ${status} ${text}`.trim(), {
    status,
    results: response["results"] ?? null,
    requestId,
  });
}

function inside(value: JsonObject, name: string): JsonObject {
  const part = value[name];
  return typeof part === "object" && part !== null && !Array.isArray(part) ? part : {};
}
