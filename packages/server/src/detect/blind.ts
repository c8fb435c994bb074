/** blind: the live rules that read what a source (or one host of it) sends: those that see nothing while it is silent. Worked out from
 *  a sample of what it sent lately, by the engine itself. Where only fields are lost, those of them that read these fields. */
import type { RuleLogsource } from "@holdfast/contracts/detect";
import type { EventColumns } from "@holdfast/sdk";
import type { Census } from "./census.ts";
import type { ReadEvent } from "./event-reader.ts";
import { logsourcesFed, valuesOf } from "./probe.ts";
import type { RuleKeeper } from "./rule-keeper.ts";
import { stateOf } from "./rule-store.ts";
import { logsourceOf } from "./rule-view.ts";

export interface ReadingRule {
  readonly id: string;
  readonly title: string;
}

/** @param of `host` is "" for all of the source; `fields` are the columns that are lost, where not all of it is missing */
export async function rulesReading(
  { census, keeper }: { readonly census: Census; readonly keeper: RuleKeeper },
  of: { readonly source: string; readonly host: string; readonly fields?: readonly string[] },
): Promise<ReadingRule[]> {
  const sample = await census.take();
  if (sample === undefined) return [];
  const events = sample.kinds
    .filter(({ source }) => of.source === "" || source === of.source)
    .flatMap((kind) => kind.sample)
    .filter(({ columns }) => of.host === "" || columns.host.toLowerCase() === of.host.toLowerCase());
  if (events.length === 0) return [];
  const { set, states } = keeper;
  const live = [...set.rules.values()].filter(({ rule }) => stateOf(states, rule.id) === "live");
  const byLogsource = new Map<string, string[]>();
  for (const loaded of live) {
    if (loaded.kind !== "detection" || !loaded.rule.fed) continue;
    const key = JSON.stringify(logsourceOf(loaded.rule.logsource));
    byLogsource.set(key, [...(byLogsource.get(key) ?? []), loaded.rule.id]);
  }
  const keys = [...byLogsource.keys()];
  const fed = new Set(
    logsourcesFed(
      events,
      keys.map((key) => logsourceOf(JSON.parse(key))),
    ).flat(),
  );
  const reads = (id: string): readonly string[] => {
    const loaded = set.rules.get(id);
    return loaded?.kind === "detection" ? loaded.rule.reads : [];
  };
  const blind = new Set(
    [...fed].flatMap((at) => {
      const key = keys[at] ?? "{}";
      const reading = byLogsource.get(key) ?? [];
      if (of.fields === undefined) return reading;
      const names = [...new Set(reading.flatMap(reads))];
      const lost = namesHolding(events, of.fields, { logsource: logsourceOf(JSON.parse(key)), names });
      return reading.filter((id) => lost === undefined || reads(id).some((name) => lost.has(name)));
    }),
  );
  // Rules made of others are blind with any of them.
  for (const loaded of live)
    if (loaded.kind === "correlation" && loaded.rule.rules.some((id) => blind.has(id))) blind.add(loaded.rule.id);
  return live
    .filter(({ rule }) => blind.has(rule.id))
    .map(({ rule }) => ({ id: rule.id, title: rule.title }))
    .sort((a, b) => (a.title < b.title ? -1 : 1));
}

/** Under which names rules read what stands in these columns: those that had the same value in most of the events in which both are.
 *  Undefined when no event of the sample has such a column any more: then it is not known. */
function namesHolding(
  events: readonly ReadEvent[],
  columns: readonly string[],
  of: { readonly logsource: RuleLogsource; readonly names: readonly string[] },
): ReadonlySet<string> | undefined {
  const whole = events.filter((event) => columns.some((column) => textIn(event, column) !== ""));
  if (whole.length === 0) return undefined;
  const same = new Map<string, { equal: number; both: number }>();
  for (const [at, values] of valuesOf(whole, of).entries())
    for (const [name, value] of values)
      for (const column of columns) {
        const held = textIn(whole[at], column);
        if (held === "") continue;
        const key = `${column}\n${name}`;
        const count = same.get(key) ?? { equal: 0, both: 0 };
        same.set(key, count);
        count.both += 1;
        if (held === value.toLowerCase()) count.equal += 1;
      }
  return new Set(
    [...same].filter(([, { equal, both }]) => equal > both / 2).map(([key]) => key.slice(key.indexOf("\n") + 1)),
  );
}

function textIn(event: ReadEvent | undefined, column: string): string {
  const value = event?.columns[column as keyof EventColumns];
  return typeof value === "string"
    ? value.toLowerCase()
    : typeof value === "number" && value !== 0
      ? String(value)
      : "";
}
