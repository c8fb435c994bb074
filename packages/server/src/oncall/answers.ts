/** answers: what comes back from channels. A link in a mail opens a page; only its button answers, since mail scanners open links.
 *  PagerDuty and Slack prove by their signatures where they come from. Every way in answers for the one person that was paged. */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Transaction } from "../platform/tables/index.ts";
import { deliveryOf, hashOf } from "./deliveries.ts";
import type { Answer } from "./escalation.ts";
import * as store from "./escalation-store.ts";
import type { OncallOptions } from "./port.ts";
import { readHook } from "./roster-store.ts";

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Answers {
  /** The page behind the link of a mail; changes nothing. */
  show(secret: string): Promise<RawAnswer>;
  /** Its button. */
  press(secret: string): Promise<RawAnswer>;
  slack(headers: Headers, body: string): Promise<RawAnswer>;
  pagerduty(headers: Headers, body: string): Promise<RawAnswer>;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;
type Found = NonNullable<Awaited<ReturnType<typeof store.findDelivery>>>;

const LINK_LIVES_MS = 24 * 3_600_000;
const SLACK_SKEW_MS = 5 * 60_000;

export function createAnswers(
  options: OncallOptions,
  answer: (tx: Transaction, given: Answer) => Promise<boolean>,
): Answers {
  const { tables, clock } = options;
  const { db } = tables;

  const linked = async (secret: string): Promise<Found | RawAnswer> => {
    const found = await store.findDelivery(db, { hash: hashOf(secret) });
    if (found === undefined) {
      return page(404, "This link is not known", "It may be cut short. Open the incident in Holdfast instead.");
    }
    if (clock.now() - found.at > LINK_LIVES_MS) {
      return page(
        410,
        "This link has expired",
        "Links in pages answer for one day. Open the incident in Holdfast instead.",
      );
    }
    if (found.answeredAt !== null) {
      return page(410, "This link was used", "A link answers once. What came of it stands on the incident's timeline.");
    }
    return found;
  };

  /** False when the way was used, or somebody had answered before. */
  const take = (found: Found, given: { from: string; name?: string | undefined; reason?: string }): Promise<boolean> =>
    tables.transaction(async (tx) => {
      if (!(await store.useAnswer(tx, found.id, clock.now()))) return false;
      const person = found.person ?? { id: `${given.from}:${found.to}`, name: given.name ?? found.to };
      const { from, reason = "" } = given;
      const taken = await answer(tx, { incidentId: found.incidentId, person, from, reason });
      await options.audit.append(tx, {
        actor: { kind: "user", id: person.id, name: person.name },
        action: "incident.acknowledged",
        target: found.incidentId,
        details: { from, delivery: found.id, first: taken },
      });
      return taken;
    });

  const secretOf = async (kind: "slack" | "pagerduty"): Promise<string | undefined> => {
    const sealed = await readHook(db, kind);
    return sealed === undefined ? undefined : options.sealer.open(sealed, hookUse(kind));
  };

  return {
    show: async (secret) => {
      const found = await linked(secret);
      if ("status" in found) return found;
      const incident = await options.incidentOf(db, found.incidentId);
      const title = `INC-${incident?.number ?? ""} ${incident?.title ?? ""}`;
      const body = [
        `<p>Severity: ${escape(incident?.severity ?? "unknown")}</p>`,
        `<p>Whoever answers takes the incident on: nobody else is paged for it.</p>`,
        `<form method="post"><button type="submit">Answer as ${escape(found.person?.name ?? found.to)}</button></form>`,
      ];
      return html(200, title, body.join(""));
    },
    press: async (secret) => {
      const found = await linked(secret);
      if ("status" in found) return found;
      const taken = await take(found, { from: found.kind });
      return taken
        ? page(200, "You have answered", "Nobody else is paged. The incident's timeline says so.")
        : page(200, "Somebody had answered before", "Nothing changed. The incident's timeline says who.");
    },
    slack: async (headers, body) => {
      const secret = await secretOf("slack");
      const stamp = textOf(headers["x-slack-request-timestamp"]);
      const young = Math.abs(clock.now() - Number(stamp) * 1000) <= SLACK_SKEW_MS;
      const expected = secret === undefined ? "" : `v0=${mac(secret, `v0:${stamp}:${body}`)}`;
      if (secret === undefined || !young || !same(expected, textOf(headers["x-slack-signature"]))) return refused();
      const payload = record(parsed(new URLSearchParams(body).get("payload") ?? ""));
      const action = record(list(payload["actions"])[0]);
      const found = await delivered(textOf(action["value"]));
      if (found === undefined) return json(200, { text: "This page is not known to Holdfast." });
      const name = textOf(record(payload["user"])["username"]) || textOf(record(payload["user"])["name"]) || undefined;
      const taken = await take(found, { from: "slack", name });
      return json(200, { text: taken ? "You have answered. Nobody else is paged." : "Somebody had answered before." });
    },
    pagerduty: async (headers, body) => {
      const secret = await secretOf("pagerduty");
      const given = textOf(headers["x-pagerduty-signature"]).split(",");
      const expected = secret === undefined ? "" : `v1=${mac(secret, body)}`;
      if (secret === undefined || !given.some((one) => same(expected, one.trim()))) return refused();
      const event = record(record(parsed(body))["event"]);
      if (event["event_type"] !== "incident.acknowledged") return json(202, { ignored: textOf(event["event_type"]) });
      const found = await delivered(textOf(record(event["data"])["incident_key"]));
      if (found === undefined) return json(202, { ignored: "not a page of Holdfast" });
      const taken = await take(found, {
        from: "pagerduty",
        name: textOf(record(event["agent"])["summary"]) || undefined,
      });
      return json(202, { answered: taken });
    },
  };

  async function delivered(key: string): Promise<Found | undefined> {
    const id = deliveryOf(key);
    return id === undefined ? undefined : store.findDelivery(db, { id });
  }
}

/** What a hook's secret is sealed for. */
export const hookUse = (kind: string): string => `oncall/hook/${kind}`;

function page(status: number, title: string, text: string): RawAnswer {
  return html(status, title, `<p>${escape(text)}</p>`);
}

function html(status: number, title: string, body: string): RawAnswer {
  const head = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><title>Holdfast</title><link rel="stylesheet" href="/answer.css"></head>`;
  return {
    status,
    headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" },
    body: `${head}<body><main><h1>${escape(title)}</h1>${body}</main></body></html>`,
  };
}

function json(status: number, body: object): RawAnswer {
  return {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
    body: JSON.stringify(body),
  };
}

const refused = (): RawAnswer =>
  json(401, { code: "ONCALL_SIGNATURE", detail: "The signature does not fit, or no secret is set." });
const mac = (secret: string, text: string): string => createHmac("sha256", secret).update(text).digest("hex");

function same(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
