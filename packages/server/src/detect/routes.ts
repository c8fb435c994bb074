/** routes: the HTTP operations on loaded rules. The rules are in memory; counts come from the event store and are ten seconds
 *  old at most. */
import type { detectRoutes, Rule, RuleState } from "@holdfast/contracts/detect";
import type { AuditLog } from "../platform/audit-log/index.ts";
import type { Clock } from "../platform/clock/index.ts";
import type { EventStore } from "../platform/events/index.ts";
import type { Handlers } from "../platform/http-contract.ts";
import type { Log } from "../platform/log/index.ts";
import type { Tables } from "../platform/tables/index.ts";
import { fail } from "./errors.ts";
import { readCounts, readPerDay } from "./match-store.ts";
import type { LoadedRule } from "./rule-set.ts";
import { stateOf, writeState } from "./rule-store.ts";
import { type Counts, listRules, type RuleFacts, showDetail, showRule } from "./rule-view.ts";

export interface RoutesContext {
  readonly tables: Tables;
  readonly events: EventStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: AuditLog;
  readonly facts: () => RuleFacts;
  /** Reads all folders again. */
  readonly reload: () => Promise<void>;
  /** Reads again what people decided about rules. */
  readonly reloadStates: () => Promise<void>;
}

export function createRoutes(context: RoutesContext): Handlers<typeof detectRoutes> {
  const { tables, audit, clock, facts } = context;
  const counts = createCounts(context);
  const find = (id: string): LoadedRule => {
    const loaded = facts().set.rules.get(id);
    if (loaded !== undefined) return loaded;
    throw fail(
      "DETECT_RULE_UNKNOWN",
      `There is no rule ${id}: its file may have been removed or may have a problem; see GET /api/rule-problems.`,
    );
  };
  const shown = async (loaded: LoadedRule): Promise<Rule> => showRule(loaded, facts(), await counts());
  return {
    listRules: async ({ query }) => listRules(facts(), await counts(), query),
    getRule: async ({ params }) => {
      const loaded = find(params.id);
      const perDay = await orNothing(context, () => readPerDay(context.events, params.id, clock.now()), NO_DAYS);
      const change = facts().states.get(params.id);
      return showDetail(loaded, await shown(loaded), {
        perDay: [...perDay.alert],
        testPerDay: [...perDay.test],
        hiddenPerDay: [...perDay.hidden],
        stateChange:
          change === undefined ? null : { by: change.by, at: new Date(change.at).toISOString(), reason: change.reason },
      });
    },
    updateRule: async ({ params, body }, call) => {
      const { rule } = find(params.id);
      const state: RuleState = "state" in body ? body.state : body.enabled ? "live" : "off";
      const before = stateOf(facts().states, params.id);
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
        await context.reloadStates();
      }
      return shown(find(params.id));
    },
    listRuleProblems: async () => ({ items: facts().set.problems.slice(0, MOST_PROBLEMS) }),
    reloadRules: async (_input, call) => {
      await context.reload();
      const { set, version } = facts();
      const result = { loaded: set.rules.size, problems: set.problems.length, version };
      await tables.transaction(async (tx) => {
        await audit.append(tx, { actor: call.actor, action: "rules.reloaded", target: "rules", details: result });
      });
      return result;
    },
  };
}

const MOST_PROBLEMS = 10_000;
const COUNTS_LIVE_MS = 10_000;
const NO_DAYS = { alert: [], test: [], hidden: [] };

/** Counts for all rules in one query, kept for a moment: the list is paged and sorted by them. */
function createCounts(context: RoutesContext): () => Promise<Counts> {
  let value: Promise<Counts> | undefined;
  let readAt = 0;
  return () => {
    const now = context.clock.monotonic();
    if (value === undefined || now - readAt > COUNTS_LIVE_MS) {
      readAt = now;
      value = orNothing(context, () => readCounts(context.events, context.clock.now()), new Map());
    }
    return value;
  };
}

/** Rules can be read and switched while the event store is away; the counts are then missing, and the log says so. */
async function orNothing<T>(context: RoutesContext, read: () => Promise<T>, nothing: T): Promise<T> {
  try {
    return await read();
  } catch (error) {
    context.log.warn({ reason: String(error) }, "The matches of rules could not be counted.");
    return nothing;
  }
}
