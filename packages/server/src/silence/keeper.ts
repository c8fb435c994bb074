/** keeper: writes down what was learned, a little at a time, and reads it at the start. A crash costs ten minutes of learning at most;
 *  nothing is judged by what was lost, since after a start all pauses begin anew. */
import type { Tables } from "../platform/tables/index.ts";
import { FILL_FIELDS } from "../ingest/index.ts";
import { decodeLane, encodeLane } from "./codec.ts";
import { newFill } from "./fill.ts";
import type { Lane, Memory } from "./memory.ts";
import * as store from "./store.ts";
import type { Week } from "./week.ts";

export interface Keeper {
  read(now: number): Promise<void>;
  /** @param all at the end; otherwise what was not written for a while, so many at a time */
  write(now: number, all: boolean): Promise<void>;
  forget(now: number): Promise<void>;
  /** Before the end of the process it was silent, and is so until it is heard. */
  resume(known: store.StoredCondition): void;
}

const EVERY_MS = 10 * 60_000;
const AT_ONCE = 200;

export function createKeeper({
  tables,
  memory,
  week,
}: {
  readonly tables: Tables;
  readonly memory: Memory;
  readonly week: Week;
}): Keeper {
  const written = new Map<Lane, number>();
  let fillsWritten = 0;

  async function writeSome(lanes: readonly Lane[], now: number): Promise<void> {
    for (let at = 0; at < lanes.length; at += AT_ONCE) {
      const some = lanes.slice(at, at + AT_ONCE);
      for (const lane of some) {
        lane.changed = false;
        written.set(lane, now);
      }
      await store.writeLanes(
        tables.db,
        some.map((lane) => ({ source: lane.source, host: lane.host, learned: encodeLane(lane) })),
      );
    }
  }

  return {
    read: async (now) => {
      for (const row of await store.readLanes(tables.db)) {
        const lane = decodeLane({ source: row.source, host: row.host }, row.learned, { now, week });
        if (lane !== undefined) memory.restore(lane);
      }
      for (const { source, class: name, learned } of await store.readFills(tables.db)) {
        if (learned.low.length > FILL_FIELDS.length) continue;
        const fill = { ...newFill(now, FILL_FIELDS.length), windows: learned.windows, firstMs: learned.firstMs };
        fill.low.set(learned.low);
        fill.latest.set(learned.latest);
        fill.lost = [...learned.lost];
        memory.restoreFill({ source, class: name, fill });
      }
    },
    write: async (now, all) => {
      const due = [...memory.lanes.values()].filter(
        (lane) => lane.changed && (all || now - (written.get(lane) ?? 0) >= EVERY_MS),
      );
      await writeSome(all ? due : due.slice(0, AT_ONCE), now);
      if (!all && now - fillsWritten < EVERY_MS) return;
      fillsWritten = now;
      const fills = [...memory.fills.values()].map(({ source, class: name, fill }) => {
        const { windows, firstMs, lost } = fill;
        return {
          source,
          class: name,
          learned: { low: [...fill.low], latest: [...fill.latest], windows, firstMs, lost },
        };
      });
      if (fills.length > 0) await store.writeFills(tables.db, fills);
    },
    forget: async (now) => {
      const lanes = memory.forget(now);
      for (const lane of lanes) written.delete(lane);
      if (lanes.length > 0) await store.deleteLanes(tables.db, lanes);
    },
    resume: ({ kind, reach, source, host }) => {
      if (kind !== "silence" && kind !== "volume") return;
      for (const lane of memory.lanes.values()) {
        const meant =
          reach === "host" ? lane.host === host : lane.source === source && lane.host === (reach === "log" ? host : "");
        if (!meant) continue;
        if (kind === "volume") lane.down = true;
        else {
          lane.silent = true;
          lane.named = reach === "source" ? null : reach;
        }
      }
    },
  };
}
