/** pagerduty: triggers incidents by the Events API v2. The same key is the same incident there: a second delivery joins the first. */
import { defineConnector, done, type Message, type Outcome, type Plan, type Ports } from "@holdfast/sdk";
import { z } from "zod";
import { call, isHttpUrl, placeOf } from "./chat/http.ts";

const settings = z.strictObject({
  url: z
    .string()
    .refine(isHttpUrl, "a URL")
    .default("https://events.pagerduty.com")
    .meta({ title: "Events API", description: "https://events.eu.pagerduty.com for accounts in the EU" }),
  severity: z.enum(["critical", "error", "warning", "info"]).default("critical").meta({ title: "Severity there" }),
});

interface Context {
  readonly settings: z.infer<typeof settings>;
  readonly secrets: { readonly routingKey: string };
  readonly ports: Ports;
}

export default defineConnector({
  kind: "pagerduty",
  title: "PagerDuty",
  description: "Pages whom PagerDuty has on call.",
  docs: "https://developer.pagerduty.com/docs/events-api-v2-overview",
  settings,
  secrets: z.strictObject({
    routingKey: z
      .string()
      .length(32, "32 characters")
      .meta({ title: "Integration key", description: "Of an Events API v2 integration" }),
  }),
  offers: ["messages"],
  secretsTravel: true,
  reaches: ({ url }) => [placeOf(url)],
  connect: (context) => ({ messages: { deliver: (message: Message) => deliver(context, message) } }),
  // Acknowledging what was never triggered changes nothing, but the key is checked.
  test: (context) => enqueue(context, { event_action: "acknowledge", dedup_key: "holdfast-connector-test" }),
});

function deliver(context: Context, { subject, text, link }: Message): Plan {
  const event = {
    event_action: "trigger",
    payload: {
      summary: subject.slice(0, 1_024),
      source: "holdfast",
      severity: context.settings.severity,
      custom_details: { text: text.slice(0, 10_000) },
    },
    links: link === "" ? [] : [{ href: link, text: "Open in Holdfast" }],
  };
  return {
    ok: true,
    command: [`POST ${context.settings.url}/v2/enqueue`, JSON.stringify(event)],
    check: () => enqueue(context, { event_action: "acknowledge", dedup_key: "holdfast-connector-test" }),
    run: (key) => enqueue(context, { ...event, dedup_key: dedupKey(context, key) }),
  };
}

/** The key itself, which an acknowledgement over there comes back with; a digest of one that is longer than they take. */
function dedupKey({ ports }: Context, key: string): string {
  return key.length <= MOST_KEY ? key : ports.crypto.sha256(key);
}

const MOST_KEY = 255;

async function enqueue({ settings: s, secrets, ports }: Context, event: Record<string, unknown>): Promise<Outcome> {
  const called = await call(ports, {
    who: "PagerDuty",
    method: "POST",
    url: `${s.url}/v2/enqueue`,
    json: { routing_key: secrets.routingKey, ...event },
  });
  if (called.ok)
    return done(`PagerDuty took the event (${String(called.json["dedup_key"] ?? called.response.status)}).`, {
      dedupKey: String(event["dedup_key"]),
    });
  // The same key twice is one incident: a broken attempt may simply be made again.
  return called.outcome.kind === "unknown"
    ? { kind: "failed", reason: called.outcome.reason, retryable: true }
    : called.outcome;
}
