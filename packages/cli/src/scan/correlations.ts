/** correlations: correlation rules over the matches of a scan. Files come in any order of time, so what correlations read is set
 *  aside and judged at the end in the order of time: the result is that of a stream in which nothing was late. A match names
 *  the records it is made of, down through chained correlations. */
import { type CorrelationInput, type CorrelationMatch, type CorrelationRule, createCorrelator } from "@holdfast/sigma";
import type { BlockMatch } from "./block.ts";
import type { MatchPlace } from "./scan.ts";
import type { Contribution, ScanMatch, ScanRule } from "./scan-match.ts";
import { createSortedStore } from "./sorted-store.ts";

export interface Correlations {
  /** Rule id -> fields of its events that some correlation reads. */
  readonly reads: Readonly<Record<string, readonly string[]>>;
  add(match: BlockMatch, place: MatchPlace, rule: ScanRule): Promise<void>;
  /** What all that was added amounts to, by time. */
  matches(): Promise<ScanMatch[]>;
  /** Bounds that were hit, as sentences. */
  notes(): string[];
  close(): Promise<void>;
}

/** @param known the rules as results show them, by id. */
export function createCorrelations(
  rules: readonly CorrelationRule[],
  known: ReadonlyMap<string, ScanRule>,
): Correlations {
  const correlator = createCorrelator(rules, { latenessMs: 0, maxGroups: MOST_GROUPS });
  const members = new Set(rules.flatMap((rule) => rule.rules));
  const reads = Object.fromEntries([...members].map((id) => [id, correlator.fieldsReadFrom(id)]));
  const files: string[] = [];
  let added = 0;
  const store = createSortedStore<CorrelationInput>({
    timeOf: ({ timeMs }) => ({ timeMs, timeNs: 0 }),
    encode: (input) => input,
    decode: (value) => value as CorrelationInput,
  });
  const found = new Map<string, CorrelationMatch>();

  function keep(matches: readonly CorrelationMatch[]): void {
    for (const match of matches) {
      for (const replaced of match.replaces) found.delete(replaced);
      if (match.withdrawn) found.delete(match.id);
      else found.set(match.id, match);
    }
  }

  function contributionsOf(match: CorrelationMatch, into: Contribution[], seen: Set<string>): Contribution[] {
    for (const id of match.inputs) {
      if (into.length >= MOST_RECORDS || seen.has(id)) continue;
      seen.add(id);
      const below = found.get(id);
      if (below !== undefined) contributionsOf(below, into, seen);
      else into.push(contributionOf(id, files));
    }
    return into;
  }

  function shown(match: CorrelationMatch): ScanMatch | undefined {
    const rule = known.get(match.rule.id);
    if (rule === undefined) return undefined;
    const records = contributionsOf(match, [], new Set());
    const hosts = new Set(records.map(({ host }) => host));
    const [host] = hosts;
    const { group, count, value, firstMs, lastMs, formedMs } = match;
    return {
      rule,
      timeMs: formedMs,
      timeNs: 0,
      timed: true,
      host: hosts.size === 1 ? (host ?? "") : "",
      user: "",
      channel: "",
      eventCode: "",
      file: records[0]?.file ?? "",
      record: records[0]?.record ?? 0,
      slack: false,
      fields: Object.entries(group).map(([field, text]) => ({
        field,
        value: text,
        pattern: "",
        selection: "group-by",
      })),
      event: undefined,
      correlation: { group, count, value, firstMs, lastMs, records },
    };
  }

  return {
    reads,
    add: async (match, { file, record }, rule) => {
      if (match.values === undefined) return;
      if (files.at(-1) !== file) files.push(file);
      const place: Place = [added, files.length - 1, record, match.host, Math.trunc(match.timeMs), rule.id];
      added += 1;
      const { timeMs, values } = match;
      await store.add({ id: JSON.stringify(place), ruleId: rule.id, timeMs, values });
    },
    matches: async () => {
      let batch: CorrelationInput[] = [];
      const observe = (): void => {
        const nowMs = batch.at(-1)?.timeMs;
        if (nowMs === undefined) return;
        keep(correlator.observe(batch, nowMs));
        keep(correlator.settle(nowMs));
        batch = [];
      };
      for await (const input of store.inOrder()) if (batch.push(input) >= BATCH) observe();
      observe();
      keep(correlator.finish());
      const matches = [...found.values()].map(shown).filter((match) => match !== undefined);
      return matches.sort((a, b) => a.timeMs - b.timeMs || a.rule.index - b.rule.index);
    },
    notes: () => {
      const { evicted, capped } = correlator.stats();
      return [
        ...(evicted > 0
          ? [`${evicted} groups of correlations were let go because there were more than ${MOST_GROUPS} at once.`]
          : []),
        ...(capped > 0 ? [`${capped} matches were left out of correlations whose groups were full.`] : []),
      ];
    },
    close: () => store.close(),
  };
}

const BATCH = 1_000;
const MOST_GROUPS = 1_000_000;
const MOST_RECORDS = 100;

/** Order, file, record, host, time, rule: the id of an input says where it comes from, so that nothing has to be looked up. */
type Place = readonly [number, number, number | string, string, number, string];

function contributionOf(id: string, files: readonly string[]): Contribution {
  const [, file, record, host, timeMs, ruleId] = JSON.parse(id) as Place;
  return { file: files[file] ?? "", record, host, timeMs, ruleId };
}
