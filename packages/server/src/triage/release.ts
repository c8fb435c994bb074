/** release: alerts that a window or a suppression has held come into the queue, find their incidents and count for risk, as if they
 *  were raised now; nothing of them is lost. In slices, so that no transaction is long. */
import type { Transaction } from "../platform/tables/index.ts";
import { readAlerts } from "./alert-store.ts";
import type { ApplyContext } from "./apply.ts";
import { settle } from "./apply.ts";
import { describeAlerts } from "./apply-alerts.ts";
import { enterWaves } from "./waves.ts";
import { releaseSome } from "./hold-store.ts";

const SLICE = 1_000;

/** @returns how many were let go */
export async function release(context: ApplyContext, tx: Transaction, holdId: string): Promise<number> {
  let released = 0;
  for (;;) {
    const now = context.now();
    const ids = await releaseSome(tx, holdId, { limit: SLICE, now });
    if (ids.length === 0) return released;
    released += ids.length;
    const touched = (await readAlerts(tx, ids)).map((alert) => ({
      ...alert,
      isNew: true,
      added: alert.count,
      touchedEntities: new Set(alert.entities.keys()),
    }));
    await enterWaves(tx, { settings: context.settings, alerts: touched, now });
    await settle(context, tx, { touched, written: await describeAlerts(context, tx, touched), now });
  }
}
