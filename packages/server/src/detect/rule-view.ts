/** rule-view: loaded rules as the API shows them: filtered, ordered, paged. Only the rules of the asked page are turned into
 *  answers, so that a list of several thousand stays quick while someone types. */
import type { Answer, Parsed } from "@holdfast/contracts";
import type {
  detectRoutes,
  Rule,
  RuleDetail,
  RuleLogsource,
  RuleState,
  SignalOutcome,
} from "@holdfast/contracts/detect";
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
  readonly exceptions: ReadonlyMap<string, number>;
}

export type Counts = ReadonlyMap<string, MatchCounts>;
type ListQuery = Parsed<typeof detectRoutes.listRules>["query"];

export function listRules(facts: RuleFacts, counts: Counts, query: ListQuery): Answer<typeof detectRoutes.listRules> {
  const all = [...facts.set.rules.values()];
  const fitting = all.filter((loaded) => fits(loaded, facts, query));
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
  const { rule, stored } = loaded;
  const { alert, counted, test, hidden } = counts.get(rule.id) ?? NO_MATCHES;
  const state = stateOf(facts.states, rule.id);
  return {
    id: rule.id,
    kind: loaded.kind,
    title: rule.title,
    level: rule.level,
    status: rule.status,
    description: rule.description,
    author: rule.author,
    tags: [...rule.tags],
    tactics: [...rule.attack.tactics],
    techniques: [...rule.attack.techniques],
    logsource: loaded.kind === "detection" ? logsourceOf(loaded.rule.logsource) : {},
    path: loaded.path,
    pack: loaded.pack,
    state,
    enabled: state === "live",
    version: stored?.version ?? 0,
    overridden: isOverride(loaded),
    fed: isFed(loaded, facts.set),
    fields: loaded.kind === "detection" ? [...loaded.rule.reads] : [...loaded.rule.groupBy],
    matches24h: alert.day,
    matchesTotal: alert.total,
    lastMatchAt: newer(alert.lastAt, counted.lastAt),
    counted24h: counted.day,
    countedTotal: counted.total,
    test24h: test.day,
    testTotal: test.total,
    lastTestAt: test.lastAt,
    hidden24h: hidden.day,
    hiddenTotal: hidden.total,
    exceptions: facts.exceptions.get(rule.id) ?? 0,
  };
}

export function showDetail(
  loaded: LoadedRule,
  { set, states }: RuleFacts,
  more: { readonly shown: Rule; readonly perDay: Readonly<Record<SignalOutcome, readonly number[]>> },
): RuleDetail {
  const { rule, stored, fileText } = loaded;
  const change = states.get(rule.id);
  const brief = (id: string): { id: string; title: string } => ({ id, title: set.rules.get(id)?.rule.title ?? id });
  return {
    ...more.shown,
    text: rule.text,
    references: [...rule.references],
    falsepositives: [...rule.falsepositives],
    perDay: [...more.perDay.alert],
    countedPerDay: [...more.perDay.counted],
    testPerDay: [...more.perDay.test],
    hiddenPerDay: [...more.perDay.hidden],
    stateChange: change === undefined ? null : { by: change.by, at: iso(change.at), reason: change.reason },
    edited: stored?.inForce === true ? { by: stored.editedBy, at: iso(stored.editedAt), note: stored.note } : null,
    override:
      fileText === undefined || stored?.inForce !== true
        ? null
        : {
            pack: loaded.pack,
            path: loaded.path,
            fileText,
            baseText: stored.baseText ?? "",
            fileChanged: stored.baseText !== fileText,
          },
    uses: loaded.kind === "correlation" ? loaded.rule.rules.map(brief) : [],
    usedBy: [...set.rules.values()].flatMap((other) =>
      other.kind === "correlation" && other.rule.rules.includes(rule.id)
        ? [{ ...brief(other.rule.id), counts: !other.rule.generate && stateOf(states, other.rule.id) === "live" }]
        : [],
    ),
  };
}

export const isOverride = ({ stored, fileText }: LoadedRule): boolean =>
  stored?.inForce === true && fileText !== undefined;

/** A correlation is fed when every rule it is made of is. */
export function isFed(loaded: LoadedRule, set: RuleSet, depth = 0): boolean {
  if (loaded.kind === "detection") return loaded.rule.fed;
  if (depth > MOST_LINKS) return false;
  return loaded.rule.rules.every((id) => {
    const part = set.rules.get(id);
    return part !== undefined && isFed(part, set, depth + 1);
  });
}

const MOST_LINKS = 20;

const iso = (ms: number): string => new Date(ms).toISOString();

export function logsourceOf({ product, service, category }: RuleLogsource): RuleLogsource {
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

function fits(loaded: LoadedRule, { set, states }: RuleFacts, query: ListQuery): boolean {
  const { rule, pack, path, stored } = loaded;
  const product = loaded.kind === "detection" ? loaded.rule.logsource.product : undefined;
  if (query.level !== undefined && rule.level !== query.level) return false;
  if (query.kind !== undefined && loaded.kind !== query.kind) return false;
  if (query.product !== undefined && product !== query.product) return false;
  if (query.fed !== undefined && isFed(loaded, set) !== (query.fed === "true")) return false;
  if (query.pack !== undefined && pack !== query.pack) return false;
  if (query.edited !== undefined && (stored?.inForce === true) !== (query.edited === "true")) return false;
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
      return (a, b) => later(lastOf(of(a)), lastOf(of(b))) || byTitle(a, b);
  }
}

const lastOf = ({ alert, counted }: MatchCounts): string | null => newer(alert.lastAt, counted.lastAt);

function newer(a: string | null, b: string | null): string | null {
  return (a ?? "") < (b ?? "") ? b : a;
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
