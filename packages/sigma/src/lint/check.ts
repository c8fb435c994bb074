/**
 * check: the shape of one check: its code, how grave a finding is, what it teaches, an example of each kind, and the function
 * that looks. The examples are the check's test and its entry in docs/specs/lint.md.
 */
import type { Path } from "../load/detection-reader.ts";
import type { LinkOptions } from "../load/link.ts";
import type { Severity, TextEdit } from "./finding.ts";
import type { LintDocument } from "./lint-document.ts";
import type { SourceText } from "./source-text.ts";

export interface Remark {
  /** The path of keys that leads to the value it is about; empty: the document. */
  readonly at?: Path;
  /** True: it is about the key, not the value. */
  readonly key?: boolean;
  /** Offset into the scalar at the path. */
  readonly offset?: number;
  readonly message: string;
  readonly fix?: (source: SourceText) => readonly TextEdit[] | undefined;
}

export type Report = (remark: Remark) => void;

/** Top-level attributes that replace those of a complete rule; several entries are several files. */
export type Example = string | readonly string[];

export interface Check {
  readonly code: string;
  readonly severity: Severity;
  /** Why it matters, in one or two sentences. */
  readonly teaches: string;
  readonly bad: Example;
  readonly good: Example;
  /** What the examples are read with. */
  readonly given?: LinkOptions;
  /** Neither of the two: the loader or the engine finds it, lint only says it. */
  readonly look?: (document: LintDocument, report: Report) => void;
  /** Looks at all documents together. */
  readonly lookAcross?: (
    documents: readonly LintDocument[],
    report: (document: LintDocument, remark: Remark) => void,
  ) => void;
}
