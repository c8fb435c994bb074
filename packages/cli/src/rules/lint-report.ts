/** lint-report: findings for people, programs and code hosts: text by file, JSON lines, SARIF 2.1.0, annotations of GitHub. */
import { type Finding, LINT_CHECKS, type Severity } from "@holdfast/sigma";
import { safeText } from "../output.ts";

export const LINT_FORMATS = ["text", "json", "sarif", "github"] as const;
export type LintFormat = (typeof LINT_FORMATS)[number];

/** Lines of standard output. */
export function lintReport(
  findings: readonly Finding[],
  format: LintFormat,
  texts: ReadonlyMap<string, string>,
): string[] {
  switch (format) {
    case "text":
      return textLines(findings);
    case "json":
      return findings.map(({ fix, ...finding }) => JSON.stringify({ ...finding, fixable: fix.length > 0 }));
    case "github":
      return findings.map(annotation);
    case "sarif":
      return [JSON.stringify(sarif(findings, texts), undefined, 2)];
  }
}

/** How many of what, and by which checks when there are many. */
export function lintSummary(findings: readonly Finding[], files: number): string[] {
  if (findings.length === 0) return [`${count(files, "file")}: nothing to say.`];
  const of = (severity: Severity): number => findings.filter((finding) => finding.severity === severity).length;
  const fixable = findings.filter(({ fix }) => fix.length > 0).length;
  const codes = new Map<string, number>();
  for (const { code } of findings) codes.set(code, (codes.get(code) ?? 0) + 1);
  const byCode = [...codes]
    .sort((a, b) => b[1] - a[1])
    .map(([code, number]) => `${String(number).padStart(6)}  ${code}`);
  const touched = new Set(findings.map(({ path }) => path)).size;
  return [
    ...(findings.length > 20 ? [...byCode, ""] : []),
    `${count(of("error"), "error")}, ${count(of("warning"), "warning")}, ${count(of("info"), "note")} in ${touched} of ${count(files, "file")}.${
      fixable === 0 ? "" : ` ${fixable} can be mended with --fix.`
    }`,
  ];
}

function textLines(findings: readonly Finding[]): string[] {
  const lines: string[] = [];
  let path = "";
  for (const finding of findings) {
    if (finding.path !== path) {
      if (path !== "") lines.push("");
      path = finding.path;
      lines.push(safeText(path));
    }
    const place = `${finding.line}:${finding.column}`.padStart(8);
    const fixable = finding.fix.length > 0 ? "  [--fix]" : "";
    lines.push(`${place}  ${finding.severity.padEnd(7)}  ${finding.code}  ${safeText(finding.message)}${fixable}`);
  }
  return lines;
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;

const GITHUB: Readonly<Record<Severity, string>> = { error: "error", warning: "warning", info: "notice" };

function annotation({ path, line, column, code, severity, message }: Finding): string {
  const data = (text: string): string => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
  const property = (text: string): string => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
  return `::${GITHUB[severity]} file=${property(path)},line=${line},col=${column},title=${property(code)}::${data(message)}`;
}

const SARIF: Readonly<Record<Severity, string>> = { error: "error", warning: "warning", info: "note" };

function sarif(findings: readonly Finding[], texts: ReadonlyMap<string, string>): object {
  const codes = [...new Set(findings.map(({ code }) => code))];
  const rules = codes.map((id) => {
    const check = LINT_CHECKS.find(({ code }) => code === id);
    return { id, ...(check === undefined ? {} : { fullDescription: { text: check.teaches } }) };
  });
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "Holdfast rules lint", informationUri: "https://sigmahq.io/", rules } },
        columnKind: "utf16CodeUnits",
        results: findings.map((finding) => ({
          ruleId: finding.code,
          ruleIndex: codes.indexOf(finding.code),
          level: SARIF[finding.severity],
          message: { text: finding.message },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: uriOf(finding.path) },
                region: { startLine: finding.line, startColumn: finding.column },
              },
            },
          ],
          ...(finding.fix.length === 0 ? {} : { fixes: [sarifFix(finding, texts.get(finding.path) ?? "")] }),
        })),
      },
    ],
  };
}

function sarifFix({ path, fix, message }: Finding, text: string): object {
  const positionOf = (offset: number): { line: number; column: number } => {
    const before = text.slice(0, offset).split("\n");
    return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
  };
  return {
    description: { text: message },
    artifactChanges: [
      {
        artifactLocation: { uri: uriOf(path) },
        replacements: fix.map((edit) => {
          const [start, end] = [positionOf(edit.from), positionOf(edit.to)];
          return {
            deletedRegion: {
              startLine: start.line,
              startColumn: start.column,
              endLine: end.line,
              endColumn: end.column,
            },
            insertedContent: { text: edit.text },
          };
        }),
      },
    ],
  };
}

const uriOf = (path: string): string => path.split(/[/\\]/).map(encodeURIComponent).join("/");
