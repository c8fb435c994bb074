/** rehearsal: records of an exercise go through the same door as real ones, by sources of their own that are marked with the run. The
 *  mark is at the source, so nothing a record says can take it off or put it on. A batch has its source to itself: what was appended by
 *  it tells, after a crash, what of the batch got there, and only the rest is sent. */
import { setTimeout as pause } from "node:timers/promises";
import type { Clock } from "../platform/clock/index.ts";
import type { Tables } from "../platform/tables/index.ts";
import type { Feed } from "./feed.ts";
import type { Intake } from "./intake.ts";
import type { SourceRegistry } from "./source-registry.ts";
import { insertSource } from "./source-store.ts";

export interface RehearsedBatch {
  readonly exerciseId: string;
  /** Names the batch within its exercise and input: the same one again is sent once. */
  readonly inject: string;
  readonly input: "syslog-udp" | "syslog-tcp" | "http";
  readonly records: readonly string[];
}

/** Resolves when the records are on disk, once however often it is asked for. */
export type Rehearse = (batch: RehearsedBatch) => Promise<void>;

export function createRehearsal(parts: {
  readonly tables: Tables;
  readonly sources: SourceRegistry;
  readonly intake: Intake;
  readonly clock: Clock;
  readonly feed: Pick<Feed, "appended">;
  /** False until what the spool holds was counted. */
  readonly running: () => boolean;
}): Rehearse {
  const { tables, sources, intake, clock, feed, running } = parts;

  /** Of a batch that was begun before: known when nothing of it waits any more. */
  async function appendedBefore(id: string): Promise<number> {
    for (;;) {
      const appended = await feed.appended(id);
      if (appended !== undefined) return appended;
      await waitOn();
    }
  }

  async function waitOn(): Promise<void> {
    const refused = intake.refusal();
    if (refused !== undefined) throw refused;
    await pause(LOOK_MS);
  }

  return async ({ exerciseId, inject, input, records }) => {
    const id = `${exerciseId}-${inject}-${input}`;
    while (!running()) await waitOn();
    // The row is the note that it is about to be sent: whoever finds it there may find records as well.
    const name = `Exercise, ${inject}, ${input}`;
    const first = await insertSource(tables.db, { id, kind: input, name, exerciseId, now: clock.now() });
    if (sources.byId(id) === undefined) await sources.reload();
    const rest = first ? records : records.slice(await appendedBefore(id));
    if (rest.length === 0) return;
    const envelope = { source: id, kind: input, receivedMs: clock.now(), peer: "" };
    await intake.append(
      envelope,
      rest.map((record) => Buffer.from(record)),
    );
  };
}

const LOOK_MS = 100;
