/** system: what this Holdfast is: version, engines, listeners, and every setting with where it came from. */
import type { systemRoutes } from "@holdfast/contracts/system";
import { describeConfig, type LoadedConfig } from "./platform/config/index.ts";
import type { EventStore } from "./platform/events/index.ts";
import type { Handlers } from "./platform/http-contract.ts";
import type { Tables } from "./platform/tables/index.ts";
import { VERSION } from "./platform/version.ts";

export interface SystemOptions {
  readonly loaded: LoadedConfig;
  readonly tables: Tables;
  readonly events: EventStore;
  readonly startedAt: number;
  readonly inputs: () => readonly { readonly name: string; readonly address: string }[];
}

export function systemHandlers({
  loaded,
  tables,
  events,
  startedAt,
  inputs,
}: SystemOptions): Handlers<typeof systemRoutes> {
  return {
    async system() {
      const [state, store] = await Promise.all([tables.info(), events.info()]);
      return {
        version: VERSION,
        startedAt: new Date(startedAt).toISOString(),
        state: { engine: state.engine, version: state.version, bytes: state.bytesOnDisk },
        events: { engine: store.engine, version: store.version, rows: store.rows, bytes: store.bytesOnDisk },
        inputs: [...inputs()],
        retentionDays: loaded.config.retention.days,
        config: describeConfig(loaded).map(({ key, value, origin }) => ({ key, value: String(value ?? ""), origin })),
      };
    },
  };
}
