/** probe: opens both stores the way a start would, asks them who they are, and closes them again. For `holdfast doctor`. */
import type { LoadedConfig } from "./platform/config/index.ts";
import { openHome } from "./platform/home/index.ts";
import { createLog } from "./platform/log/index.ts";
import { openStores } from "./stores.ts";

export interface ProbeResult {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

export async function probeStores({ config }: LoadedConfig): Promise<ProbeResult[]> {
  let home: Awaited<ReturnType<typeof openHome>> | undefined;
  try {
    home = await openHome(config.home);
    const stores = await openStores({ config, home, log: createLog("error"), onProgress: () => {} });
    try {
      const [state, events] = await Promise.all([stores.tables.info(), stores.events.info()]);
      return [
        { name: "state store", ok: true, detail: `PostgreSQL ${state.version} (${state.engine})` },
        {
          name: "event store",
          ok: true,
          detail: `ClickHouse ${events.version} (${events.engine}), ${events.rows} events`,
        },
      ];
    } finally {
      await stores.close();
    }
  } catch (error) {
    return [{ name: "stores", ok: false, detail: error instanceof Error ? error.message : String(error) }];
  } finally {
    home?.close();
  }
}
