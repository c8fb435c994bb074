/**
 * mend: applies the fixes of findings to a file, as edits on its text: comments, order and layout stay. A mended file that would
 * load worse than before is given back as it was.
 */
import { parseRules } from "../load/rules.ts";
import type { RuleFile } from "../rule.ts";
import type { Finding, TextEdit } from "./finding.ts";
import { type LintOptions, lintRules } from "./lint.ts";

export interface Mended {
  readonly text: string;
  /** Findings that were mended. */
  readonly mended: readonly Finding[];
}

/** One fix can make room for the next; more rounds than this would be two checks that undo each other. */
const MOST_ROUNDS = 10;

export function mendRuleFile(file: RuleFile, options: LintOptions = {}): Mended {
  const before = problemsIn(file);
  let text = file.text;
  const mended: Finding[] = [];
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const found = lintRules([{ ...file, text }], options).filter(({ fix }) => fix.length > 0);
    const sound = ({ edits }: Edits): boolean => problemsIn({ ...file, text: applyEdits(text, edits) }) <= before;
    const together = withoutOverlaps(found);
    const next = sound(together) ? together : found.map((finding) => withoutOverlaps([finding])).find(sound);
    if (next === undefined || next.applied.length === 0) break;
    text = applyEdits(text, next.edits);
    mended.push(...next.applied);
  }
  return { text, mended };
}

interface Edits {
  readonly edits: readonly TextEdit[];
  readonly applied: readonly Finding[];
}

function problemsIn(file: RuleFile): number {
  return parseRules([file]).problems.length;
}

/** Of fixes that touch the same text the first is taken; the next round looks again. */
function withoutOverlaps(findings: readonly Finding[]): Edits {
  const edits: TextEdit[] = [];
  const applied: Finding[] = [];
  for (const finding of findings) {
    const free = finding.fix.every((edit) => edits.every((other) => edit.to <= other.from || edit.from >= other.to));
    if (!free) continue;
    edits.push(...finding.fix);
    applied.push(finding);
  }
  return { edits, applied };
}

function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const ordered = [...edits].sort((a, b) => b.from - a.from);
  return ordered.reduce((result, { from, to, text: put }) => result.slice(0, from) + put + result.slice(to), text);
}
