/** routes: the HTTP operations of detect. The rules are in memory; counts come from the event store and are ten seconds old at most. */
import type { detectRoutes, Rule, RuleDetail } from "@holdfast/contracts/detect";
import { SEVERITIES } from "@holdfast/contracts/model";
import type { AuditLog } from "../platform/audit-log/index.ts";
import type { Clock } from "../platform/clock/index.ts";
import type { EventStore } from "../platform/events/index.ts";
import type { Handlers } from "../platform/http-contract.ts";
import type { Log } from "../platform/log/index.ts";
import type { Tables } from "../platform/tables/index.ts";
import { fail } from "./errors.ts";
import { type MatchCount, readCounts, readPerDay } from "./match-store.ts";
import type { LoadedRule, RuleSet } from "./rule-set.ts";
import { writeState } from "./rule-store.ts";

export interface RoutesContext {
  readonly tables: Tables;
  readonly events: EventStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: AuditLog;
  readonly state: () => { readonly set: RuleSet; readonly disabled: ReadonlySet<string>; readonly version: string };
  /** Reads all folders again. */
  readonly reload: () => Promise<void>;
  /** Reads again which rules are switched off. */
  readonly reloadStates: () => Promise<void>;
}

type Sort = "title" | "level" | "matches" | "last";

export function createRoutes(context: RoutesContext): Handlers<typeof detectRoutes> {
  const { tables, audit, clock, state } = context;
  const counts = createCounts(context);
  const find = (id: string): LoadedRule => {
    const loaded = state().set.rules.get(id);
    if (loaded !== undefined) return loaded;
    throw fail(
      "DETECT_RULE_UNKNOWN",
      `There is no rule ${id}: its file may have been removed or may have a problem; see GET /api/rule-problems.`,
    );
  };
  const shown = async (loaded: LoadedRule): Promise<Rule> => toRule(loaded, state().disabled, await counts());
  return {
    listRules: async ({ query }) => {
      const { set, disabled, version } = state();
      const found = await counts();
      const rules = [...set.rules.values()]
        .map((loaded) => toRule(loaded, disabled, found))
        .filter((rule) => fits(rule, query));
      rules.sort(ORDERS[query.sort]);
      const offset = offsetOf(query.cursor);
      const items = rules.slice(offset, offset + query.limit);
      const next = offset + items.length < rules.length ? String(offset + items.length) : null;
      return { items, next, total: rules.length, version, problems: set.problems.length };
    },
    getRule: async ({ params }) => {
      const loaded = find(params.id);
      const perDay = await orNothing(context, () => readPerDay(context.events, params.id, clock.now()), []);
      return toDetail(loaded, await shown(loaded), perDay);
    },
    updateRule: async ({ params, body }, call) => {
      const loaded = find(params.id);
      if (state().disabled.has(params.id) === body.enabled) {
        await tables.transaction(async (tx) => {
          await writeState(tx, { ruleId: params.id, ...body, by: call.actor.name, now: clock.now() });
          await audit.append(tx, {
            actor: call.actor,
            action: body.enabled ? "rule.enabled" : "rule.disabled",
            target: params.id,
            details: { title: loaded.rule.title, reason: body.reason },
          });
        });
        await context.reloadStates();
      }
      return shown(find(params.id));
    },
    listRuleProblems: async () => ({ items: state().set.problems.slice(0, MOST_PROBLEMS) }),
    reloadRules: async (_input, call) => {
      await context.reload();
      const { set, version } = state();
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
const NEVER: MatchCount = { day: 0, total: 0, lastAt: null };

/** Counts for all rules in one query, kept for a moment: the list is paged and sorted by them. */
function createCounts(context: RoutesContext): () => Promise<ReadonlyMap<string, MatchCount>> {
  let value: Promise<ReadonlyMap<string, MatchCount>> | undefined;
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

function toRule(
  { rule, pack, path }: LoadedRule,
  disabled: ReadonlySet<string>,
  counts: ReadonlyMap<string, MatchCount>,
): Rule {
  const count = counts.get(rule.id) ?? NEVER;
  const { product, service, category } = rule.logsource;
  return {
    id: rule.id,
    title: rule.title,
    level: rule.level,
    status: rule.status,
    description: rule.description,
    author: rule.author,
    tags: [...rule.tags],
    tactics: [...rule.attack.tactics],
    techniques: [...rule.attack.techniques],
    logsource: {
      ...(product === undefined ? {} : { product }),
      ...(service === undefined ? {} : { service }),
      ...(category === undefined ? {} : { category }),
    },
    path,
    pack,
    enabled: !disabled.has(rule.id),
    fed: rule.fed,
    fields: [...rule.reads],
    matches24h: count.day,
    matchesTotal: count.total,
    lastMatchAt: count.lastAt,
  };
}

function toDetail({ rule }: LoadedRule, shown: Rule, perDay: number[]): RuleDetail {
  return {
    ...shown,
    text: rule.text,
    references: [...rule.references],
    falsepositives: [...rule.falsepositives],
    perDay,
  };
}

interface Filter {
  readonly q?: string | undefined;
  readonly level?: string | undefined;
  readonly product?: string | undefined;
  readonly enabled?: "true" | "false" | undefined;
  readonly pack?: string | undefined;
}

function fits(rule: Rule, filter: Filter): boolean {
  if (filter.level !== undefined && rule.level !== filter.level) return false;
  if (filter.product !== undefined && rule.logsource.product !== filter.product) return false;
  if (filter.enabled !== undefined && rule.enabled !== (filter.enabled === "true")) return false;
  if (filter.pack !== undefined && rule.pack !== filter.pack) return false;
  if (filter.q === undefined || filter.q === "") return true;
  const words = filter.q.toLowerCase().split(/\s+/);
  const text = `${rule.title} ${rule.id} ${rule.tags.join(" ")} ${rule.path} ${rule.description}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

const byTitle = (a: Rule, b: Rule): number => (a.title < b.title ? -1 : a.title > b.title ? 1 : a.id < b.id ? -1 : 1);
const ORDERS: Readonly<Record<Sort, (a: Rule, b: Rule) => number>> = {
  title: byTitle,
  level: (a, b) => SEVERITIES.indexOf(b.level) - SEVERITIES.indexOf(a.level) || byTitle(a, b),
  matches: (a, b) => b.matches24h - a.matches24h || b.matchesTotal - a.matchesTotal || byTitle(a, b),
  last: (a, b) =>
    (b.lastMatchAt ?? "") < (a.lastMatchAt ?? "")
      ? -1
      : (b.lastMatchAt ?? "") > (a.lastMatchAt ?? "")
        ? 1
        : byTitle(a, b),
};

function offsetOf(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  if (/^\d{1,7}$/.test(cursor)) return Number(cursor);
  throw fail(
    "DETECT_CURSOR_INVALID",
    `The cursor "${cursor.slice(0, 60)}" does not belong to this list: ask for its first page without a cursor.`,
  );
}
