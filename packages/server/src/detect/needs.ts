/** needs: what a rule needs of the world and whether it comes: its log source, who sends that, and each field it reads. */
import type { RuleLogsource, RuleNeeds } from "@holdfast/contracts/detect";
import type { CorrelationRule, Rule } from "@holdfast/sigma";
import type { Sample } from "./census.ts";
import { probeLogsource } from "./probe.ts";
import type { RuleSet } from "./rule-set.ts";
import { logsourceOf } from "./rule-view.ts";

export interface NeedsFacts {
  readonly sample: Sample | undefined;
  readonly set: RuleSet;
  /** Source id -> name. */
  readonly sourceNames: ReadonlyMap<string, string>;
}

export function needsOfRule(rule: Pick<Rule, "logsource" | "reads" | "fed">, facts: NeedsFacts): RuleNeeds {
  const { sample } = facts;
  const logsource = logsourceOf(rule.logsource);
  const names = rule.reads.slice(0, MOST_FIELDS);
  if (sample === undefined || !rule.fed) {
    const fields = names.map((name) => ({ name, share: 0, example: null }));
    const verdict = rule.fed ? "unknown" : "no-route";
    const counts = { since: timeOf(sample?.sinceMs), events: 0, sampled: 0, sources: [] };
    return { logsource, fed: rule.fed, ...counts, fields, verdict, sentence: sentenceOf(verdict, logsource, fields) };
  }
  const report = probeLogsource(sample, logsource, names);
  const missing = report.fields.filter(({ share }) => share === 0);
  const verdict =
    report.events === 0
      ? "no-events"
      : missing.length === 0
        ? "arriving"
        : missing.length === report.fields.length
          ? "no-fields"
          : "partly";
  return {
    logsource,
    fed: true,
    since: timeOf(sample.sinceMs),
    events: report.events,
    sampled: report.sampled,
    sources: report.sources.map(({ source, lastMs, ...entry }) => ({
      id: source,
      name: facts.sourceNames.get(source) ?? source,
      ...entry,
      lastAt: new Date(lastMs).toISOString(),
    })),
    fields: [...report.fields],
    verdict,
    sentence: sentenceOf(verdict, logsource, report.fields),
  };
}

/** A correlation needs what its rules need; the worst of them is its verdict. */
export function needsOfCorrelation(rule: CorrelationRule, facts: NeedsFacts, depth = 0): RuleNeeds {
  const parts = rule.rules.flatMap((id): RuleNeeds[] => {
    const used = facts.set.rules.get(id);
    if (used === undefined || depth > MOST_LINKS) return [];
    return [
      used.kind === "detection" ? needsOfRule(used.rule, facts) : needsOfCorrelation(used.rule, facts, depth + 1),
    ];
  });
  const worst = WORST_FIRST.find((verdict) => parts.some((part) => part.verdict === verdict)) ?? "unknown";
  const speaking = parts.find((part) => part.verdict === worst);
  const fields = new Map<string, RuleNeeds["fields"][number]>();
  for (const field of parts.flatMap((part) => part.fields)) {
    const known = fields.get(field.name);
    if (known === undefined || field.share < known.share) fields.set(field.name, field);
  }
  return {
    logsource: {},
    fed: parts.length > 0 && parts.every((part) => part.fed),
    since: parts[0]?.since ?? null,
    events: parts.reduce((sum, part) => sum + part.events, 0),
    sampled: parts.reduce((sum, part) => sum + part.sampled, 0),
    sources: [
      ...new Map(parts.flatMap((part) => part.sources).map((entry) => [JSON.stringify(entry), entry])).values(),
    ],
    fields: [...fields.values()],
    verdict: worst,
    sentence: speaking?.sentence ?? "None of the rules it is made of is loaded.",
  };
}

const MOST_FIELDS = 200;
const MOST_LINKS = 20;
const WORST_FIRST = ["no-route", "no-events", "no-fields", "partly", "unknown", "arriving"] as const;

const timeOf = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString());

function sentenceOf(
  verdict: RuleNeeds["verdict"],
  logsource: RuleLogsource,
  fields: readonly { readonly name: string; readonly share: number }[],
): string {
  const source = Object.entries(logsource)
    .map(([key, value]) => `${key} ${value}`)
    .join(", ");
  const missing = fields.filter(({ share }) => share === 0).map(({ name }) => name);
  switch (verdict) {
    case "no-route":
      return `The engine knows no events for ${source}: correct the logsource, or this rule never fires.`;
    case "unknown":
      return "The event store did not answer, so it is not known what arrives.";
    case "no-events":
      return `Nothing for ${source} was received in the last 24 hours: connect a source that sends it.`;
    case "no-fields":
      return `Events for ${source} arrive, but none of the last day had ${listed(missing)}.`;
    case "partly":
      return `Events for ${source} arrive; none of those looked at had ${listed(missing)}.`;
    case "arriving":
      return fields.length === 0
        ? `Events for ${source} arrive.`
        : `Events for ${source} arrive with every field this rule reads.`;
  }
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(", ");
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
