/** junit: results of cases as JUnit XML, a suite a case file, which every CI reads. */
import type { CaseResult } from "@holdfast/sigma";

export function junitXml(results: readonly CaseResult[]): string {
  const suites = new Map<string, CaseResult[]>();
  for (const result of results) suites.set(result.path, [...(suites.get(result.path) ?? []), result]);
  const failures = results.filter(({ passed }) => !passed).length;
  const body = [...suites].map(([path, cases]) => suiteXml(path, cases));
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="holdfast rules test" tests="${results.length}" failures="${failures}">\n${body.join("")}</testsuites>\n`;
}

function suiteXml(path: string, cases: readonly CaseResult[]): string {
  const failures = cases.filter(({ passed }) => !passed).length;
  return `  <testsuite name="${escaped(path)}" tests="${cases.length}" failures="${failures}">\n${cases.map(caseXml).join("")}  </testsuite>\n`;
}

function caseXml({ why, kind, rule, path, line, passed, reasons }: CaseResult): string {
  const head = `    <testcase name="${escaped(`${kind}: ${why}`)}" classname="${escaped(rule)}" file="${escaped(path)}" line="${line}"`;
  if (passed) return `${head}/>\n`;
  return `${head}>\n      <failure message="${escaped(reasons[0] ?? "failed")}">${escaped(reasons.join("\n"))}</failure>\n    </testcase>\n`;
}

/** XML 1.0 has no place for most control characters, not even escaped. */
function escaped(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
