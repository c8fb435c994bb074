/**
 * lint: rule files in, findings out: what the loader refuses, and what loads and is still wrong, weak or unclear. Files are
 * looked at one by one and together, so ids, titles and references across files are held against each other.
 */
import type { LinkOptions } from "../load/link.ts";
import { parseRules } from "../load/rules.ts";
import type { RuleFile, RuleProblem } from "../rule.ts";
import { LINT_CHECKS } from "./catalog.ts";
import type { Check, Remark } from "./check.ts";
import { type Finding, SEVERITIES, type Severity } from "./finding.ts";
import { type LintDocument, lintDocuments } from "./lint-document.ts";
import { didYouMean } from "./nearest.ts";
import { readSuppression, type Suppression } from "./suppression.ts";

export interface LintOptions extends LinkOptions {
  readonly disabled?: readonly string[] | undefined;
  /** Code -> another severity than its own. */
  readonly severities?: Readonly<Record<string, Severity>> | undefined;
  readonly minSeverity?: Severity | undefined;
  /** False: the caller has loaded the files itself, beside others that lint does not see, and knows what the loader refused. */
  readonly loading?: boolean | undefined;
}

/** In the order of the files, and within a file from top to bottom. */
export function lintRules(files: readonly RuleFile[], options: LintOptions = {}): Finding[] {
  const judge = createJudge(files, options);
  const documents = files.flatMap(lintDocuments);
  const findings = LINT_CHECKS.filter(({ code }) => judge.severityOf(code) !== undefined).flatMap((check) =>
    remarksOf(check, documents).flatMap(({ document, remark }) => judge.finding(check.code, document, remark)),
  );
  const own = new Set(findings.map(({ path, code }) => `${code} ${path}`));
  // The loader stops at the first problem of a document; a check with the same code has said all of them.
  const loading = (options.loading === false ? [] : parseRules(files, options).problems)
    .filter(({ code, path }) => !own.has(`${code} ${path}`))
    .flatMap((problem) => judge.problem(problem));
  return sorted(files, [...findings, ...loading, ...judge.unknownCodes()]);
}

interface JudgedRemark {
  readonly document: LintDocument;
  readonly remark: Remark;
}

function remarksOf(check: Check, documents: readonly LintDocument[]): JudgedRemark[] {
  const remarks: JudgedRemark[] = [];
  if (check.look !== undefined)
    for (const document of documents) check.look(document, (remark) => void remarks.push({ document, remark }));
  check.lookAcross?.(documents, (document, remark) => void remarks.push({ document, remark }));
  return remarks;
}

interface Judge {
  /** Undefined: nobody wants to hear of it. */
  severityOf(code: string): Severity | undefined;
  /** Empty when it is suppressed at its place. */
  finding(code: string, document: LintDocument, remark: Remark): Finding[];
  problem(problem: RuleProblem): Finding[];
  unknownCodes(): Finding[];
}

function createJudge(files: readonly RuleFile[], options: LintOptions): Judge {
  const disabled = new Set(options.disabled);
  const least = SEVERITIES.indexOf(options.minSeverity ?? "info");
  const suppressions = new Map<string, Suppression>();
  for (const { path, text } of files) suppressions.set(path, readSuppression(text));
  const severityOf = (code: string): Severity | undefined => {
    const severity = options.severities?.[code] ?? known.get(code)?.severity ?? "error";
    return disabled.has(code) || SEVERITIES.indexOf(severity) < least ? undefined : severity;
  };
  const kept = (finding: Omit<Finding, "severity">): Finding[] => {
    const severity = severityOf(finding.code);
    const silent = suppressions.get(finding.path)?.suppresses(finding.code, finding.line) === true;
    return severity === undefined || silent ? [] : [{ ...finding, severity }];
  };
  return {
    severityOf,
    finding: (code, { file, source }, { at = [], key, offset, message, fix }) => {
      const place = source.positionOf(at, {
        ...(key === undefined ? {} : { key }),
        ...(offset === undefined ? {} : { offset }),
      });
      return kept({ path: file.path, ...place, code, message, fix: fix?.(source) ?? [] });
    },
    problem: ({ path, line, column, code, message }) =>
      kept({ path, line, column, code, message: sentence(message), fix: [] }),
    unknownCodes: () =>
      [...suppressions].flatMap(([path, { named }]) =>
        named
          .filter(({ code }) => !known.has(code))
          .flatMap(({ code, line, column }) => {
            const message = `There is no check "${code}".${didYouMean(code, known.keys())}`;
            return kept({ path, line, column, code: "LINT_CODE_UNKNOWN", message, fix: [] });
          }),
      ),
  };
}

const known: ReadonlyMap<string, Check> = new Map(LINT_CHECKS.map((check) => [check.code, check]));

/** The loader's reasons are written to stand behind a colon. */
function sentence(reason: string): string {
  const text = reason.charAt(0).toUpperCase() + reason.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function sorted(files: readonly RuleFile[], findings: readonly Finding[]): Finding[] {
  const order = new Map(files.map(({ path }, index) => [path, index]));
  return [...findings].sort(
    (a, b) =>
      (order.get(a.path) ?? 0) - (order.get(b.path) ?? 0) ||
      a.line - b.line ||
      a.column - b.column ||
      (a.code < b.code ? -1 : a.code > b.code ? 1 : 0),
  );
}
