/** slack: messages to channels and people by the Web API, with a bot's token. Slack answers 200 with "ok": false when it refuses. */
import {
  defineConnector,
  done,
  failed,
  type Message,
  type Outcome,
  type Plan,
  type Ports,
  problem,
} from "@holdfast/sdk";
import { z } from "zod";
import { call, isHttpUrl, placeOf } from "./chat/http.ts";

const settings = z.strictObject({
  url: z.string().refine(isHttpUrl, "a URL").default("https://slack.com/api").meta({ title: "API" }),
  channel: z
    .string()
    .max(100)
    .default("")
    .meta({ title: "Channel", description: "For messages that name none: #soc, or an id" }),
});

interface Context {
  readonly settings: z.infer<typeof settings>;
  readonly secrets: { readonly token: string };
  readonly ports: Ports;
}

export default defineConnector({
  kind: "slack",
  title: "Slack",
  description: "Sends messages to channels and people.",
  docs: "https://docs.slack.dev/reference/methods/chat.postMessage",
  settings,
  secrets: z.strictObject({
    token: z.string().min(10).max(500).meta({ title: "Bot token", description: "xoxb-…, with the scope chat:write" }),
  }),
  offers: ["messages"],
  secretsTravel: true,
  reaches: ({ url }) => [placeOf(url)],
  connect: (context) => ({ messages: { deliver: (message: Message) => deliver(context, message) } }),
  test: (context) => ask(context, "auth.test", {}),
});

function deliver(context: Context, { to, subject, text, link, answerable = false }: Message): Plan {
  const channel = to === "" ? context.settings.channel : to;
  if (channel === "") return problem("to", "neither the message nor the connector names a channel");
  const bodyOf = (key: string) => ({
    channel,
    text: subject,
    unfurl_links: false,
    blocks: [
      { type: "header", text: { type: "plain_text", text: subject.slice(0, 150) || "Holdfast" } },
      { type: "section", text: { type: "plain_text", text: text.slice(0, 2_900) || " " } },
      ...actionsOf([
        ...(answerable
          ? [{ ...button("Answer for it"), action_id: "holdfast-answer", style: "primary", value: key }]
          : []),
        ...(link === "" ? [] : [{ ...button("Open in Holdfast"), action_id: "holdfast-open", url: link }]),
      ]),
    ],
  });
  return {
    ok: true,
    command: [`POST ${context.settings.url}/chat.postMessage`, JSON.stringify(bodyOf("its key"))],
    check: () => ask(context, "auth.test", {}),
    run: (key) =>
      ask(context, "chat.postMessage", {
        ...bodyOf(key),
        metadata: { event_type: "holdfast", event_payload: { key } },
      }),
  };
}

const button = (text: string) => ({ type: "button", text: { type: "plain_text", text } });
const actionsOf = (elements: readonly object[]) => (elements.length === 0 ? [] : [{ type: "actions", elements }]);

async function ask({ settings: s, secrets, ports }: Context, method: string, json: unknown): Promise<Outcome> {
  const called = await call(ports, {
    who: "Slack",
    method: "POST",
    url: `${s.url}/${method}`,
    json,
    headers: { authorization: `Bearer ${secrets.token}` },
  });
  if (!called.ok) return called.outcome;
  const { ok, error, ts, channel, team } = called.json;
  if (ok !== true) return failed(`Slack refused: ${String(error)}`, error === "ratelimited");
  return done(
    method === "auth.test" ? `Slack knows the token (team ${String(team)}).` : `Slack posted it (${String(ts)}).`,
    { ...(ts === undefined ? {} : { ts: String(ts), channel: String(channel) }) },
  );
}
