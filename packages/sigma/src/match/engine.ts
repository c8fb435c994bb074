/**
 * engine: rules compiled for matching. An event is routed to the groups of rules that its origin feeds; each group finds
 * its candidates by index and runs their predicates. Matches come in the order of the rules.
 */
import type { HiddenMatch, Match, Rule, RuleProblem, SigmaEvent } from "../rule.ts";
import { SearchPool } from "../index/inside.ts";
import type { Aliases } from "../routing/routes.ts";
import { type Access, accessTo } from "./access.ts";
import { createGroup, type Group } from "./group.ts";
import { EventView } from "./event-view.ts";
import { createRouter } from "./router.ts";
import { type CompiledRule, compileRules } from "./compiled-rule.ts";

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

export interface CompileOptions {
  readonly routing?: boolean;
  /** Told, within the call of `match`, of each rule that found the event and was kept quiet by filters. */
  readonly onHidden?: ((hidden: HiddenMatch) => void) | undefined;
}

export function compile(rules: readonly Rule[], options: CompileOptions = {}): Engine {
  const { compiled, problems, fieldNames } = compileRules(rules);
  const view = new EventView(fieldNames.length);
  const pool = new SearchPool();
  const accessUnder = rememberedAccess(fieldNames);
  const router = createRouter({
    rules: compiled,
    routing: options.routing ?? true,
    makeGroup: (members, aliases) => createGroup(members, accessUnder(aliases), { pool, fieldNames }),
  });
  /** Rules that matched the current event; reused, so an event without matches allocates nothing. */
  const hits: Hit[] = [];
  let events = 0;
  let candidates = 0;

  const collect = (group: Group): void => {
    view.enter(group.access);
    const found = group.candidates(view);
    candidates += found;
    for (let i = 0; i < found; i++) {
      const rule = group.candidate(i);
      if (rule === undefined || !rule.predicate(view) || hits.some((hit) => hit.rule === rule)) continue;
      if (rule.exceptions.length > 0) {
        const filters = hidingFilters(rule, view);
        if (filters.length > 0) {
          options.onHidden?.({ rule: rule.rule, filters });
          continue;
        }
      }
      hits.push({ rule, fields: rule.evidence(view) });
    }
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
      if (hits.length > 0) hits.length = 0;
      for (let i = 0; i < groups.length; i++) {
        const group = groups[i];
        if (group !== undefined) collect(group);
      }
      if (hits.length === 0) return [];
      if (hits.length > 1) hits.sort((a, b) => a.rule.index - b.rule.index);
      return hits.map(({ rule, fields: evidence }) => ({ rule: rule.rule, fields: evidence }));
    },
  };
}

/** Many groups share their names; each set is worked out once. */
function rememberedAccess(fieldNames: readonly string[]): (aliases: Aliases) => readonly Access[] {
  const known = new Map<string, readonly Access[]>();
  return (aliases) => {
    const key = JSON.stringify(aliases);
    const access = known.get(key) ?? fieldNames.map((name) => accessTo(name, aliases));
    known.set(key, access);
    return access;
  };
}

function hidingFilters({ exceptions }: CompiledRule, view: EventView): string[] {
  return exceptions.filter(({ holds }) => holds(view)).map(({ id }) => id);
}

interface Hit {
  readonly rule: CompiledRule;
  readonly fields: Match["fields"];
}
