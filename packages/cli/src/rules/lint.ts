/** lint: `holdfast rules lint`: what is wrong or weak in rule files, and mends what is safe to mend. */
import { writeFileSync } from "node:fs";
import { LINT_CHECKS, lintRules, mendRuleFile, type RuleFile, SEVERITIES } from "@holdfast/sigma";
import { type Command, Option } from "commander";
import { UsageError } from "../connection.ts";
import type { Output } from "../output.ts";
import { LINT_FORMATS, type LintFormat, lintReport, lintSummary } from "./lint-report.ts";
import { type LinkFlags, linkOptionsOf, pipelineOption, placeholdersOption } from "./link-options.ts";
import { LINT_FILE, type LintFlags, lintSettings } from "./lint-settings.ts";
import { readRuleFiles } from "./rule-files.ts";

export function addRulesLint(rules: Command, out: Output): void {
  rules
    .command("lint [paths...]")
    .description("check rule files and folders, without a server")
    .option("--fix", "mend what is safe to mend, in the files; comments and layout stay")
    .option("-f, --format <format>", LINT_FORMATS.join(", "), "text")
    .option("--disable <codes...>", "checks to leave out")
    .option("--min-severity <severity>", `say nothing below it: ${SEVERITIES.join(", ")} (info)`)
    .option("--strict", "warnings fail, too")
    .option("--lint-config <file>", `settings (${LINT_FILE} in the current folder)`)
    .addOption(pipelineOption())
    .addOption(placeholdersOption())
    .option("--list", "list all checks and end")
    .option("--about <code>", "say what a check is about, with examples, and end")
    .addOption(new Option("--json", "short for --format json").implies({ format: "json" }))
    .addHelpText(
      "after",
      `
\`# lint-disable CODE\` in a rule file switches a check off: on a line of its own for the file, behind something for that line.
Ends with 0 when there is no error, 1 when there is (with --strict: or a warning), 2 on wrong usage.

Examples:
  holdfast rules lint rules/
  holdfast rules lint rules/ --fix --min-severity warning
  holdfast rules lint rules/ --format github --strict`,
    )
    .action(async (paths: string[], flags: Flags) => {
      if (flags.list === true) return listChecks(out, flags.format === "json");
      if (flags.about !== undefined) return about(flags.about, out);
      if (paths.length === 0) throw new UsageError("Name the files or folders to check.");
      const format = LINT_FORMATS.find((known) => known === flags.format);
      if (format === undefined)
        throw new UsageError(`There is no format "${flags.format}". Formats: ${LINT_FORMATS.join(", ")}.`);
      await lint(paths, { ...flags, format }, out);
    });
}

interface Flags extends LintFlags, LinkFlags {
  readonly fix?: boolean;
  readonly format: string;
  readonly list?: boolean;
  readonly about?: string;
}

async function lint(
  paths: readonly string[],
  flags: Flags & { readonly format: LintFormat },
  out: Output,
): Promise<void> {
  const { strict, ...settings } = lintSettings(flags);
  const options = { ...settings, ...(await linkOptionsOf(flags)) };
  let files: readonly RuleFile[] = readRuleFiles(paths);
  if (flags.fix === true) files = mend(files, options, out);
  const findings = lintRules(files, options);
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  for (const line of lintReport(findings, flags.format, texts)) out.line(line);
  const summary = lintSummary(findings, files.length);
  if (flags.format !== "text") summary.slice(-1).forEach(out.say);
  else for (const line of findings.length === 0 ? summary : ["", ...summary]) out.line(line);
  const failing = findings.some(({ severity }) => severity === "error" || (strict && severity === "warning"));
  if (failing) process.exitCode = 1;
}

function mend(files: readonly RuleFile[], options: Parameters<typeof lintRules>[1], out: Output): RuleFile[] {
  const fixable = new Set(
    lintRules(files, options)
      .filter(({ fix }) => fix.length > 0)
      .map(({ path }) => path),
  );
  let mendings = 0;
  const changed = files.map((file) => {
    if (!fixable.has(file.path)) return file;
    const { text, mended } = mendRuleFile(file, options);
    if (mended.length === 0) return file;
    mendings += mended.length;
    writeFileSync(file.path, text);
    out.say(`mended ${file.path}: ${[...new Set(mended.map(({ code }) => code))].join(", ")}`);
    return { ...file, text };
  });
  out.say(mendings === 0 ? "There was nothing to mend." : `${mendings} findings mended.`);
  return changed;
}

function listChecks(out: Output, json: boolean): void {
  if (json) for (const { code, severity, teaches } of LINT_CHECKS) out.json({ code, severity, teaches });
  else
    out.table(
      ["code", "severity", "why"],
      LINT_CHECKS.map(({ code, severity, teaches }) => [code, severity, teaches]),
    );
}

function about(code: string, out: Output): void {
  const check = LINT_CHECKS.find((known) => known.code === code.toUpperCase());
  if (check === undefined)
    throw new UsageError(`There is no check "${code}". \`holdfast rules lint --list\` lists them.`);
  const indented = (example: string | readonly string[]): string =>
    [example].flat().join("\n---\n").replaceAll(/^/gm, "    ");
  out.line(
    `${check.code} (${check.severity})\n\n${check.teaches}\n\nBad:\n${indented(check.bad)}\n\nGood:\n${indented(check.good)}`,
  );
}
