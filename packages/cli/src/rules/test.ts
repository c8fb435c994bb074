/** test: `holdfast rules test`: rules against their cases, in the style of CI: exit codes, JSON lines, JUnit. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";
import { type CaseFile, type CaseResult, createCaseRunner, parseRules, readCaseFile } from "@holdfast/sigma";
import { type Command, Option } from "commander";
import { UsageError } from "../connection.ts";
import { type Output, safeText } from "../output.ts";
import { createRecordReader } from "./event-records.ts";
import { junitXml } from "./junit.ts";
import { type LinkFlags, linkOptionsOf, pipelineOption, placeholdersOption } from "./link-options.ts";
import { isCasePath, pathsBelow, readRuleFiles } from "./rule-files.ts";

const FORMATS = ["text", "json", "junit"] as const;

export function addRulesTest(rules: Command, out: Output): void {
  rules
    .command("test <paths...>")
    .description("decide the cases of rules (*.cases.yml, SigmaHQ's info.yml), without a server")
    .option("-r, --rules <paths...>", "rule files and folders, when they do not lie beside their cases")
    .option("--exact", "a match case may raise no other rule than those it names")
    .option("-f, --format <format>", FORMATS.join(", "), "text")
    .option("-o, --output <file>", "write the result to a file")
    .addOption(pipelineOption())
    .addOption(placeholdersOption())
    .addOption(new Option("--json", "short for --format json").implies({ format: "json" }))
    .addHelpText(
      "after",
      `
A path is a case file, a rule file that has cases beside it, or a folder of both. The format of cases: docs/specs/rule-cases.md.
Ends with 0 when every case passed, 1 when one failed or could not be read, 2 on wrong usage.

Examples:
  holdfast rules test rules/
  holdfast rules test cases/ --rules rules/ --format junit --output cases.xml
  holdfast rules test sigma/regression_data --rules sigma/rules`,
    )
    .action(async (paths: string[], flags: Flags) => {
      if (!FORMATS.some((known) => known === flags.format))
        throw new UsageError(`There is no format "${flags.format}". Formats: ${FORMATS.join(", ")}.`);
      const { results, lines } = await testRules(paths, flags);
      for (const line of lines) out.warn(line);
      const text = reportOf(results, flags.format);
      if (flags.output === undefined) out.line(text);
      else writeFileSync(flags.output, `${text}\n`);
      const failed = results.filter(({ passed }) => !passed).length;
      if (flags.format !== "text" || flags.output !== undefined) out.say(sentence(results));
      if (failed > 0 || results.length === 0) process.exitCode = 1;
    });
}

interface Flags extends LinkFlags {
  readonly rules?: string[];
  readonly exact?: boolean;
  readonly format: string;
  readonly output?: string;
}

async function testRules(paths: readonly string[], flags: Flags): Promise<{ results: CaseResult[]; lines: string[] }> {
  const cases = paths.flatMap(casePaths);
  if (cases.length === 0)
    throw new UsageError(
      `There are no cases in ${paths.join(", ")}: they are files that end in .cases.yml, or SigmaHQ's info.yml.`,
    );
  const files = new Map<string, CaseFile>();
  const results: CaseResult[] = [];
  for (const path of cases) {
    const read = readCaseFile(path, readFileSync(path, "utf8"));
    if (read.ok) files.set(path, read.file);
    else
      for (const { line, message } of read.problems)
        results.push({ why: "the case file", kind: "file", rule: path, path, line, passed: false, reasons: [message] });
  }
  const beside = cases.flatMap(rulesBeside).filter((path) => !isCasePath(path));
  const ruleFiles = readRuleFiles([
    ...(flags.rules ?? []),
    ...new Set(beside),
    ...paths.filter((path) => !isCasePath(path)),
  ]);
  const { rules, correlations, problems } = parseRules(ruleFiles, await linkOptionsOf(flags));
  const reader = createRecordReader();
  const runner = createCaseRunner({
    rules,
    correlations,
    readRecord: reader.event,
    readEvents: (path, caseFile) => reader.events(eventPath(path, caseFile)),
    exact: flags.exact ?? false,
  });
  for (const file of files.values()) results.push(...(await runner.run(file)));
  return { results, lines: problems.map(({ path, line, column, message }) => `${path}:${line}:${column}: ${message}`) };
}

function casePaths(path: string): string[] {
  const found = pathsBelow(path);
  if (found.length === 1 && found[0] === path && !isCasePath(path)) return casesBeside(path);
  return found.filter(isCasePath);
}

function casesBeside(rule: string): string[] {
  return [".cases.yml", ".cases.yaml"]
    .map((ending) => rule.replace(/\.ya?ml$/i, ending))
    .filter((path) => existsSync(path));
}

function rulesBeside(cases: string): string[] {
  if (!/\.cases\.ya?ml$/i.test(cases)) return [];
  return [".yml", ".yaml"]
    .map((ending) => cases.replace(/\.cases\.ya?ml$/i, ending))
    .filter((path) => existsSync(path));
}

/** Beside the case file, or from the current folder; SigmaHQ writes paths from the root of its repository. */
function eventPath(path: string, caseFile: string): string {
  if (isAbsolute(path)) return path;
  const candidates = [join(dirname(caseFile), path), path, join(dirname(caseFile), basename(path))];
  return candidates.find((candidate) => existsSync(candidate)) ?? join(dirname(caseFile), path);
}

function reportOf(results: readonly CaseResult[], format: string): string {
  if (format === "json") return results.map((result) => JSON.stringify(result)).join("\n");
  if (format === "junit") return junitXml(results).trimEnd();
  const failed = results.filter(({ passed }) => !passed);
  const lines = failed.flatMap(({ path, line, rule, kind, why, reasons }) => [
    `FAIL  ${safeText(path)}:${line}  ${safeText(rule)}  ${kind}: ${safeText(why)}`,
    ...reasons.map((reason) => `      ${safeText(reason)}`),
  ]);
  return [...lines, ...(lines.length > 0 ? [""] : []), sentence(results)].join("\n");
}

function sentence(results: readonly CaseResult[]): string {
  const failed = results.filter(({ passed }) => !passed).length;
  const files = new Set(results.map(({ path }) => path)).size;
  const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;
  return `${count(results.length, "case")} in ${count(files, "file")}: ${results.length - failed} passed, ${failed} failed.`;
}
