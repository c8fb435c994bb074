/** teams: messages to a Microsoft Teams channel by a Workflows webhook. Its URL carries its signature, so it is the secret; only the
 *  host stands in the settings. */
import { defineConnector, done, type Message, outcomeOf, type Plan, type Ports, problem } from "@holdfast/sdk";
import { z } from "zod";
import { call, isHttpUrl, placeOf } from "./chat/http.ts";

const settings = z.strictObject({
  host: z
    .string()
    .regex(/^[^\s/@]{1,253}(:\d{1,5})?$/, "the host of the webhook's URL")
    .meta({ title: "Host", description: "The host in the webhook's URL, with the port where it names one" }),
});

interface Context {
  readonly settings: z.infer<typeof settings>;
  readonly secrets: { readonly webhook: string };
  readonly ports: Ports;
}

export default defineConnector({
  kind: "teams",
  title: "Microsoft Teams",
  description: "Sends messages to a channel.",
  docs: "https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook",
  settings,
  secrets: z.strictObject({
    webhook: z.string().refine(isHttpUrl, "the webhook's URL").meta({ title: "Webhook URL" }),
  }),
  offers: ["messages"],
  secretsTravel: true,
  reaches: ({ host }) => [host.includes(":") ? host.toLowerCase() : `${host.toLowerCase()}:443`],
  connect: (context) => ({ messages: { deliver: (message: Message) => deliver(context, message) } }),
  test: async ({ settings: s, secrets, ports }) => {
    const [origin = ""] = /^https?:\/\/[^/?]+/.exec(secrets.webhook) ?? [];
    const reply = await ports.http({ method: "HEAD", url: `${origin}/` });
    if (!reply.ok) return outcomeOf(reply);
    return done(`${s.host} answers. Whether the webhook's signature holds shows with the first message.`);
  },
});

function deliver({ settings: s, secrets, ports }: Context, { subject, text, link }: Message): Plan {
  if (placeOf(secrets.webhook) !== (s.host.includes(":") ? s.host.toLowerCase() : `${s.host.toLowerCase()}:443`)) {
    return problem("connectorId", "the webhook's URL is at another host than the connector's setting says");
  }
  const card = {
    type: "message",
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        content: {
          $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
          type: "AdaptiveCard",
          version: "1.4",
          body: [
            { type: "TextBlock", size: "Medium", weight: "Bolder", text: escaped(subject), wrap: true },
            { type: "TextBlock", text: escaped(text), wrap: true },
          ],
          actions: link === "" ? [] : [{ type: "Action.OpenUrl", title: "Open in Holdfast", url: link }],
        },
      },
    ],
  };
  return {
    ok: true,
    command: [`POST to the webhook at ${s.host}`, JSON.stringify(card)],
    check: async () => {
      const [origin = ""] = /^https?:\/\/[^/?]+/.exec(secrets.webhook) ?? [];
      const reply = await ports.http({ method: "HEAD", url: `${origin}/` });
      return reply.ok ? done(`${s.host} answers; nothing was posted.`) : outcomeOf(reply);
    },
    run: async (key) => {
      const called = await call(ports, {
        who: "Teams",
        method: "POST",
        url: secrets.webhook,
        json: card,
        headers: { "x-holdfast-delivery": ports.crypto.sha256(key).slice(0, 32) },
      });
      return called.ok ? done(`Teams took it (${called.response.status}).`) : called.outcome;
    },
  };
}

/** Text blocks read Markdown: what comes from logs must not become a link. */
const escaped = (text: string): string => text.slice(0, 4_000).replace(/[\\`*_{}[\]()#+!<>~|-]/g, "\\$&");
