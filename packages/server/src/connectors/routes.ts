/** routes: the area's HTTP routes and the views they answer with. */
import type { ActionView, ConnectorKind, connectorRoutes } from "@holdfast/contracts/connectors";
import type { Action, Connector, JsonObject, Outcome } from "@holdfast/sdk";
import { z } from "zod";
import type { Handlers } from "../platform/http-contract.ts";
import type { ConnectorsOptions } from "./create.ts";
import { type Keeper, viewOf } from "./keeper.ts";
import type { Runner } from "./runner.ts";
import * as store from "./store.ts";

export function routesOf({
  options,
  keeper,
  runner,
  views,
}: {
  options: ConnectorsOptions;
  keeper: Keeper;
  runner: Runner;
  views: readonly ActionView[];
}): Handlers<typeof connectorRoutes> {
  const { tables, audit } = options;
  const kinds = kindViews(options);
  return {
    listConnectorKinds: async () => ({ items: kinds }),
    listConnectors: async () => ({ items: (await store.list(tables.db)).map(viewOf), next: null }),
    createConnector: async ({ body }, { actor }) => viewOf(await keeper.add(body, actor)),
    updateConnector: async ({ params, body }, { actor }) => viewOf(await keeper.change(params.id, body, actor)),
    async deleteConnector({ params }, { actor }) {
      await keeper.remove(params.id, actor);
      return {};
    },
    async testConnector({ params }, { actor }) {
      await keeper.one(params.id);
      const outcome = await runner.test(params.id);
      await tables.transaction(async (tx) => {
        await audit.append(tx, {
          actor,
          action: "connector.tested",
          target: params.id,
          details: { result: outcome.kind },
        });
      });
      return { outcome: shown(outcome), connector: viewOf(await keeper.one(params.id)) };
    },
    listActions: async () => ({ items: [...views] }),
    async planAction({ body }) {
      const plan = await runner.plan({ ...body, input: body.input as JsonObject });
      return plan.ok ? { ...plan, targets: [...plan.targets], command: [...plan.command] } : plan;
    },
    async dryRunAction({ body }, { actor }) {
      const outcome = await runner.dryRun({ ...body, input: body.input as JsonObject, key: `dry-run/${body.action}` });
      await tables.transaction(async (tx) => {
        const details = { connectorId: body.connectorId, input: body.input, result: outcome.kind };
        await audit.append(tx, { actor, action: "action.dry-run", target: body.action, details });
      });
      return { outcome: shown(outcome) };
    },
  };
}

/** Files that came with it are for the evidence, not for an answer. */
function shown(outcome: Outcome) {
  return outcome.kind === "done" ? { kind: outcome.kind, evidence: outcome.evidence, output: outcome.output } : outcome;
}

export function actionViews({
  kinds,
  actions,
}: {
  kinds: readonly Connector[];
  actions: readonly Action[];
}): ActionView[] {
  return actions.map((action) => ({
    name: action.name,
    title: action.title,
    description: action.description,
    effect: action.effect,
    undoable: action.undoable,
    connectors: kinds.filter((kind) => kind.offers.includes(action.capability)).map((kind) => kind.kind),
    input: schemaOf(action.input),
    output: schemaOf(action.output),
    limits: action.limits,
  }));
}

function kindViews({ kinds, actions }: ConnectorsOptions): ConnectorKind[] {
  return kinds.map((kind) => ({
    kind: kind.kind,
    title: kind.title,
    description: kind.description,
    docs: kind.docs,
    settings: schemaOf(kind.settings),
    secrets: schemaOf(kind.secrets),
    actions: actions.filter((action) => kind.offers.includes(action.capability)).map((action) => action.name),
    delivers: kind.offers.includes("messages"),
  }));
}

/** As it is entered: a field with a default may be left out. */
const schemaOf = (schema: z.ZodObject): Record<string, unknown> =>
  z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
