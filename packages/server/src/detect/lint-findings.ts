/** lint-findings: what lint says about one text, beside what the loader says, with fixes as the whole text after them. */
import type { Finding } from "@holdfast/contracts/authoring";
import { type Finding as LintFinding, lintRules } from "@holdfast/sigma";

/** @param known what the loader said beside all other rules; what lint says under the same code is left out */
export function lintFindings(text: string, known: readonly Finding[]): Finding[] {
  const said = new Set(known.map(({ code }) => code));
  return lintRules([{ path: PATH, text }], { loading: false })
    .filter(({ code }) => !said.has(code))
    .map((finding) => ({
      severity: finding.severity === "info" ? "note" : finding.severity,
      code: finding.code,
      message: finding.message,
      line: finding.line,
      column: finding.column,
      fix: fixOf(text, finding),
    }));
}

const PATH = "text.yml";

function fixOf(text: string, { fix, code }: LintFinding): Finding["fix"] {
  if (fix.length === 0) return null;
  const edits = [...fix].sort((a, b) => b.from - a.from);
  return {
    title: `Mend ${code}`,
    text: edits.reduce((mended, { from, to, text: put }) => mended.slice(0, from) + put + mended.slice(to), text),
  };
}
