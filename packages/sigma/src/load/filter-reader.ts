/**
 * filter-reader: a Sigma filter document: the rules it is meant for, as written, and its selections and condition as a
 * draft. Its condition is added to those rules with AND, so it says what remains: usually `not selection`.
 */
import type { Logsource } from "../rule.ts";
import { isProblem, isRecord, type ReadProblem, readDetection } from "./detection-reader.ts";
import type { Draft } from "./draft.ts";
import { type Metadata, readLogsource, readMetadata, taxonomyOf, textOf } from "./metadata.ts";

export interface FilterSketch {
  readonly metadata: Metadata;
  readonly logsource: Logsource;
  readonly taxonomy: string;
  /** Ids or names as written; "any": every rule of the log source. */
  readonly rules: readonly string[] | "any";
  readonly draft: Draft;
}

export function readFilter(raw: Record<string, unknown>, path: string): FilterSketch | ReadProblem {
  const metadata = readMetadata({ ...raw, level: undefined }, path);
  if ("code" in metadata) return metadata;
  const logsource = readLogsource(raw["logsource"]);
  if ("code" in logsource) return logsource;
  const section = raw["filter"];
  if (!isRecord(section)) {
    return {
      code: "FILTER_INVALID",
      reason: '"filter" is a map with rules, selection and condition',
      path: ["filter"],
    };
  }
  const rules = readRules(section["rules"]);
  if (rules === undefined) {
    return {
      code: "FILTER_RULES",
      reason: 'list the ids or names of the rules to filter under "rules", or write "rules: any"',
      path: ["filter", "rules"],
    };
  }
  if (Array.isArray(section["condition"])) {
    return { code: "FILTER_INVALID", reason: "a filter has one condition, not a list", path: ["filter", "condition"] };
  }
  const draft = readDetection(section, { section: "filter", reserved: ["condition", "rules", "timeframe"] });
  return isProblem(draft) ? draft : { metadata, logsource, taxonomy: taxonomyOf(raw), rules, draft };
}

function readRules(raw: unknown): readonly string[] | "any" | undefined {
  if (typeof raw === "string") return raw.toLowerCase() === "any" ? "any" : [raw];
  if (!Array.isArray(raw)) return undefined;
  const rules = raw.map(textOf);
  return rules.length === 0 || rules.includes("") ? undefined : rules;
}
