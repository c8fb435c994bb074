/** lint-page: docs/specs/lint.md, made from the checks themselves: what each is about, with the examples that its test runs. Prints
 *  it; a test holds the page equal, so that no check goes without words and no words without a check. */
import { type Check, LINT_CHECKS, LINT_GROUPS, lintRules } from "../packages/sigma/src/index.ts";
import { exampleFiles } from "../packages/sigma/src/lint/examples.testing.ts";

const HEAD = `# What lint checks

\`holdfast rules lint\` looks at rule files without a server ([guide](../guide/rules.md#check-them)). This page is made from the checks
(\`node scripts/lint-page.ts\`); every example on it is a test: the bad one is found, the good one is not.

- **error**: the rule is not loaded, never fires, or always does. Ends with 1.
- **warning**: it loads and most likely does not do what its author thinks. Fails with \`--strict\`.
- **info**: it works; it could be clearer, faster or more complete.

*mends* stands where \`--fix\` can settle it, as edits on the text: comments, order and layout stay, and the rule matches what it
matched before. Examples show the attributes that matter, of an otherwise complete rule.

## Switch checks off

- for all files: \`--disable CODE\`, or \`disable: [CODE]\` in \`.holdfast-lint.yml\`;
- for one file: a comment \`# lint-disable CODE, CODE\` on a line of its own;
- for one line: the same comment behind what stands there.

\`.holdfast-lint.yml\` lies in the folder the command is run in, or is named with \`--lint-config\`:

\`\`\`yaml
disable: [TAG_TECHNIQUE_MISSING]
severity: { FIELD_NOT_IN_SOURCE: info } # another severity than the check's own
min_severity: warning # say nothing below it
strict: true # warnings fail
\`\`\`
`;

export function lintPage(): string {
  const groups = LINT_GROUPS.map(({ title, checks }) => `## ${title}\n\n${checks.map(section).join("\n")}`);
  return `${HEAD}\n${LINT_CHECKS.length} checks.\n\n${groups.join("\n")}`;
}

function section({ code, severity, teaches, bad, good }: Check): string {
  const mends = lintRules(exampleFiles(bad)).some((found) => found.code === code && found.fix.length > 0);
  return `### ${code}\n\n${severity}${mends ? ", *mends*" : ""}. ${teaches}\n\n${block("Bad", bad)}\n${block("Good", good)}`;
}

function block(title: string, example: Check["bad"]): string {
  const parts = typeof example === "string" ? [example] : example;
  const text = parts.map((part, index) => (parts.length > 1 ? `# file ${index + 1}\n${part}` : part)).join("\n");
  return `${title}:\n\n\`\`\`yaml\n${text.replaceAll("\u200b", "<U+200B>")}\n\`\`\`\n`;
}

if (process.argv[1] === import.meta.filename) process.stdout.write(lintPage());
