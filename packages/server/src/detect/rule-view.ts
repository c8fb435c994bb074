/** rule-view: loaded rules as the API shows them: filtered, ordered, paged. Only the rules of the asked page are turned into
 *  answers, so that a list of several thousand stays quick while someone types. */
import type { Answer, Parsed } from "@holdfast/contracts";
import type { detectRoutes, Rule, RuleDetail, RuleState } from "@holdfast/contracts/detect";
import { SEVERITIES } from "@holdfast/contracts/model";
import { fail } from "./errors.ts";
import { type MatchCounts, NO_MATCHES } from "./match-store.ts";
import type { LoadedRule, RuleSet } from "./rule-set.ts";
import { type RuleStates, stateOf } from "./rule-store.ts";

/** What is known of the rules at one moment. */
export interface RuleFacts {
  readonly set: RuleSet;
  readonly states: RuleStates;
  readonly version: string;
  /** Rule id -> number of exceptions that apply to it now. */
  readonly exceptions: (loaded: LoadedRule) => number;
}

export type Counts = ReadonlyMap<string, MatchCounts>;
type ListQuery = Parsed<typeof detectRoutes.listRules>["query"];

export function listRules(facts: RuleFacts, counts: Counts, query: ListQuery): Answer<typeof detectRoutes.listRules> {
  const all = [...facts.set.rules.values()];
  const fitting = all.filter((loaded) => fits(loaded, facts.states, query));
  fitting.sort(orderOf(query.sort, counts));
  const offset = offsetOf(query.cursor);
  const items = fitting.slice(offset, offset + query.limit).map((loaded) => showRule(loaded, facts, counts));
  return {
    items,
    next: offset + items.length < fitting.length ? String(offset + items.length) : null,
    total: fitting.length,
    version: facts.version,
    problems: facts.set.problems.length,
    packs: packsOf(all),
    states: statesOf(all, facts.states),
  };
}

export function showRule(loaded: LoadedRule, facts: RuleFacts, counts: Counts): Rule {
  const { rule } = loaded;
  const { alert, test, hidden } = counts.get(rule.id) ?? NO_MATCHES;
  const state = stateOf(facts.states, rule.id);
  return {
    id: rule.id,
    kind: "detection",
    title: rule.title,
    level: rule.level,
    status: rule.status,
    description: rule.description,
    author: rule.author,
    tags: [...rule.tags],
    tactics: [...rule.attack.tactics],
    techniques: [...rule.attack.techniques],
    logsource: logsourceOf(rule.logsource),
    path: loaded.path,
    pack: loaded.pack,
    state,
    enabled: state === "live",
    version: 0,
    overridden: false,
    fed: rule.fed,
    fields: [...rule.reads],
    matches24h: alert.day,
    matchesTotal: alert.total,
    lastMatchAt: alert.lastAt,
    test24h: test.day,
    testTotal: test.total,
    lastTestAt: test.lastAt,
    hidden24h: hidden.day,
    hiddenTotal: hidden.total,
    exceptions: facts.exceptions(loaded),
  };
}

export function showDetail(
  loaded: LoadedRule,
  shown: Rule,
  more: Pick<RuleDetail, "perDay" | "testPerDay" | "hiddenPerDay" | "stateChange">,
): RuleDetail {
  const { rule } = loaded;
  return {
    ...shown,
    ...more,
    text: rule.text,
    references: [...rule.references],
    falsepositives: [...rule.falsepositives],
    edited: null,
    override: null,
    uses: [],
    usedBy: [],
  };
}

function logsourceOf({ product, service, category }: LoadedRule["rule"]["logsource"]): Rule["logsource"] {
  return {
    ...(product === undefined ? {} : { product }),
    ...(service === undefined ? {} : { service }),
    ...(category === undefined ? {} : { category }),
  };
}

function packsOf(all: readonly LoadedRule[]): { pack: string; rules: number }[] {
  const packs = new Map<string, number>();
  for (const { pack } of all) packs.set(pack, (packs.get(pack) ?? 0) + 1);
  return [...packs].map(([pack, rules]) => ({ pack, rules }));
}

function statesOf(all: readonly LoadedRule[], states: RuleStates): Record<RuleState, number> {
  const found: Record<RuleState, number> = { draft: 0, test: 0, live: 0, off: 0 };
  for (const { rule } of all) found[stateOf(states, rule.id)] += 1;
  return found;
}

function fits({ rule, pack, path }: LoadedRule, states: RuleStates, query: ListQuery): boolean {
  if (query.level !== undefined && rule.level !== query.level) return false;
  if (query.product !== undefined && rule.logsource.product !== query.product) return false;
  if (query.fed !== undefined && rule.fed !== (query.fed === "true")) return false;
  if (query.pack !== undefined && pack !== query.pack) return false;
  const state = stateOf(states, rule.id);
  if (query.state !== undefined && state !== query.state) return false;
  if (query.enabled !== undefined && (state === "live") !== (query.enabled === "true")) return false;
  if (query.q === undefined || query.q === "") return true;
  const text = `${rule.title} ${rule.id} ${rule.tags.join(" ")} ${path} ${rule.description}`.toLowerCase();
  return query.q
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

type Order = (a: LoadedRule, b: LoadedRule) => number;

const byTitle: Order = (a, b) =>
  a.rule.title < b.rule.title ? -1 : a.rule.title > b.rule.title ? 1 : a.rule.id < b.rule.id ? -1 : 1;

function orderOf(sort: ListQuery["sort"], counts: Counts): Order {
  const of = (loaded: LoadedRule): MatchCounts => counts.get(loaded.rule.id) ?? NO_MATCHES;
  switch (sort) {
    case "title":
      return byTitle;
    case "level":
      return (a, b) => SEVERITIES.indexOf(b.rule.level) - SEVERITIES.indexOf(a.rule.level) || byTitle(a, b);
    case "matches":
      return (a, b) => of(b).alert.day - of(a).alert.day || of(b).alert.total - of(a).alert.total || byTitle(a, b);
    case "test":
      return (a, b) => of(b).test.day - of(a).test.day || of(b).test.total - of(a).test.total || byTitle(a, b);
    case "last":
      return (a, b) => later(of(a).alert.lastAt, of(b).alert.lastAt) || byTitle(a, b);
  }
}

function later(a: string | null, b: string | null): number {
  const [left, right] = [a ?? "", b ?? ""];
  return right < left ? -1 : right > left ? 1 : 0;
}

function offsetOf(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  if (/^\d{1,7}$/.test(cursor)) return Number(cursor);
  throw fail(
    "DETECT_CURSOR_INVALID",
    `The cursor "${cursor.slice(0, 60)}" does not belong to this list: ask for its first page without a cursor.`,
  );
}
