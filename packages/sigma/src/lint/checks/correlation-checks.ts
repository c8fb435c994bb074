/** correlation-checks: correlations and filters that load, and do not do what they look like. */
import { isRecord } from "../../load/detection-reader.ts";
import type { Check } from "../check.ts";
import type { LintDocument } from "../lint-document.ts";

const RULE_ID = "3b1c9a52-6a0e-4b7c-9d55-0f6b2f8f7a11";
const BASE = `id: ${RULE_ID}`;
const COUNT = `correlation:\n  type: event_count\n  rules:\n    - ${RULE_ID}\n  group-by:\n    - User\n  timespan: 10m\n  condition:\n    gte: 5`;
const FILTER = `filter:\n  rules:\n    - ${RULE_ID}\n  selection:\n    User: scanner\n  condition: not selection`;
const LONG_DAYS = 31;

export const CORRELATION_CHECKS: readonly Check[] = [
  {
    code: "CORRELATION_UNGROUPED",
    severity: "warning",
    teaches:
      "Without group-by everything of the whole estate is counted together: five failures of five people are the same as five of one.",
    bad: [BASE, COUNT.replace("  group-by:\n    - User\n", "")],
    good: [BASE, COUNT],
    look: (document, report) => {
      const section = sectionOf(document);
      const groups = section?.["group-by"];
      if (
        section !== undefined &&
        (groups === undefined || groups === null || (Array.isArray(groups) && groups.length === 0))
      )
        report({
          at: ["correlation"],
          key: true,
          message: "There is no group-by: the matches of all hosts and users are counted together.",
        });
    },
  },
  {
    code: "CORRELATION_ALWAYS",
    severity: "warning",
    teaches: "One match is enough, so every match of the rule raises the correlation as well.",
    bad: [BASE, COUNT.replace("gte: 5", "gte: 1")],
    good: [BASE, COUNT],
    look: (document, report) => {
      const section = sectionOf(document);
      const { least, most } = boundsOf(section?.["condition"]);
      if (
        section?.["type"] === "event_count" &&
        least <= 1 &&
        most === Number.POSITIVE_INFINITY &&
        isRecord(section["condition"])
      )
        report({
          at: ["correlation", "condition"],
          message: "One match is enough for this condition: it counts nothing.",
        });
    },
  },
  {
    code: "CORRELATION_NEVER",
    severity: "error",
    teaches: "All comparisons of a condition have to hold; no number is more than ten and less than five.",
    bad: [BASE, COUNT.replace("gte: 5", "gt: 10\n    lt: 5")],
    good: [BASE, COUNT],
    look: (document, report) => {
      const { least, most } = boundsOf(sectionOf(document)?.["condition"]);
      if (least > most)
        report({ at: ["correlation", "condition"], message: "No number meets all of these comparisons." });
    },
  },
  {
    code: "CORRELATION_ONE_RULE",
    severity: "warning",
    teaches: "temporal is about several rules that fire near each other; with one rule it fires whenever that does.",
    bad: [BASE, COUNT.replace("event_count", "temporal").replace("\n  condition:\n    gte: 5", "")],
    good: [BASE, COUNT],
    look: (document, report) => {
      const section = sectionOf(document);
      const rules = section?.["rules"];
      if (
        String(section?.["type"]).startsWith("temporal") &&
        (typeof rules === "string" || (Array.isArray(rules) && rules.length === 1))
      )
        report({ at: ["correlation", "rules"], message: "A temporal correlation needs two rules at least." });
    },
  },
  {
    code: "CORRELATION_WITH_DETECTION",
    severity: "warning",
    teaches:
      "A correlation has no events of its own: log source and detection beside it are ignored. They belong into a document of their own.",
    bad: [BASE, `${COUNT}\nlogsource:\n  product: windows`],
    good: [BASE, COUNT],
    look: (document, report) => {
      for (const name of document.kind === "correlation" ? ["logsource", "detection"] : [])
        if (document.value[name] !== undefined)
          report({
            at: [name],
            key: true,
            message: `The "${name}" of a correlation is ignored: move it into a rule of its own.`,
          });
    },
  },
  {
    code: "CORRELATION_TIMESPAN_LONG",
    severity: "info",
    teaches: "All matches of the timespan are kept in memory.",
    bad: [BASE, COUNT.replace("10m", "90d")],
    good: [BASE, COUNT],
    look: (document, report) => {
      const found = /^(\d+)([dwMy])$/.exec(String(sectionOf(document)?.["timespan"] ?? ""));
      const days = Number(found?.[1] ?? 0) * ({ d: 1, w: 7, M: 30, y: 365 }[found?.[2] ?? ""] ?? 0);
      if (days > LONG_DAYS)
        report({
          at: ["correlation", "timespan"],
          message: `${days} days of matches are kept in memory for this correlation.`,
        });
    },
  },
  {
    code: "CORRELATION_ALIAS_UNUSED",
    severity: "warning",
    teaches: "An alias has an effect only where group-by names it.",
    bad: [BASE, `${COUNT}\n  aliases:\n    who:\n      ${RULE_ID}: TargetUser`],
    good: [BASE, COUNT.replace("- User", "- who").concat(`\n  aliases:\n    who:\n      ${RULE_ID}: TargetUser`)],
    look: (document, report) => {
      const section = sectionOf(document);
      const aliases = section?.["aliases"];
      const groups = [section?.["group-by"]].flat();
      for (const name of isRecord(aliases) ? Object.keys(aliases) : [])
        if (!groups.includes(name))
          report({
            at: ["correlation", "aliases", name],
            key: true,
            message: `group-by does not name the alias "${name}", so it has no effect.`,
          });
    },
  },
  {
    code: "FILTER_KEEPS_ONLY",
    severity: "warning",
    teaches:
      "The condition of a filter is added to the rules with AND: `selection` keeps only what it fits, `not selection` takes that away.",
    bad: [BASE, FILTER.replace("not selection", "selection")],
    good: [BASE, FILTER],
    look: (document, report) => {
      for (const { text, path } of document.kind === "filter" ? document.conditions : [])
        if (!/\bnot\b/i.test(text))
          report({
            at: path,
            message: `"${text}" keeps only what the filter describes. To hide that, write "not ${text}".`,
          });
    },
  },
  {
    code: "FILTER_OF_EVERYTHING",
    severity: "warning",
    teaches: "A filter for any rule of a whole product hides things from rules that nobody thought of.",
    bad: [BASE, `logsource:\n  product: windows\n${FILTER.replace(`\n    - ${RULE_ID}`, " any")}`],
    good: [BASE, FILTER],
    look: (document, report) => {
      const filter = document.value["filter"];
      const { category, service } = document.logsource;
      if (
        isRecord(filter) &&
        String(filter["rules"]).toLowerCase() === "any" &&
        category === undefined &&
        service === undefined
      )
        report({
          at: ["filter", "rules"],
          message: "The filter is laid over every rule of the product: name the rules, or a category or service.",
        });
    },
  },
];

function sectionOf(document: LintDocument): Record<string, unknown> | undefined {
  const section = document.value["correlation"];
  return isRecord(section) ? section : undefined;
}

/** The least and greatest whole number that meets all comparisons. */
function boundsOf(condition: unknown): { least: number; most: number } {
  let least = Number.NEGATIVE_INFINITY;
  let most = Number.POSITIVE_INFINITY;
  for (const [op, raw] of Object.entries(isRecord(condition) ? condition : {})) {
    const value = Number(raw);
    if (Number.isNaN(value)) continue;
    if (op === "gte" || op === "eq") least = Math.max(least, value);
    if (op === "lte" || op === "eq") most = Math.min(most, value);
    if (op === "gt") least = Math.max(least, value + (Number.isInteger(value) ? 1 : 0));
    if (op === "lt") most = Math.min(most, value - (Number.isInteger(value) ? 1 : 0));
  }
  return { least, most };
}
