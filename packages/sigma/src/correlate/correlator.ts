/**
 * correlator: matches of rules in, matches of correlation rules out. It works on event time: inputs may come late and out of
 * order up to a bound, and any order within it gives the same matches. Memory is bounded, and each bound that is hit counts.
 */
import type { CorrelationInput, CorrelationMatch, CorrelationRule } from "../correlation.ts";
import type { Bounds, CorrelatorStats, Counters, Group, GroupChange, GroupState, News, RowState } from "./group.ts";
import { createPlan, fingerprintOf, inOrder, type Plan, type Reader, readersOf } from "./plan.ts";
import { Queue } from "./queue.ts";
import { SettledGroup } from "./settled-group.ts";
import { SlidingGroup } from "./sliding-group.ts";
import { createSpot } from "./spot.ts";
import type { Row } from "./window-log.ts";

export interface CorrelatorOptions {
  /** How far behind the latest input of its group an input may come; infinite where all inputs are known at the end. */
  readonly latenessMs?: number;
  /** Groups held over all rules; the one that was fed longest ago goes first. */
  readonly maxGroups?: number;
  /** Inputs held in one group, or what its condition needs, if that is more. */
  readonly maxPerGroup?: number;
  /** True: `changes` tells what changed since it was called last. Whoever sets it calls it after every batch. */
  readonly journal?: boolean;
}

export interface Correlator {
  readonly rules: readonly CorrelationRule[];
  /** The fields of the events of a rule whose values an input of that rule must carry. */
  fieldsReadFrom(ruleId: string): readonly string[];
  /**
   * Takes a batch, in any order. Answers each match that is new or has changed since it was answered last: the same id means
   * the same match, grown. `nowMs` is the time of arrival; the latest input's, unless it is given.
   */
  observe(inputs: readonly CorrelationInput[], nowMs?: number): CorrelationMatch[];
  /** Closes the groups that got nothing for so long that nothing they would still take can come, and lets go of them. */
  settle(nowMs: number): CorrelationMatch[];
  /** The time of arrival from which on `settle` has something to do; undefined while nothing is held. */
  quietFrom(): number | undefined;
  /** The end of all input: judges every window that is still open. */
  finish(): CorrelationMatch[];
  changes(): GroupChange[];
  snapshot(): GroupState[];
  /** Takes groups in, as `snapshot` or the sum of all `changes` has them. Those of a rule that has another meaning now are
   *  left out; answers how many were taken. */
  restore(groups: Iterable<GroupState>, nowMs?: number): number;
  stats(): CorrelatorStats;
}

const DEFAULT_LATENESS_MS = 5 * 60_000;
const DEFAULT_MAX_GROUPS = 500_000;
const DEFAULT_MAX_PER_GROUP = 10_000;

export function createCorrelator(rules: readonly CorrelationRule[], options: CorrelatorOptions = {}): Correlator {
  const latenessMs = options.latenessMs ?? DEFAULT_LATENESS_MS;
  const bounds: Bounds = { maxPerGroup: options.maxPerGroup ?? DEFAULT_MAX_PER_GROUP };
  const maxGroups = options.maxGroups ?? DEFAULT_MAX_GROUPS;
  const journal = options.journal ?? false;
  const counters: Counters = {
    groups: 0,
    inputs: 0,
    evicted: 0,
    late: 0,
    capped: 0,
    incomplete: 0,
    unreadable: 0,
    withdrawn: 0,
  };
  const ordered = inOrder(rules);
  const plans: Plan[] = [];
  for (const rule of ordered) plans.push(createPlan(rule, latenessMs, plans));
  const stages: Stage[] = plans.map((plan) => {
    return { plan, fingerprint: fingerprintOf(plan.rule), groups: new Map(), queue: new Queue(), touched: [] };
  });
  const stageOf = new Map(stages.map((stage) => [stage.plan, stage]));
  const readers = readersOf(plans);
  const changed = new Map<Group, Stage>();
  const gone: { readonly stage: Stage; readonly key: string }[] = [];

  const spot = createSpot(counters);
  /** The group at the spot. */
  const groupFor = (stage: Stage, values: readonly string[], nowMs: number): Group => {
    const { plan, queue } = stage;
    let group = stage.groups.get(spot.key);
    if (group === undefined) {
      group = makeGroup(plan, spot.key, shownOf(plan, values));
      stage.groups.set(spot.key, group);
      counters.groups++;
      group.fedMs = nowMs;
      queue.put(group);
    } else if (group.fedMs !== nowMs) {
      queue.take(group);
      group.fedMs = nowMs;
      queue.put(group);
    }
    if (!group.touched) {
      group.touched = true;
      stage.touched.push(group);
      if (journal) changed.set(group, stage);
    }
    return group;
  };
  const makeGroup = (plan: Plan, key: string, shown: Readonly<Record<string, string>>): Group => {
    const given = { plan, key, shown, bounds, counters };
    return plan.mode === "sliding" ? new SlidingGroup(given) : new SettledGroup(given);
  };
  const feed = (reader: Reader, input: CorrelationInput, nowMs: number): void => {
    const stage = stageOf.get(reader.plan);
    if (stage === undefined || !spot.find(reader, input)) return;
    const group = groupFor(stage, spot.values, nowMs);
    if (group.add(spot.row) && journal) (group.added ??= []).push(rowState(reader, spot.row));
  };
  const takeBack = (reader: Reader, input: CorrelationInput): void => {
    const stage = stageOf.get(reader.plan);
    if (stage === undefined || !spot.find(reader, input)) return;
    const group = stage.groups.get(spot.key);
    if (group?.remove(input.timeMs, input.id) !== true) return;
    if (journal) (group.added ??= []).push([input.timeMs, input.id, null]);
    if (group.touched) return;
    group.touched = true;
    stage.touched.push(group);
    if (journal) changed.set(group, stage);
  };
  /** A match is an input of the rules above, at the time at which it came to be. */
  const passOn = ({ match, before }: News, nowMs: number): void => {
    const above = readers.get(match.rule.id);
    if (above === undefined) return;
    const values = match.group;
    const ruleId = match.rule.id;
    const stays = (old: News["before"][number]): boolean =>
      !match.withdrawn && old.id === match.id && old.formedMs === match.formedMs;
    for (const reader of above) {
      for (const old of before) if (!stays(old)) takeBack(reader, { id: old.id, ruleId, timeMs: old.formedMs, values });
      if (match.withdrawn || before.some(stays)) continue;
      feed(reader, { id: match.id, ruleId, timeMs: match.formedMs, values }, nowMs);
    }
  };
  const flush = (nowMs: number, quiet: (stage: Stage, report: (group: Group, news: News) => void) => void) => {
    const matches: CorrelationMatch[] = [];
    for (const stage of stages) {
      const report = (_: Group, news: News): void => {
        matches.push(news.match);
        passOn(news, nowMs);
      };
      for (const group of stage.touched) {
        group.touched = false;
        group.flush(report);
      }
      stage.touched.length = 0;
      quiet(stage, report);
    }
    evict();
    return matches;
  };
  const letGo = (stage: Stage, group: Group): void => {
    counters.inputs -= group.log.size;
    counters.groups--;
    stage.queue.take(group);
    stage.groups.delete(group.key);
    changed.delete(group);
    if (journal) gone.push({ stage, key: group.key });
  };
  const evict = (): void => {
    while (counters.groups > maxGroups) {
      let oldest: Stage | undefined;
      for (const stage of stages) {
        const at = stage.queue.oldest?.fedMs;
        if (at !== undefined && (oldest?.queue.oldest === undefined || at < oldest.queue.oldest.fedMs)) oldest = stage;
      }
      const group = oldest?.queue.oldest;
      if (oldest === undefined || group === undefined) return;
      letGo(oldest, group);
      counters.evicted++;
    }
  };

  return {
    rules: ordered,
    fieldsReadFrom: (ruleId) => fieldsOf(readers.get(ruleId) ?? []),
    observe: (inputs, given) => {
      const sorted = byTime(inputs);
      const nowMs = given ?? sorted.at(-1)?.timeMs ?? 0;
      for (const input of sorted) {
        const found = readers.get(input.ruleId);
        if (found === undefined) continue;
        for (const reader of found) feed(reader, input, nowMs);
      }
      return flush(nowMs, () => {});
    },
    settle: (nowMs) =>
      flush(nowMs, (stage, report) => {
        const quietMs = quietMsOf(stage);
        for (let group = stage.queue.oldest; group !== undefined && group.fedMs + quietMs < nowMs; ) {
          const next: Group | undefined = group.newer;
          group.close(report);
          letGo(stage, group);
          group = next;
        }
      }),
    quietFrom: () => {
      const times = stages.flatMap((stage) => {
        const fed = stage.queue.oldest?.fedMs;
        return fed === undefined ? [] : [fed + quietMsOf(stage)];
      });
      return times.length === 0 ? undefined : Math.min(...times) + 1;
    },
    finish: () =>
      flush(0, (stage, report) => {
        for (const group of stage.groups.values()) {
          group.close(report);
          if (journal) changed.set(group, stage);
        }
      }),
    changes: () => {
      // First what is gone: a group of the same key may have been made since.
      const found: GroupChange[] = gone.map(({ stage, key }) => ({
        ...nameOf(stage, key),
        meta: null,
        added: [],
        neededFromMs: 0,
      }));
      gone.length = 0;
      for (const [group, stage] of changed) {
        const added = group.added ?? [];
        group.added = undefined;
        found.push({
          ...nameOf(stage, group.key),
          meta: group.meta(),
          added,
          neededFromMs: group.neededFromMs(),
        });
      }
      changed.clear();
      return found;
    },
    snapshot: () =>
      stages.flatMap((stage) =>
        [...stage.groups.values()].map((group) => ({
          ...nameOf(stage, group.key),
          meta: group.meta(),
          rows: rowsOf(group),
        })),
      ),
    restore: (groups, nowMs = 0) => {
      const byId = new Map(stages.map((stage) => [stage.plan.rule.id, stage]));
      let taken = 0;
      for (const state of groups) {
        const stage = byId.get(state.ruleId);
        if (stage === undefined || stage.fingerprint !== state.fingerprint || stage.groups.has(state.key)) continue;
        const group = makeGroup(stage.plan, state.key, state.meta.shown);
        group.restore(state.meta, arrived(state.rows));
        group.fedMs = nowMs;
        stage.groups.set(state.key, group);
        stage.queue.put(group);
        counters.groups++;
        taken++;
      }
      return taken;
    },
    stats: () => ({ ...counters }),
  };
}

/** What runs for one plan. */
interface Stage {
  readonly plan: Plan;
  readonly fingerprint: string;
  readonly groups: Map<string, Group>;
  /** The groups in the order in which they were fed. */
  readonly queue: Queue;
  /** Changed by the batch that runs. */
  readonly touched: Group[];
}

/** Whatever came this long ago can be neither joined nor changed by what comes now. */
function quietMsOf({ plan }: Stage): number {
  return plan.rule.timespanMs + plan.latenessMs;
}

function shownOf({ rule }: Plan, values: readonly string[]): Record<string, string> {
  return Object.fromEntries(rule.groupBy.map((name, at) => [name, values[at] ?? ""]));
}

function byTime(inputs: readonly CorrelationInput[]): readonly CorrelationInput[] {
  for (let at = 1; at < inputs.length; at++) {
    if ((inputs[at]?.timeMs ?? 0) < (inputs[at - 1]?.timeMs ?? 0))
      return inputs.toSorted((a, b) => a.timeMs - b.timeMs);
  }
  return inputs;
}

function fieldsOf(readers: readonly Reader[]): readonly string[] {
  return [...new Set(readers.flatMap(({ groupFields, valueFields }) => [...groupFields, ...valueFields]))].sort();
}

function nameOf({ plan, fingerprint }: Stage, key: string) {
  return { ruleId: plan.rule.id, fingerprint, key };
}

function rowState({ reads }: Pick<Reader, "reads">, row: Row): RowState {
  if (reads === "nothing") return [row.timeMs, row.id];
  return [row.timeMs, row.id, reads === "text" ? row.text : row.number];
}

function rowsOf({ log, plan }: Group): RowState[] {
  const rows: RowState[] = [];
  const reads = plan.shape.texts ? "text" : plan.shape.numbers ? "number" : "nothing";
  for (let seq = log.first; seq < log.end; seq++)
    rows.push(
      rowState({ reads }, { timeMs: log.time(seq), id: log.id(seq), number: log.number(seq), text: log.text(seq) }),
    );
  return rows;
}

/** Rows in the order of arrival; one that was taken back is left out. */
function arrived(states: readonly RowState[]): Row[] {
  const rows = new Map<string, Row>();
  for (const [timeMs, id, read] of states) {
    const key = `${timeMs}:${id}`;
    if (read === null) rows.delete(key);
    else {
      const number = typeof read === "number" ? read : 0;
      rows.set(key, { timeMs, id, number, text: typeof read === "string" ? read : "" });
    }
  }
  return [...rows.values()];
}
