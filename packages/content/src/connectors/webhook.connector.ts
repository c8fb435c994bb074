/** webhook: messages as signed JSON to an address of yours. The signature is HMAC-SHA256 over time and body, so that the receiver
 *  knows who sent it and that it is no replay; the delivery's id stays the same when it is sent again. */
import { defineConnector, done, type Message, type Outcome, type Plan, type Ports } from "@holdfast/sdk";
import { z } from "zod";
import { call, isHttpUrl, placeOf } from "./chat/http.ts";

const settings = z.strictObject({
  url: z.string().refine(isHttpUrl, "a URL such as https://hooks.example.org/holdfast").meta({ title: "URL" }),
  ca: z
    .string()
    .max(20_000)
    .optional()
    .meta({ title: "Certificate authority", description: "PEM, when it is not a public one", format: "multiline" }),
});

interface Context {
  readonly settings: z.infer<typeof settings>;
  readonly secrets: { readonly signingKey: string };
  readonly ports: Ports;
}

export default defineConnector({
  kind: "webhook",
  title: "Webhook",
  description: "Sends messages as signed JSON.",
  docs: "https://www.rfc-editor.org/rfc/rfc2104",
  settings,
  secrets: z.strictObject({
    signingKey: z
      .string()
      .min(16, "at least 16 characters")
      .max(500)
      .meta({ title: "Signing key", description: "The receiver needs the same" }),
  }),
  offers: ["messages"],
  secretsTravel: false,
  reaches: ({ url }) => [placeOf(url)],
  connect: (context) => ({ messages: { deliver: (message: Message) => deliver(context, message) } }),
  test: (context) => post(context, { type: "ping" }, `ping-${context.ports.crypto.random(16)}`),
});

function deliver(context: Context, { to, subject, text, link }: Message): Plan {
  const body = { type: "message", to, subject, text, link };
  return {
    ok: true,
    command: [`POST ${context.settings.url}, signed`, JSON.stringify(body)],
    check: () => post(context, { type: "ping" }, `ping-${context.ports.crypto.random(16)}`),
    run: (key) => post(context, body, context.ports.crypto.sha256(key).slice(0, 32)),
  };
}

async function post(
  { settings: s, secrets, ports }: Context,
  json: Record<string, unknown>,
  delivery: string,
): Promise<Outcome> {
  const time = String(Math.floor(ports.now() / 1000));
  const signature = ports.crypto.hmacSha256(secrets.signingKey, `${time}.${JSON.stringify(json)}`);
  const called = await call(ports, {
    who: placeOf(s.url),
    method: "POST",
    url: s.url,
    json,
    ca: s.ca,
    headers: {
      "x-holdfast-time": time,
      "x-holdfast-delivery": delivery,
      "x-holdfast-signature": `sha256=${signature}`,
    },
  });
  return called.ok ? done(`${placeOf(s.url)} answered ${called.response.status}.`, { delivery }) : called.outcome;
}
