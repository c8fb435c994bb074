/** create: the connectors area: which systems Holdfast acts on, and the actions carried out by them. It opens secrets only to hand
 *  them to the connector that sends, redacts them from what comes back, and never throws for what the outside does. */
import type { ActionView, ConnectorView, connectorRoutes } from "@holdfast/contracts/connectors";
import type { Action, Connector, JsonObject, Message, Outcome, Target } from "@holdfast/sdk";
import type { AuditLog } from "../platform/audit-log/index.ts";
import type { Clock } from "../platform/clock/index.ts";
import type { Egress } from "../platform/egress/index.ts";
import type { Handlers } from "../platform/http-contract.ts";
import type { Log } from "../platform/log/index.ts";
import type { Sealer } from "../platform/secrets/index.ts";
import type { Tables } from "../platform/tables/index.ts";
import { createKeeper, viewOf } from "./keeper.ts";
import { actionViews, routesOf } from "./routes.ts";
import { createRunner } from "./runner.ts";
import * as store from "./store.ts";

export type PlanAnswer =
  | {
      readonly ok: true;
      readonly targets: readonly Target[];
      /** Literally what is sent, a line each. */
      readonly command: readonly string[];
      readonly effect: ActionView["effect"];
      readonly undoable: boolean;
    }
  | { readonly ok: false; readonly reason: string; readonly at: string };

export interface ActionCall {
  readonly action: string;
  readonly connectorId: string;
  readonly input: JsonObject;
  /** The same for every attempt at the same thing. */
  readonly key: string;
  /** For undo and probe: what perform gave as output, when it is known. */
  readonly performed?: JsonObject | null;
}

export interface DeliverCall extends Message {
  readonly connectorId: string;
  readonly key: string;
}

export interface Connectors {
  readonly routes: Handlers<typeof connectorRoutes>;
  actions(): readonly ActionView[];
  /** Reads the input and says what would be done, without reaching anything. */
  plan(action: string, connectorId: string, input: JsonObject): Promise<PlanAnswer>;
  perform(call: ActionCall): Promise<Outcome>;
  undo(call: ActionCall): Promise<Outcome>;
  /** `done` has `output.holds`: whether the effect is in place now. */
  probe(call: ActionCall): Promise<Outcome>;
  dryRun(call: ActionCall): Promise<Outcome>;
  deliver(call: DeliverCall): Promise<Outcome>;
  list(): Promise<ConnectorView[]>;
}

export interface ConnectorsOptions {
  readonly tables: Tables;
  readonly clock: Clock;
  readonly audit: AuditLog;
  readonly log: Log;
  readonly sealer: Sealer;
  readonly egress: Egress;
  readonly kinds: readonly Connector[];
  readonly actions: readonly Action[];
}

export function createConnectors(options: ConnectorsOptions): Connectors {
  const keeper = createKeeper(options);
  const runner = createRunner(options, keeper);
  const views = actionViews(options);
  return {
    routes: routesOf({ options, keeper, runner, views }),
    actions: () => views,
    plan: (action, connectorId, input) => runner.plan({ action, connectorId, input }),
    perform: (call) => runner.perform(call),
    undo: (call) => runner.undo(call),
    probe: (call) => runner.probe(call),
    dryRun: (call) => runner.dryRun(call),
    deliver: (call) => runner.deliver(call),
    list: async () => (await store.list(options.tables.db)).map(viewOf),
  };
}
