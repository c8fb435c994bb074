/** observe-safely: what an event says about the estate is worth having, but not worth stopping the pump for: a fault there is undone by
 *  itself and logged, and the block goes on. What may pass by trying again is thrown on. */
import type { Estate } from "./estate/index.ts";
import type { Observations } from "./ingest/index.ts";
import { isAppError } from "./platform/errors/index.ts";
import type { Log } from "./platform/log/index.ts";
import type { Transaction } from "./platform/tables/index.ts";

export async function observeSafely(
  tx: Transaction,
  { estate, observed, log }: { estate: Pick<Estate, "observe">; observed: Observations; log: Log },
): Promise<void> {
  try {
    await tx.transaction((inner) => estate.observe(inner, observed));
  } catch (error) {
    if (isAppError(error) && error.retryable) throw error;
    log.error({ error: String(error) }, "What a block says about hosts and users could not be taken into the estate.");
  }
}
