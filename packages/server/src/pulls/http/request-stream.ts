/** request-stream: one list of records of an interface, window by window. A window begins at a time and is read page by page to its end;
 *  only then does the next begin, a little before the newest record that was seen, for what the other side shows late. So the order
 *  within a window does not matter, and a place in the middle of one survives a restart. */
import { createHash } from "node:crypto";
import { z } from "zod";
import type { Clock } from "../../platform/clock/index.ts";
import type { Item, Page, State, Stream } from "../stream.ts";
import type { Good } from "./answer.ts";
import type { Client } from "./client.ts";
import type { RequestStream } from "./definition.ts";
import { parsed, sliceAt, textAt } from "./json-path.ts";
import { fill, fillUrl, type Values } from "./template.ts";

const stateShape = z.object({
  since: z.number(),
  until: z.number().nullable(),
  high: z.number().nullable(),
  page: z.string().nullable(),
});
type Window = z.infer<typeof stateShape>;

export interface RequestStreamOptions {
  readonly definition: RequestStream;
  readonly client: Client;
  readonly values: Values;
  readonly clock: Clock;
  /** Cuts a JSON array into its elements, as they are written. */
  readonly split: (array: Buffer) => readonly Buffer[] | undefined;
}

export function createRequestStream(options: RequestStreamOptions): Stream {
  const { definition, client, clock, split } = options;
  const { page, overlapSeconds } = definition;

  async function read(state: State): Promise<Page> {
    const before = stateShape.parse(state);
    const window = before.page === null ? { ...before, until: clock.now(), high: null } : before;
    const url = addressOf(options, window);
    if (!url.ok) return { ok: false, kind: "failed", reason: url.reason };
    const headers = Object.fromEntries(
      Object.entries(definition.headers).map(([name, text]) => [name.toLowerCase(), fill(text, options.values) ?? ""]),
    );
    const answer = await client.get(url.url.href, { headers });
    if (!answer.ok) {
      const lost = before.page !== null && answer.status !== null && definition.expired.includes(answer.status);
      // Records that come again are known by their ids.
      return lost
        ? { ...answer, waitMs: answer.waitMs ?? AGAIN_MS, state: { ...before, page: null } }
        : { ok: false, kind: answer.kind, reason: answer.reason, waitMs: answer.waitMs };
    }
    const list = sliceAt(answer.body, definition.records);
    const none = definition.optionalRecords && list === undefined && parsed(answer.body) !== undefined;
    const records = none ? [] : list === undefined ? undefined : split(list);
    if (records === undefined) {
      const where = definition.records === "" ? "the body" : `"${definition.records}"`;
      return {
        ok: false,
        kind: "failed",
        reason: `The answer of ${url.url.host} holds no list of records at ${where}.`,
      };
    }
    const items = records.map((raw) => itemOf(raw, definition));
    const high = items.reduce<number | null>(
      (most, { at }) => (at === undefined ? most : Math.max(most ?? at, at)),
      window.high,
    );
    const next = nextOf({ definition, answer, asked: url.url, window, records: records.length });
    if (next !== null && !next.ok) return { ok: false, kind: "failed", reason: next.reason };
    const follows = page.kind === "link" && page.follow;
    const ended = next === null || (follows && items.length === 0);
    if (!ended)
      return { ok: true, items, state: { ...window, high, page: next.page }, more: true, pauseMs: answer.pauseMs };
    const since = Math.max(window.since, (high ?? 0) - overlapSeconds * 1000);
    const place = follows ? (next?.page ?? window.page) : null;
    return {
      ok: true,
      items,
      state: { since, until: null, high: follows ? high : null, page: place },
      more: false,
      pauseMs: answer.pauseMs,
    };
  }

  return {
    id: definition.id,
    title: definition.title,
    start: (since) => ({ since, until: null, high: null, page: null }),
    read,
    keepSince: (state) => stateShape.parse(state).since,
    cursor: (state) => {
      const { since, high, page: place } = stateShape.parse(state);
      const time = new Date(high ?? since + (high === null ? overlapSeconds * 1000 : 0)).toISOString();
      return place === null || (page.kind === "link" && page.follow) ? time : `${time}, in the middle of a window`;
    },
  };
}

const AGAIN_MS = 1000;

function addressOf(
  { definition, values }: RequestStreamOptions,
  window: Window,
): { ok: true; url: URL } | { ok: false; reason: string } {
  const { page, timeFormat } = definition;
  if (window.page !== null && (page.kind === "link" || page.kind === "address"))
    return { ok: true, url: new URL(window.page) };
  const times = { since: written(window.since, timeFormat), until: written(window.until ?? 0, timeFormat) };
  const all = { ...values, ...times };
  const base = fillUrl(definition.url, all);
  if (base === undefined || !URL.canParse(base))
    return { ok: false, reason: "The address cannot be made of the settings." };
  const url = new URL(base);
  for (const [name, text] of Object.entries(definition.query)) {
    const value = fill(text, all);
    if (value !== undefined) url.searchParams.set(name, value);
  }
  if (page.kind === "token" && window.page !== null) url.searchParams.set(page.parameter, window.page);
  if (page.kind === "offset") url.searchParams.set(page.parameter, window.page ?? "0");
  return { ok: true, url };
}

function written(ms: number, format: RequestStream["timeFormat"]): string {
  if (format === "seconds") return String(Math.floor(ms / 1000));
  if (format === "milliseconds") return String(ms);
  const iso = new Date(ms).toISOString();
  return format === "iso-seconds" ? iso.replace(/\.\d{3}Z$/, "Z") : iso;
}

export function itemOf(raw: Buffer, { recordId, time }: Pick<RequestStream, "recordId" | "time">): Item {
  const record = parsed(raw);
  const own = recordId === undefined ? undefined : textAt(record, recordId);
  return { raw, id: own ?? createHash("sha256").update(raw).digest("hex"), at: timeOf(textAt(record, time)) };
}

function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  const ms = Number.isFinite(number) ? (number < 100_000_000_000 ? number * 1000 : number) : Date.parse(text);
  return Number.isFinite(ms) ? ms : undefined;
}

type Next = { readonly ok: true; readonly page: string } | { readonly ok: false; readonly reason: string } | null;

function nextOf(given: { definition: RequestStream; answer: Good; asked: URL; window: Window; records: number }): Next {
  const { definition, answer, asked, window, records } = given;
  const { page } = definition;
  switch (page.kind) {
    case "none":
      return null;
    case "link":
      return sameOrigin(linkIn(answer.headers["link"]), asked);
    case "address":
      return sameOrigin(textOf(answer, page.at), asked);
    case "token": {
      const token = textOf(answer, page.at);
      if (token === undefined || token === "") return null;
      // One that does not move would be read for ever.
      if (token === window.page)
        return { ok: false, reason: `${asked.host} names the same next page again and again.` };
      return { ok: true, page: token };
    }
    case "offset":
      return records < page.size ? null : { ok: true, page: String(Number(window.page ?? 0) + records) };
  }
}

function textOf({ body }: Good, path: string): string | undefined {
  const found = sliceAt(body, path);
  return found === undefined ? undefined : textAt(parsed(found), "");
}

/** Credentials go along with the next page: it must be where the first one was. */
function sameOrigin(next: string | undefined, asked: URL): Next {
  if (next === undefined || next === "") return null;
  const url = URL.canParse(next, asked.href) ? new URL(next, asked) : undefined;
  if (url?.origin === asked.origin) return { ok: true, page: url.href };
  return { ok: false, reason: `${asked.host} names a next page on ${url?.host ?? "no host"}; it is not followed.` };
}

function linkIn(header: string | undefined): string | undefined {
  for (const [, address, parameters = ""] of (header ?? "").matchAll(/<([^>]*)>([^<]*)/g))
    if (/;\s*rel="?next"?/i.test(parameters)) return address;
  return undefined;
}
