/** probe: asks the engine itself which events feed a log source and which fields a rule would find in them, so that routes and the
 *  other names of fields count exactly as they do in matching. A probe is a rule that fires on any event, or on any that has a field. */
import { compile, type Engine, type Expression, type Rule } from "@holdfast/sigma";
import type { RuleLogsource } from "@holdfast/contracts/detect";
import type { EventKind, Sample } from "./census.ts";
import type { ReadEvent } from "./event-reader.ts";

export interface FieldShare {
  readonly name: string;
  /** Of the events of the log source, 0 to 1. */
  readonly share: number;
  readonly example: string | null;
}

export interface LogsourceReport {
  /** Events of the log source in the sample's time, projected from the sampled ones. */
  readonly events: number;
  readonly sampled: number;
  readonly sources: readonly {
    readonly source: string;
    readonly product: string;
    readonly channel: string;
    readonly events: number;
    readonly lastMs: number;
  }[];
  readonly fields: readonly FieldShare[];
}

interface Probed {
  readonly kinds: readonly (Omit<EventKind, "sample"> & { readonly sample: readonly Pick<ReadEvent, "sigma">[] })[];
}

/** What comes for this log source, and how many of these events have each of the fields. */
export function probeLogsource(sample: Probed, logsource: RuleLogsource, names: readonly string[]): LogsourceReport {
  const engine = compile([
    probeRule("", logsource, ANY),
    ...names.map((name) => probeRule(name, logsource, has(name))),
  ]);
  const found = new Map(names.map((name) => [name, { weight: 0, example: null as string | null }]));
  const sources = new Map<string, LogsourceReport["sources"][number]>();
  let [events, sampled] = [0, 0];
  for (const kind of sample.kinds) {
    const weight = kind.count / Math.max(1, kind.sample.length);
    let fed = 0;
    for (const event of kind.sample) {
      const matches = engine.match(event.sigma);
      if (matches.length === 0) continue;
      fed += weight;
      sampled += 1;
      for (const { rule, fields } of matches) {
        const entry = found.get(rule.id);
        if (entry === undefined || rule.id === "") continue;
        entry.weight += weight;
        entry.example ??= fields[0]?.value.slice(0, LONGEST_EXAMPLE) ?? null;
      }
    }
    if (fed === 0) continue;
    events += fed;
    const key = JSON.stringify([kind.source, kind.product, kind.channel]);
    const { source, product, channel, lastMs } = kind;
    const before = sources.get(key);
    const total = (before?.events ?? 0) + fed;
    sources.set(key, { source, product, channel, events: total, lastMs: Math.max(lastMs, before?.lastMs ?? 0) });
  }
  return {
    events: Math.round(events),
    sampled,
    sources: [...sources.values()]
      .map((entry) => ({ ...entry, events: Math.round(entry.events) }))
      .sort((a, b) => b.events - a.events),
    fields: [...found].map(([name, { weight, example }]) => ({
      name,
      share: events === 0 ? 0 : Math.min(1, weight / events),
      example,
    })),
  };
}

/** Events per log source, for all at once; in the order given. */
export function countLogsources(sample: Probed, logsources: readonly RuleLogsource[]): number[] {
  const engine = compile(logsources.map((logsource, index) => probeRule(String(index), logsource, ANY)));
  const counts = new Array<number>(logsources.length).fill(0);
  for (const kind of sample.kinds) {
    const weight = kind.count / Math.max(1, kind.sample.length);
    for (const event of kind.sample)
      for (const { rule } of engine.match(event.sigma))
        counts[Number(rule.id)] = (counts[Number(rule.id)] ?? 0) + weight;
  }
  return counts.map(Math.round);
}

/** For each event the places, in the given list, of the log sources that it feeds. */
export function logsourcesFed(
  events: readonly Pick<ReadEvent, "sigma">[],
  logsources: readonly RuleLogsource[],
): number[][] {
  const engine = compile(logsources.map((logsource, index) => probeRule(String(index), logsource, ANY)));
  return events.map(({ sigma }) => engine.match(sigma).map(({ rule }) => Number(rule.id)));
}

/** For each event what a rule finds in each of the fields that it has, by the engine's own names for them. */
export function valuesOf(
  events: readonly Pick<ReadEvent, "sigma">[],
  { logsource, names }: { readonly logsource: RuleLogsource; readonly names: readonly string[] },
): ReadonlyMap<string, string>[] {
  const engine = compile(names.map((name) => probeRule(name, logsource, has(name))));
  return events.map(
    ({ sigma }) =>
      new Map(
        engine
          .match(sigma)
          .flatMap(({ rule, fields }) => (fields[0] === undefined ? [] : [[rule.id, fields[0].value] as const])),
      ),
  );
}

/** The events of the sample that feed a log source. */
export function eventsOf(sample: Sample, logsource: RuleLogsource): { event: ReadEvent; weight: number }[] {
  const engine = compile([probeRule("", logsource, ANY)]);
  return sample.kinds.flatMap((kind) => {
    const weight = kind.count / Math.max(1, kind.sample.length);
    return kind.sample.filter((event) => feeds(engine, event)).map((event) => ({ event, weight }));
  });
}

const LONGEST_EXAMPLE = 200;

const feeds = (engine: Engine, event: ReadEvent): boolean => engine.match(event.sigma).length > 0;

const has = (field: string): Expression => ({ kind: "item", field, test: { kind: "exists", wanted: true }, shown: "" });
const ANY: Expression = { kind: "not", of: has("holdfast.no.such.field") };

function probeRule(id: string, logsource: RuleLogsource, condition: Expression): Rule {
  return {
    id,
    title: id,
    level: "informational",
    status: "",
    description: "",
    author: "",
    references: [],
    tags: [],
    falsepositives: [],
    fields: [],
    logsource,
    detection: { selections: {}, condition },
    path: "",
    text: "",
    reads: [],
    attack: { tactics: [], techniques: [] },
    fed: true,
  };
}
