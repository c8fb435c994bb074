/**
 * rules: rule files in, rules and problems out. One bad document never stops the others, and nothing is left out without
 * a problem that says where and what to do.
 */
import type { Expression } from "../detection.ts";
import type { Level, Logsource, Rule, RuleFile, RuleProblem } from "../rule.ts";
import { isFed } from "../routing/routes.ts";
import { isProblem, isRecord, type ReadProblem, readDetection } from "./detection-reader.ts";
import { readDocuments, type SourceDocument } from "./documents.ts";

const LEVELS: readonly Level[] = ["informational", "low", "medium", "high", "critical"];

export function parseRules(files: readonly RuleFile[]): { rules: Rule[]; problems: RuleProblem[] } {
  const rules: Rule[] = [];
  const problems: RuleProblem[] = [];
  const seen = new Map<string, string>();
  for (const file of files) {
    const read = readDocuments(file);
    problems.push(...read.problems);
    for (const document of read.documents) {
      const rule = readRule(document, file.path);
      if ("code" in rule) {
        problems.push(report(rule, document, file.path));
        continue;
      }
      const first = seen.get(rule.id);
      if (first !== undefined) {
        const reason = `the id ${rule.id} is already used in ${first}: give this rule an id of its own`;
        problems.push(report({ code: "ID_DUPLICATE", reason, path: ["id"] }, document, file.path));
        continue;
      }
      seen.set(rule.id, file.path);
      rules.push(rule);
    }
  }
  return { rules, problems };
}

function report(problem: ReadProblem, document: SourceDocument, path: string): RuleProblem {
  const at = document.locate(problem.path, problem.offset);
  return { path, line: at.line, column: at.column, code: problem.code, message: problem.reason };
}

function readRule(document: SourceDocument, path: string): Rule | ReadProblem {
  const raw = document.value;
  if (!isRecord(raw)) return { code: "RULE_INVALID", reason: "a rule is a map of attributes", path: [] };
  if (raw["correlation"] !== undefined) {
    return { code: "CORRELATION_NOT_YET", reason: "correlation rules are not supported yet", path: ["correlation"] };
  }
  if (raw["filter"] !== undefined) {
    return { code: "FILTER_NOT_YET", reason: "filter documents are not supported yet", path: ["filter"] };
  }
  const title = raw["title"];
  if (typeof title !== "string" || title.trim() === "") {
    return { code: "TITLE_MISSING", reason: 'the rule has no "title"', path: ["title"] };
  }
  const level = raw["level"] ?? "medium";
  const known = LEVELS.find((name) => name === level);
  if (known === undefined) {
    return {
      code: "LEVEL_INVALID",
      reason: `the level "${text(level)}" is not one of ${LEVELS.join(", ")}`,
      path: ["level"],
    };
  }
  const logsource = readLogsource(raw["logsource"]);
  if ("code" in logsource) return logsource;
  const detection = readDetection(raw["detection"]);
  if (isProblem(detection)) return detection;
  const tags = texts(raw["tags"]);
  return {
    id: text(raw["id"]) || `${path}#${title}`,
    title,
    level: known,
    status: text(raw["status"]) || "experimental",
    description: text(raw["description"]).trim(),
    author: texts(raw["author"]).join(", "),
    references: texts(raw["references"]),
    tags,
    falsepositives: texts(raw["falsepositives"]),
    fields: texts(raw["fields"]),
    logsource,
    detection,
    path,
    text: document.text,
    reads: fieldsOf(detection),
    attack: attackOf(tags),
    fed: isFed(logsource),
  };
}

function readLogsource(raw: unknown): Logsource | ReadProblem {
  const path = ["logsource"];
  if (!isRecord(raw)) return { code: "LOGSOURCE_MISSING", reason: 'the rule has no "logsource" map', path };
  const [product, category, service] = ["product", "category", "service"].map(
    (key) => text(raw[key]).toLowerCase() || undefined,
  );
  if (product === undefined && category === undefined && service === undefined) {
    return { code: "LOGSOURCE_MISSING", reason: "the log source needs a product, a category or a service", path };
  }
  return {
    ...(product === undefined ? {} : { product }),
    ...(category === undefined ? {} : { category }),
    ...(service === undefined ? {} : { service }),
  };
}

function fieldsOf(detection: { selections: Readonly<Record<string, Expression>> }): string[] {
  const names = new Set<string>();
  const visit = (expression: Expression): void => {
    if (expression.kind === "item") {
      if (expression.field !== undefined) names.add(expression.field);
      if (expression.test.kind === "fieldref") names.add(expression.test.other);
    } else if (expression.kind === "not") visit(expression.of);
    else if (expression.kind !== "selection") expression.of.forEach(visit);
  };
  Object.values(detection.selections).forEach(visit);
  return [...names].sort();
}

function attackOf(tags: readonly string[]): { tactics: string[]; techniques: string[] } {
  const names = tags.filter((tag) => tag.startsWith("attack.")).map((tag) => tag.slice("attack.".length));
  const techniques = names.filter((name) => /^t\d{4}(\.\d{3})?$/i.test(name));
  return {
    tactics: names.filter((name) => /^[a-z][a-z_-]*$/.test(name)).map((name) => name.replaceAll("_", "-")),
    techniques: techniques.map((name) => name.toUpperCase()),
  };
}

function texts(raw: unknown): string[] {
  const list: readonly unknown[] = Array.isArray(raw) ? raw : [raw];
  return list.map(text).filter((entry) => entry !== "");
}

function text(raw: unknown): string {
  if (typeof raw === "string") return raw;
  return typeof raw === "number" || typeof raw === "boolean" ? String(raw) : "";
}
