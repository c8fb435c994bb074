/** object-stream: records in files of S3-compatible storage, in folders by day, as CloudTrail writes them. Each file is taken once: it is
 *  marked when all of its records are on disk. Files of the overlap are looked for again, since they may appear out of order. */
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { z } from "zod";
import type { Clock } from "../../platform/clock/index.ts";
import type { Item, Page, ReadContext, State, Stream } from "../stream.ts";
import type { Refused } from "./answer.ts";
import type { Client } from "./client.ts";
import type { ObjectStream } from "./definition.ts";
import { sliceAt } from "./json-path.ts";
import { addressOf, type Bucket, foldersOf, list, type StoredObject } from "./object-list.ts";
import { itemOf } from "./request-stream.ts";
import { fill, fillUrl, type Values } from "./template.ts";

const stateShape = z.object({
  since: z.number(),
  high: z.number().nullable(),
  /** The file that is being read, and how many of its records are taken. */
  inside: z.object({ key: z.string(), at: z.number(), taken: z.number() }).nullable(),
});
type Place = z.infer<typeof stateShape>;

export interface ObjectStreamOptions {
  readonly definition: ObjectStream;
  readonly client: Client;
  readonly values: Values;
  readonly clock: Clock;
  readonly split: (array: Buffer) => readonly Buffer[] | undefined;
}

const DAY_MS = 86_400_000;
const FILE_BYTES = 64 * 2 ** 20;
const UNPACKED_BYTES = 512 * 2 ** 20;
const RECORDS_AT_ONCE = 2_000;
const unzip = promisify(gunzip);

export function createObjectStream(options: ObjectStreamOptions): Stream {
  const { definition, client, values, clock } = options;
  const { objects, overlapSeconds } = definition;
  /** What is still to be read of the window, oldest first; listed anew when a window begins. */
  let queue: StoredObject[] | undefined;
  let open: { readonly key: string; readonly items: readonly Item[] } | undefined;

  async function listed(since: number, seen: ReadContext["seen"]): Promise<StoredObject[] | Refused> {
    const bucket = bucketOf();
    const folders = await foldersOf(bucket, fill(objects.folders, values) ?? "");
    if (!folders.ok) return folders;
    const found: StoredObject[] = [];
    for (const folder of folders.folders)
      for (const day of daysBetween(since, clock.now())) {
        const inside = await list(bucket, { prefix: `${folder}${day}/` });
        if (!inside.ok) return inside;
        found.push(...inside.objects.filter(({ key, at }) => at >= since && key.endsWith(objects.ending)));
      }
    const known = await seen(found.map(markOf));
    return found.filter((one) => !known.has(markOf(one))).sort((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1));
  }

  const bucketOf = (): Bucket => ({
    client,
    endpoint: fillUrl(objects.endpoint, values) ?? "",
    bucket: fill(objects.bucket, values) ?? "",
  });

  async function itemsOf(key: string): Promise<readonly Item[] | Refused> {
    const answer = await client.get(addressOf(bucketOf(), key), { headers: { accept: "*/*" }, maxBytes: FILE_BYTES });
    if (!answer.ok) return answer;
    const failed = (reason: string): Refused => ({ ok: false, kind: "failed", status: null, reason });
    let body = answer.body;
    if (body[0] === 0x1f && body[1] === 0x8b) {
      const plain = await unzip(body, { maxOutputLength: UNPACKED_BYTES }).catch(() => undefined);
      if (plain === undefined) return failed(`The file ${key} cannot be unpacked, or holds more than 512 MiB.`);
      body = plain;
    }
    const found = sliceAt(body, definition.records);
    const records = found === undefined ? undefined : options.split(found);
    return records === undefined
      ? failed(`The file ${key} holds no list at "${definition.records}".`)
      : records.map((raw) => itemOf(raw, definition));
  }

  async function read(state: State, { seen }: ReadContext): Promise<Page> {
    const place = stateShape.parse(state);
    const next = place.inside ?? (await nextObject(place, seen));
    if (next === undefined) {
      queue = undefined;
      const since = Math.max(place.since, (place.high ?? 0) - overlapSeconds * 1000);
      return { ok: true, items: [], state: { since, high: null, inside: null } satisfies Place, more: false };
    }
    if ("ok" in next) return pageOf(next);
    if (open?.key !== next.key) {
      const items = await itemsOf(next.key);
      if ("ok" in items) return pageOf(items);
      open = { key: next.key, items };
    }
    const from = place.inside?.taken ?? 0;
    const items = open.items.slice(from, from + RECORDS_AT_ONCE);
    const taken = from + items.length;
    if (taken < open.items.length)
      return {
        ok: true,
        items,
        state: { ...place, inside: { key: next.key, at: next.at, taken } } satisfies Place,
        more: true,
      };
    open = undefined;
    queue = queue?.filter(({ key }) => key !== next.key);
    const after: Place = { since: place.since, high: Math.max(place.high ?? 0, next.at), inside: null };
    return { ok: true, items, done: [{ id: markOf(next), at: next.at }], state: after, more: true };
  }

  async function nextObject(place: Place, seen: ReadContext["seen"]): Promise<StoredObject | Refused | undefined> {
    if (queue === undefined) {
      const found = await listed(place.since, seen);
      if ("ok" in found) return found;
      queue = found;
    }
    return queue[0];
  }

  return {
    id: definition.id,
    title: definition.title,
    start: (since) => ({ since, high: null, inside: null }) satisfies Place,
    read: async (state, context) => {
      const page = await read(state, context);
      // The list of a try that failed is not that of the next.
      if (!page.ok) queue = undefined;
      return page;
    },
    keepSince: (state) => stateShape.parse(state).since,
    cursor: (state) => {
      const { since, high, inside } = stateShape.parse(state);
      const time = new Date(high ?? since).toISOString();
      return inside === null ? time : `${inside.key}, record ${inside.taken}`;
    },
  };
}

const pageOf = ({ kind, reason, waitMs }: Refused): Page => ({ ok: false, kind, reason, waitMs });
const markOf = ({ key }: { readonly key: string }): string => `object:${key}`;

function daysBetween(from: number, to: number): string[] {
  const days: string[] = [];
  for (let at = Math.floor(from / DAY_MS) * DAY_MS; at <= to; at += DAY_MS)
    days.push(new Date(at).toISOString().slice(0, 10).replaceAll("-", "/"));
  return days;
}
