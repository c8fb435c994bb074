/** completion: words for a rule editor: log sources and fields as they really arrive and as loaded rules use them, and what the
 *  language offers, each with a line of help. */
import type { Answer } from "@holdfast/contracts";
import type { authoringRoutes } from "@holdfast/contracts/authoring";
import type { RuleLogsource } from "@holdfast/contracts/detect";
import { SEVERITIES } from "@holdfast/contracts/model";
import { knownLogsources, TACTICS, TECHNIQUES } from "@holdfast/sigma";
import type { Sample } from "./census.ts";
import { CORRELATION_TYPES, MODIFIERS, STATUSES } from "./language.ts";
import { countLogsources, eventsOf, probeLogsource } from "./probe.ts";
import type { RuleSet } from "./rule-set.ts";
import { logsourceOf } from "./rule-view.ts";

export type Completion = Answer<typeof authoringRoutes.completeRule>;

export function completionOf(set: RuleSet, sample: Sample | undefined, logsource: RuleLogsource): Completion {
  const asked = Object.keys(logsource).length > 0;
  return {
    logsources: logsourcesOf(set, sample),
    fields: asked ? fieldsOf(set, sample, logsource) : [],
    since: sample === undefined ? null : new Date(sample.sinceMs).toISOString(),
    modifiers: MODIFIERS.map((entry) => ({ ...entry })),
    tags: tagsOf(set),
    levels: [...SEVERITIES],
    statuses: [...STATUSES],
    correlationTypes: CORRELATION_TYPES.map((entry) => ({ ...entry })),
  };
}

const MOST_FIELDS = 400;

function logsourcesOf(set: RuleSet, sample: Sample | undefined): Completion["logsources"] {
  const known = new Map<string, { logsource: RuleLogsource; rules: number }>();
  const add = (given: RuleLogsource, rules: number): void => {
    const logsource = logsourceOf(given);
    const key = JSON.stringify([logsource.product, logsource.category, logsource.service]);
    known.set(key, { logsource, rules: (known.get(key)?.rules ?? 0) + rules });
  };
  for (const logsource of knownLogsources()) add(logsource, 0);
  for (const loaded of set.rules.values()) if (loaded.kind === "detection") add(loaded.rule.logsource, 1);
  for (const { sample: events } of sample?.kinds ?? [])
    for (const { seen } of events) if (seen.logsource !== null) add(seen.logsource, 0);
  const entries = [...known.values()];
  const counts =
    sample === undefined
      ? []
      : countLogsources(
          sample,
          entries.map(({ logsource }) => logsource),
        );
  return entries
    .map(({ logsource, rules }, index) => ({ ...logsource, events: counts[index] ?? 0, rules }))
    .sort((a, b) => b.events - a.events || b.rules - a.rules);
}

/** Those that events have under their own names, and those that rules of the log source read, under whatever name they arrive. */
function fieldsOf(set: RuleSet, sample: Sample | undefined, logsource: RuleLogsource): Completion["fields"] {
  const readers = new Map<string, number>();
  for (const loaded of set.rules.values()) {
    if (loaded.kind !== "detection" || !sameLogsource(loaded.rule.logsource, logsource)) continue;
    for (const name of loaded.rule.reads) readers.set(name, (readers.get(name) ?? 0) + 1);
  }
  const own = new Map<string, { weight: number; example: string }>();
  let total = 0;
  for (const { event, weight } of sample === undefined ? [] : eventsOf(sample, logsource)) {
    total += weight;
    for (const { name, value } of event.seen.fields) {
      const before = own.get(name);
      own.set(name, { weight: (before?.weight ?? 0) + weight, example: before?.example ?? value.slice(0, 200) });
    }
  }
  const elsewhere = [...readers.keys()].filter((name) => !own.has(name)).slice(0, MOST_FIELDS);
  const probed = sample === undefined ? [] : probeLogsource(sample, logsource, elsewhere).fields;
  const found = new Map(probed.map((field) => [field.name, field]));
  const fields = [
    ...[...own].map(([name, { weight, example }]) => ({
      name,
      share: Math.min(1, weight / Math.max(1, total)),
      example,
      rules: readers.get(name) ?? 0,
    })),
    ...elsewhere.map((name) => ({
      name,
      share: found.get(name)?.share ?? 0,
      example: found.get(name)?.example ?? null,
      rules: readers.get(name) ?? 0,
    })),
  ];
  return fields
    .sort((a, b) => b.share - a.share || b.rules - a.rules || (a.name < b.name ? -1 : 1))
    .slice(0, MOST_FIELDS);
}

const sameLogsource = (a: RuleLogsource, b: RuleLogsource): boolean =>
  a.product === b.product && a.category === b.category && a.service === b.service;

/** Those of ATT&CK, and whatever else loaded rules are tagged with. */
function tagsOf(set: RuleSet): Completion["tags"] {
  const counts = new Map<string, number>();
  for (const { shortName } of TACTICS) counts.set(`attack.${shortName}`, 0);
  for (const technique of TECHNIQUES.keys()) counts.set(`attack.${technique.toLowerCase()}`, 0);
  for (const { rule } of set.rules.values()) for (const tag of rule.tags) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return [...counts]
    .map(([tag, rules]) => ({ tag, title: titleOf(tag), rules }))
    .sort((a, b) => b.rules - a.rules || (a.tag < b.tag ? -1 : 1));
}

function titleOf(tag: string): string {
  const name = tag.slice(tag.indexOf(".") + 1);
  if (/^[tgs]\d{4}(\.\d{3})?$/i.test(name)) return techniqueTitle(name.toUpperCase());
  const tactic = TACTICS.find(({ shortName }) => tag === `attack.${shortName}`);
  if (tactic !== undefined) return `${tactic.name} (${tactic.id})`;
  const words = name.replaceAll(/[-_]/g, " ");
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

function techniqueTitle(id: string): string {
  const tactics = (TECHNIQUES.get(id) ?? []).map(
    (name) => TACTICS.find(({ shortName }) => shortName === name)?.name ?? name,
  );
  return tactics.length === 0 ? id : `${id}: ${tactics.join(", ")}`;
}
