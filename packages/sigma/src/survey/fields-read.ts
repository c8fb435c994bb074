/**
 * fields-read: which fields a set of rules reads, by log source: what a source has to deliver before these rules can see anything.
 */
import type { Expression } from "../detection.ts";
import { isFed } from "../routing/routes.ts";
import type { Logsource, Rule } from "../rule.ts";

export interface FieldUse {
  readonly name: string;
  /** How many rules of the log source read it. */
  readonly rules: number;
}

export interface SourceFields {
  readonly logsource: Logsource;
  readonly rules: number;
  /** False when nothing the engine knows of feeds the log source. */
  readonly fed: boolean;
  /** Rules that search the whole event for words. */
  readonly keywordRules: number;
  /** The most read first. */
  readonly fields: readonly FieldUse[];
}

/** What has to be known of a rule; without its detection, keywords are not counted. */
export type ReadingRule = Pick<Rule, "logsource" | "reads"> & Partial<Pick<Rule, "detection">>;

/** The log source with the most rules first. */
export function fieldsRead(rules: readonly ReadingRule[]): SourceFields[] {
  const sources = new Map<string, { logsource: Logsource; rules: ReadingRule[] }>();
  for (const rule of rules) {
    const { product, category, service } = rule.logsource;
    const key = `${product ?? ""}|${category ?? ""}|${service ?? ""}`;
    const source = sources.get(key) ?? { logsource: rule.logsource, rules: [] };
    source.rules.push(rule);
    sources.set(key, source);
  }
  return [...sources.values()]
    .map(({ logsource, rules: members }) => ({
      logsource,
      rules: members.length,
      fed: isFed(logsource),
      keywordRules: members.filter(readsKeywords).length,
      fields: countsOf(members),
    }))
    .sort((a, b) => b.rules - a.rules || (nameOf(a.logsource) < nameOf(b.logsource) ? -1 : 1));
}

function countsOf(rules: readonly ReadingRule[]): FieldUse[] {
  const counts = new Map<string, number>();
  for (const rule of rules) for (const name of rule.reads) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts]
    .map(([name, count]) => ({ name, rules: count }))
    .sort((a, b) => b.rules - a.rules || (a.name < b.name ? -1 : 1));
}

function readsKeywords({ detection }: ReadingRule): boolean {
  const seek = (expression: Expression): boolean => {
    if (expression.kind === "item") return expression.field === undefined;
    if (expression.kind === "selection") return false;
    return expression.kind === "not" ? seek(expression.of) : expression.of.some(seek);
  };
  return Object.values(detection?.selections ?? {}).some(seek);
}

function nameOf({ product, category, service }: Logsource): string {
  return [product, category, service].filter((part) => part !== undefined).join("/");
}
