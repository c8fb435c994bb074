/** catalog: every check there is, in the order of docs/specs/lint.md. */
import type { Check } from "./check.ts";
import { ATTRIBUTE_CHECKS } from "./checks/attribute-checks.ts";
import { CONDITION_CHECKS } from "./checks/condition-checks.ts";
import { CORRELATION_CHECKS } from "./checks/correlation-checks.ts";
import { FILE_CHECKS } from "./checks/file-checks.ts";
import { IDENTITY_CHECKS } from "./checks/identity-checks.ts";
import { LOADER_CHECKS } from "./checks/loader-checks.ts";
import { MODIFIER_CHECKS } from "./checks/modifier-checks.ts";
import { REGEX_CHECKS } from "./checks/regex-checks.ts";
import { SELECTION_CHECKS } from "./checks/selection-checks.ts";
import { SOURCE_CHECKS } from "./checks/source-checks.ts";
import { TAG_CHECKS } from "./checks/tag-checks.ts";
import { TITLE_CHECKS } from "./checks/title-checks.ts";
import { VALUE_CHECKS } from "./checks/value-checks.ts";

export interface CheckGroup {
  readonly title: string;
  readonly checks: readonly Check[];
}

export const LINT_GROUPS: readonly CheckGroup[] = [
  { title: "What keeps a rule from being loaded", checks: LOADER_CHECKS },
  { title: "Conditions", checks: CONDITION_CHECKS },
  { title: "Selections", checks: SELECTION_CHECKS },
  { title: "Modifiers", checks: MODIFIER_CHECKS },
  { title: "Values", checks: VALUE_CHECKS },
  { title: "Regular expressions", checks: REGEX_CHECKS },
  { title: "Log sources and fields", checks: SOURCE_CHECKS },
  { title: "Correlations and filters", checks: CORRELATION_CHECKS },
  { title: "Title, description, author", checks: TITLE_CHECKS },
  { title: "Id, relations, status, level, dates", checks: IDENTITY_CHECKS },
  { title: "Attributes and lists", checks: ATTRIBUTE_CHECKS },
  { title: "Tags", checks: TAG_CHECKS },
  {
    title: "Files",
    checks: [
      ...FILE_CHECKS,
      {
        code: "LINT_CODE_UNKNOWN",
        severity: "warning",
        teaches: "The comment switches a check off that does not exist, so it does nothing.",
        bad: "level: high # lint-disable NO_SUCH_CODE",
        good: "level: high",
      },
    ],
  },
];

export const LINT_CHECKS: readonly Check[] = LINT_GROUPS.flatMap(({ checks }) => checks);
