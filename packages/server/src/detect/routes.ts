/** routes: the HTTP operations on loaded rules and their states. */
import type { detectRoutes, RuleState } from "@holdfast/contracts/detect";
import type { Handlers } from "../platform/http-contract.ts";
import type { DetectContext } from "./context.ts";
import { stateOf, writeState } from "./rule-store.ts";
import { listRules } from "./rule-view.ts";

export function createRoutes(context: DetectContext): Handlers<typeof detectRoutes> {
  const { tables, audit, clock, keeper, reader } = context;
  return {
    listRules: async ({ query }) => listRules(reader.facts(), await reader.counts(), query),
    getRule: ({ params }) => reader.detail(params.id),
    updateRule: async ({ params, body }, call) => {
      const { rule } = reader.find(params.id);
      const state: RuleState = "state" in body ? body.state : body.enabled ? "live" : "off";
      const before = stateOf(keeper.states, params.id);
      if (before !== state) {
        const { reason } = body;
        await tables.transaction(async (tx) => {
          await writeState(tx, params.id, { state, reason, by: call.actor.name, at: clock.now() });
          await audit.append(tx, {
            actor: call.actor,
            action: state === "live" ? "rule.enabled" : state === "off" ? "rule.disabled" : `rule.${state}`,
            target: params.id,
            details: { title: rule.title, before, state, reason },
          });
        });
        await keeper.renew();
      }
      return reader.shown(params.id);
    },
    listRuleProblems: async () => ({ items: keeper.set.problems.slice(0, MOST_PROBLEMS) }),
    reloadRules: async (_input, call) => {
      await keeper.reload();
      const { set, load } = keeper;
      const result = { loaded: set.rules.size, problems: set.problems.length, version: load.version };
      await tables.transaction(async (tx) => {
        await audit.append(tx, { actor: call.actor, action: "rules.reloaded", target: "rules", details: result });
      });
      return result;
    },
  };
}

const MOST_PROBLEMS = 10_000;
