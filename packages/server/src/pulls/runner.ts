/** runner: reads the pages of one source, one stream after the other. A cursor moves in the transaction after the spool has the page on
 *  disk. What was being handed over is written down before: after a crash in between, the counters of the source say whether it got
 *  there, so a page is neither lost nor stored twice. */
import { createHash } from "node:crypto";
import { z } from "zod";
import type { Feed } from "../ingest/index.ts";
import type { Clock } from "../platform/clock/index.ts";
import { isAppError } from "../platform/errors/index.ts";
import type { Tables } from "../platform/tables/index.ts";
import * as store from "./store.ts";
import type { Page, State, Stream } from "./stream.ts";

/** How a try ended. `waitMs`: not before then. */
export type End =
  | { readonly kind: "done" }
  | { readonly kind: "pause"; readonly waitMs: number }
  | { readonly kind: "throttled" | "failed"; readonly reason: string; readonly waitMs?: number | undefined }
  | { readonly kind: "held"; readonly reason: string; readonly waitMs?: number };

export interface RunnerOptions {
  readonly tables: Tables;
  readonly feed: Feed;
  readonly clock: Clock;
}

type Good = Extract<Page, { ok: true }>;

const pendingShape = z.object({
  records: z.number(),
  repeated: z.number(),
  state: z.record(z.string(), z.unknown()),
  digests: z.array(z.string()),
  times: z.array(z.number()),
});
type Pending = z.infer<typeof pendingShape>;

export function createRunner({ tables, feed, clock }: RunnerOptions) {
  const { db } = tables;

  return async function run(
    pull: store.StoredPull,
    { streams, signal }: { readonly streams: readonly Stream[]; readonly signal: AbortSignal },
  ): Promise<End> {
    const held = await recover(pull);
    if (held !== undefined) return held;
    let worst: End = { kind: "done" };
    for (const stream of streams) {
      const end = await readAll(pull, stream, signal);
      // What stops one stream for a while need not stop the others; our own refusal and a limit stop all.
      if (end.kind === "held" || end.kind === "throttled" || end.kind === "pause") return end;
      if (end.kind === "failed") {
        const reason = streams.length > 1 ? `${stream.title}: ${end.reason}` : end.reason;
        worst = { ...end, reason: worst.kind === "failed" ? `${worst.reason} ${reason}` : reason };
      }
    }
    return worst;
  };

  async function readAll(pull: store.StoredPull, stream: Stream, signal: AbortSignal): Promise<End> {
    const stored = (await store.streamsOf(db, pull.id)).find((one) => one.stream === stream.id);
    let state: State = stored?.state ?? stream.start(pull.sinceMs);
    const seen = async (ids: readonly string[]): Promise<ReadonlySet<string>> => {
      const known = await store.seenOf(db, pull.id, { stream: stream.id, digests: ids.map(digestOf) });
      return new Set(ids.filter((id) => known.has(digestOf(id))));
    };
    while (!signal.aborted) {
      const page = await stream.read(state, { seen });
      if (!page.ok) {
        if (page.state !== undefined) await store.saveState(db, pull.id, { stream: stream.id, state: page.state });
        return { kind: page.kind, reason: page.reason, waitMs: page.waitMs };
      }
      const refused = await take({ pull, stream, state, page });
      if (refused !== undefined) return refused;
      state = page.state;
      if (!page.more) return { kind: "done" };
      if (page.pauseMs !== undefined) return { kind: "pause", waitMs: page.pauseMs };
    }
    return { kind: "pause", waitMs: 0 };
  }

  async function take(given: {
    pull: store.StoredPull;
    stream: Stream;
    state: State;
    page: Good;
  }): Promise<End | undefined> {
    const { pull, stream, state, page } = given;
    const known = await store.seenOf(db, pull.id, {
      stream: stream.id,
      digests: page.items.map(({ id }) => digestOf(id)),
    });
    const inPage = new Set<string>();
    const fresh = page.items.filter(({ id }) => {
      const digest = digestOf(id);
      if (known.has(digest) || inPage.has(digest)) return false;
      inPage.add(digest);
      return true;
    });
    const marks = [...fresh.map(({ id, at }) => ({ id, at: at ?? clock.now() })), ...(page.done ?? [])];
    const pending: Pending = {
      records: fresh.length,
      repeated: page.items.length - fresh.length,
      state: page.state,
      digests: marks.map(({ id }) => digestOf(id)),
      times: marks.map(({ at }) => at),
    };
    if (fresh.length > 0) {
      await store.savePending(db, pull.id, { stream: stream.id, state, pending });
      try {
        const records = await feed.append(pull.id, { peer: stream.id, records: fresh.map(({ raw }) => raw) });
        await commit(pull.id, stream, { ...pending, records });
        return undefined;
      } catch (error) {
        if (!isAppError(error)) throw error;
        // Refused before anything was written: nothing has to be looked for later.
        if (error.retryable) await store.savePending(db, pull.id, { stream: stream.id, state, pending: null });
        return { kind: "held", reason: error.message };
      }
    }
    await commit(pull.id, stream, pending);
    return undefined;
  }

  async function commit(
    id: string,
    stream: Pick<Stream, "id"> & Partial<Pick<Stream, "keepSince">>,
    done: Pending,
  ): Promise<void> {
    const { state, digests, times, records, repeated } = done;
    await tables.transaction(async (tx) => {
      await store.saveState(tx, id, { stream: stream.id, state });
      await store.addSeen(tx, id, { stream: stream.id, digests, times });
      await store.addTaken(tx, id, { taken: records, repeated });
      if (stream.keepSince !== undefined)
        await store.forgetSeen(tx, id, { stream: stream.id, before: stream.keepSince(state) - SPARE_MS });
    });
  }

  /** Decides about what was being handed over when the process ended. */
  async function recover(pull: store.StoredPull): Promise<End | undefined> {
    const open = (await store.streamsOf(db, pull.id)).filter(({ pending }) => pending !== null);
    for (const { stream, state, pending } of open) {
      const read = pendingShape.parse(pending);
      const appended = await feed.appended(pull.id);
      if (appended === undefined)
        return { kind: "held", reason: "What was taken before the last stop is being stored first.", waitMs: 250 };
      const now = await store.byId(db, pull.id);
      if (appended > (now?.taken ?? 0))
        await commit(pull.id, { id: stream }, { ...read, records: appended - (now?.taken ?? 0) });
      else await store.savePending(db, pull.id, { stream, state, pending: null });
    }
    return undefined;
  }
}

/** Times of records are not always exact; what is forgotten a little later costs nothing. */
const SPARE_MS = 60_000;

const digestOf = (id: string): string => createHash("sha256").update(id).digest("hex").slice(0, 32);
