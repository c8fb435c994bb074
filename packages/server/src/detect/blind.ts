/** blind: the live rules that read what a source (or one host of it) sends: those that see nothing while it is silent. Worked out from
 *  a sample of what it sent lately, by the engine itself. */
import { logsourcesFed } from "./probe.ts";
import type { Census } from "./census.ts";
import type { RuleKeeper } from "./rule-keeper.ts";
import { stateOf } from "./rule-store.ts";
import { logsourceOf } from "./rule-view.ts";

export interface ReadingRule {
  readonly id: string;
  readonly title: string;
}

/** @param host "" for all of the source */
export async function rulesReading(
  { census, keeper }: { readonly census: Census; readonly keeper: RuleKeeper },
  of: { readonly source: string; readonly host: string },
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
  const blind = new Set([...fed].flatMap((at) => byLogsource.get(keys[at] ?? "") ?? []));
  // Rules made of others are blind with any of them.
  for (const loaded of live)
    if (loaded.kind === "correlation" && loaded.rule.rules.some((id) => blind.has(id))) blind.add(loaded.rule.id);
  return live
    .filter(({ rule }) => blind.has(rule.id))
    .map(({ rule }) => ({ id: rule.id, title: rule.title }))
    .sort((a, b) => (a.title < b.title ? -1 : 1));
}
