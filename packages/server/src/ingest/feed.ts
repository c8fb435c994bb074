/** feed: the door of ingest for areas above it that fetch records themselves: a source of its own, an append that is on disk when it
 *  resolves, and the count that tells after a crash whether an append got there. */
import type { FetchedKind } from "@holdfast/contracts/ingest";
import type { Clock } from "../platform/clock/index.ts";
import type { Tables, Transaction } from "../platform/tables/index.ts";
import type { Backlog } from "./backlog.ts";
import type { Intake } from "./intake.ts";
import { replayedOf } from "./quarantine-store.ts";
import type { SourceRegistry } from "./source-registry.ts";
import { freeSource, sourceById } from "./source-store.ts";

export interface Feed {
  /** Makes a source without a key, in the caller's transaction; answers its id. Call `reload` after the commit. */
  add(tx: Transaction, source: { readonly name: string; readonly kind: FetchedKind }): Promise<string>;
  reload(): Promise<void>;
  /** Undefined when there is no such source. */
  source(id: string): { readonly name: string; readonly enabled: boolean } | undefined;
  /** Resolves when all of them that are small enough are on disk, with their number; throws AppErrors that say whether to wait. */
  append(
    id: string,
    call: {
      readonly peer: string;
      readonly records: readonly Uint8Array[];
      /** How they are read, where the kind of the source does not say it. */
      readonly kind?: string | undefined;
    },
  ): Promise<number>;
  /** Records of the source that were ever appended by `append`; undefined while some still wait to be stored. */
  appended(id: string): Promise<number | undefined>;
}

export function createFeed(options: {
  readonly tables: Tables;
  readonly sources: SourceRegistry;
  readonly intake: Intake;
  readonly backlog: Backlog;
  readonly clock: Clock;
  readonly recordBytes: number;
}): Feed {
  const { tables, sources, intake, backlog, clock, recordBytes } = options;
  return {
    add: (tx, source) => freeSource(tx, { ...source, now: clock.now() }),
    reload: () => sources.reload(),
    source: (id) => sources.byId(id),
    append: async (id, { peer, records, kind }) => {
      const known = sources.byId(id);
      const refused = intake.refusal(id);
      if (refused !== undefined) throw refused;
      const fitting = records.filter((record) => record.length <= recordBytes);
      if (fitting.length > 0) {
        const envelope = { source: id, kind: kind ?? known?.kind ?? "pull", receivedMs: clock.now(), peer };
        await intake.append(envelope, fitting);
      }
      sources.reject(id, records.length - fitting.length, "too-large");
      return fitting.length;
    },
    appended: async (id) => {
      if (backlog.ofSource(id).records > 0) return undefined;
      const stored = await sourceById(tables.db, id);
      if (stored === undefined) return 0;
      return stored.stored + stored.quarantined - (await replayedOf(tables.db, id));
    },
  };
}
