/**
 * engine: rules compiled for matching. An event is routed to the groups of rules that its origin feeds; each group finds
 * its candidates by index and runs their predicates. Matches come in the order of the rules.
 */
import type { Match, Rule, RuleProblem, SigmaEvent } from "../rule.ts";
import { createGroup, type Group } from "./group.ts";
import { EventView } from "./event-view.ts";
import { createRouter } from "./router.ts";
import { compileRules } from "./compiled-rule.ts";
import { evidenceOf } from "./evidence.ts";

export interface EngineStats {
  readonly rules: number;
  readonly candidatesPerEvent: number;
}

export interface Engine {
  match(event: SigmaEvent): Match[];
  readonly rules: readonly Rule[];
  readonly problems: readonly RuleProblem[];
  stats(): EngineStats;
}

export function compile(rules: readonly Rule[], options: { readonly routing?: boolean } = {}): Engine {
  const { compiled, problems, fieldNames } = compileRules(rules);
  const view = new EventView(fieldNames.length);
  const router = createRouter({
    rules: compiled,
    routing: options.routing ?? true,
    makeGroup: (members, aliases) => createGroup({ members, aliases, fieldNames, ruleCount: compiled.length }),
  });
  const none: Match[] = [];
  let events = 0;
  let candidates = 0;

  const collect = (group: Group, into: Match[]): Match[] => {
    let matches = into;
    view.enter(group.access);
    const found = group.candidates(view);
    candidates += found;
    for (let i = 0; i < found; i++) {
      const rule = group.candidate(i);
      if (rule === undefined || !rule.predicate(view)) continue;
      if (matches.some((match) => match.rule === rule.rule)) continue;
      if (matches === none) matches = [];
      matches.push({ rule: rule.rule, fields: evidenceOf(rule.rule, view, rule.context) });
    }
    return matches;
  };

  return {
    rules,
    problems,
    stats: () => ({ rules: rules.length, candidatesPerEvent: events === 0 ? 0 : candidates / events }),
    match: (event) => {
      events++;
      const { groups, fields } = router.route(event);
      if (groups.length === 0) return [];
      view.open(event, fields);
      let matches = none;
      for (const group of groups) matches = collect(group, matches);
      if (matches === none) return [];
      return matches.length === 1 ? matches : matches.sort((a, b) => order(a) - order(b));
    },
  };

  function order(match: Match): number {
    return compiled.findIndex((rule) => rule.rule === match.rule);
  }
}
