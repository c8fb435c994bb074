/** rule-reader: loaded rules with what became of them: found by id, with their counts, their edits and the exceptions on them.
 *  Counts come from the event store and are ten seconds old at most; without it rules are shown all the same. */
import type { Rule, RuleDetail } from "@holdfast/contracts/detect";
import type { Clock } from "../platform/clock/index.ts";
import type { EventStore } from "../platform/events/index.ts";
import type { Log } from "../platform/log/index.ts";
import { fail } from "./errors.ts";
import { readCounts, readPerDay } from "./match-store.ts";
import type { RuleKeeper } from "./rule-keeper.ts";
import type { LoadedRule } from "./rule-set.ts";
import { type Counts, type RuleFacts, showDetail, showRule } from "./rule-view.ts";

export interface RuleReader {
  /** Throws DETECT_RULE_UNKNOWN. */
  find(id: string): LoadedRule;
  facts(): RuleFacts;
  counts(): Promise<Counts>;
  shown(id: string): Promise<Rule>;
  detail(id: string): Promise<RuleDetail>;
}

export function createRuleReader(options: {
  readonly events: EventStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly keeper: RuleKeeper;
  /** Sources of exercises. */
  readonly apart: () => readonly string[];
}): RuleReader {
  const { events, clock, log, keeper, apart } = options;
  /** Rules can be read and switched while the event store is away; the counts are then missing, and the log says so. */
  const orNothing = async <T>(read: () => Promise<T>, nothing: T): Promise<T> => {
    try {
      return await read();
    } catch (error) {
      log.warn({ reason: String(error) }, "The matches of rules could not be counted.");
      return nothing;
    }
  };
  const counts = remembered(clock, () =>
    orNothing(() => readCounts(events, { now: clock.now(), apart: apart() }), new Map()),
  );
  const facts = (): RuleFacts => ({
    set: keeper.set,
    states: keeper.states,
    version: keeper.load.version,
    exceptions: exceptionCounts(keeper, clock.now()),
  });
  const find = (id: string): LoadedRule => {
    const loaded = keeper.set.rules.get(id);
    if (loaded !== undefined) return loaded;
    throw fail(
      "DETECT_RULE_UNKNOWN",
      `There is no rule ${id}: it may be deleted, its file may be gone or have a problem; see GET /api/rule-problems and GET /api/deleted-rules.`,
    );
  };
  const shown = async (id: string): Promise<Rule> => showRule(find(id), facts(), await counts());
  return {
    find,
    facts,
    counts,
    shown,
    detail: async (id) => {
      find(id);
      const perDay = await orNothing(
        () => readPerDay(events, { ruleId: id, now: clock.now(), apart: apart() }),
        NO_DAYS,
      );
      return showDetail(find(id), facts(), { shown: await shown(id), perDay });
    },
  };
}

const COUNTS_LIVE_MS = 10_000;
const NO_DAYS = { alert: [], counted: [], test: [], hidden: [] };

function remembered<T>(clock: Clock, read: () => Promise<T>): () => Promise<T> {
  let value: Promise<T> | undefined;
  let readAt = 0;
  return () => {
    const now = clock.monotonic();
    if (value === undefined || now - readAt > COUNTS_LIVE_MS) {
      readAt = now;
      value = read();
    }
    return value;
  };
}

/** Rule id -> exceptions on it that hide now. */
function exceptionCounts({ set, exceptions }: RuleKeeper, now: number): ReadonlyMap<string, number> {
  const over = new Set(
    exceptions.filter((one) => one.off || (one.expiresMs !== null && one.expiresMs <= now)).map(({ id }) => id),
  );
  const counts = new Map<string, number>();
  for (const { filter } of set.filters.values()) {
    if (over.has(filter.id)) continue;
    for (const id of filter.rules) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}
