/**
 * finding: what lint says about a rule file: where, which check, how grave, in words, and where it is safe, the edits that mend
 * it. Edits are places in the file's text, so whoever applies them keeps comments and layout.
 */

/** From the least to the gravest. */
export const SEVERITIES = ["info", "warning", "error"] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface TextEdit {
  /** Offsets into the text of the file; `to` is the first character that stays. */
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

export interface Finding {
  readonly path: string;
  /** 1-based. */
  readonly line: number;
  readonly column: number;
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  /** Edits that mend it without changing what the rule matches; empty when a person has to decide. */
  readonly fix: readonly TextEdit[];
}
