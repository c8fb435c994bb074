/** correlation-rules: which correlations run: those that are live, and those in test, whose matches raise no alert. */
import type { CorrelationRules } from "./silent-rules.ts";
import type { RuleSet } from "./rule-set.ts";
import { type RuleStates, stateOf } from "./rule-store.ts";

export function correlationRulesOf(set: RuleSet, states: RuleStates): CorrelationRules {
  const rules = [...set.rules.values()].flatMap((loaded) => (loaded.kind === "correlation" ? [loaded.rule] : []));
  const inState = (state: "live" | "test") => rules.filter((rule) => stateOf(states, rule.id) === state);
  const test = inState("test");
  return { rules: [...inState("live"), ...test], test: new Set(test.map((rule) => rule.id)) };
}
