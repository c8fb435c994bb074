/** rehearsal: records of an exercise go through the same door as real ones, by sources of their own that are marked with the run. The
 *  mark is at the source, so nothing a record says can take it off or put it on. */
import type { Clock } from "../platform/clock/index.ts";
import type { Tables } from "../platform/tables/index.ts";
import type { Intake } from "./intake.ts";
import type { SourceRegistry } from "./source-registry.ts";
import { insertSource } from "./source-store.ts";

export interface RehearsedBatch {
  readonly exerciseId: string;
  readonly input: "syslog-udp" | "syslog-tcp" | "http";
  readonly records: readonly string[];
}

/** Resolves when the records are on disk. */
export type Rehearse = (batch: RehearsedBatch) => Promise<void>;

export function createRehearsal(parts: {
  readonly tables: Tables;
  readonly sources: SourceRegistry;
  readonly intake: Intake;
  readonly clock: Clock;
}): Rehearse {
  const { tables, sources, intake, clock } = parts;
  return async ({ exerciseId, input, records }) => {
    const id = `${exerciseId}-${input}`;
    if (sources.byId(id) === undefined) {
      await insertSource(tables.db, { id, kind: input, name: `Exercise, ${input}`, exerciseId, now: clock.now() });
      await sources.reload();
    }
    const envelope = { source: id, kind: input, receivedMs: clock.now(), peer: "" };
    if (records.length > 0)
      await intake.append(
        envelope,
        records.map((record) => Buffer.from(record)),
      );
  };
}
