/** pump-journal: the pump's memory in PostgreSQL. Everything that follows from a block (counters, quarantine, imports, alerts,
 *  estate) is one transaction with the checkpoint, so each of them happens exactly once whatever crashes when. */
import type { Clock } from "../platform/clock/index.ts";
import type { Tables, Transaction } from "../platform/tables/index.ts";
import type { BlockResult } from "./block.ts";
import { addFileCounts } from "./import-store.ts";
import type { PumpJournal } from "./pump.ts";
import { addExclusion, insertGaps, insertPlans, loadPumpState, passBlock } from "./pump-store.ts";
import { insertQuarantined } from "./quarantine-store.ts";
import { addCounts } from "./source-store.ts";

/** What an area does with a block, inside its transaction. It may run again when the transaction is retried. */
export type BlockHook<Signal> = (tx: Transaction, result: BlockResult<Signal>) => Promise<void>;

export interface JournalOptions<Signal> {
  readonly tables: Tables;
  readonly spool: string;
  readonly clock: Clock;
  readonly hooks: readonly BlockHook<Signal>[];
}

export function createPumpJournal<Signal>(options: JournalOptions<Signal>): PumpJournal<Signal> {
  const { tables, spool, clock, hooks } = options;
  return {
    load: () => loadPumpState(tables.db, spool),
    plan: (plans) => insertPlans(tables.db, spool, plans),
    exclude: (plan, exclusion) => addExclusion(tables.db, { spool, plan, exclusion }),
    finish: ({ plan, block, result }, next) =>
      tables.transaction(async (tx) => {
        await insertPlans(tx, spool, next);
        if (!(await passBlock(tx, spool, plan))) return;
        await addCounts(tx, result.sources);
        await addFileCounts(tx, result.files);
        await insertQuarantined(tx, { spool, segment: plan.segment, now: clock.now() }, result.quarantined);
        await insertGaps(tx, spool, { segment: plan.segment, damage: block.damage, frames: result.damaged });
        for (const hook of hooks) await hook(tx, result);
        if (result.stored === 0) return;
        await tables.notify(tx, "ingest.block.stored", {
          events: result.stored,
          signals: result.signals.length,
          lastTime: new Date(result.lastEventMs).toISOString(),
        });
      }),
  };
}
