/** lint-settings: what lint is told by its options and by `.holdfast-lint.yml`: checks to leave out, severities, from where on it
 *  speaks and fails. Options win over the file. */
import { existsSync, readFileSync } from "node:fs";
import { LINT_CHECKS, type LintOptions, SEVERITIES, type Severity } from "@holdfast/sigma";
import { parse } from "yaml";
import { UsageError } from "../connection.ts";

export const LINT_FILE = ".holdfast-lint.yml";

export interface LintFlags {
  readonly disable?: readonly string[];
  readonly minSeverity?: string;
  readonly strict?: boolean;
  readonly lintConfig?: string;
}

export interface LintSettings extends LintOptions {
  /** Warnings fail as well. */
  readonly strict: boolean;
}

export function lintSettings(flags: LintFlags): LintSettings {
  const file = readFile(flags.lintConfig);
  const disabled = [...(file.disable ?? []), ...(flags.disable ?? []).flatMap((text) => text.split(","))]
    .map((code) => code.trim().toUpperCase())
    .filter((code) => code !== "");
  disabled.forEach(knownCode);
  return {
    disabled,
    severities: file.severity ?? {},
    minSeverity: severityOf(flags.minSeverity ?? file.min_severity ?? "info", "--min-severity"),
    strict: flags.strict ?? file.strict ?? false,
  };
}

interface LintFile {
  readonly disable?: readonly string[];
  readonly severity?: Readonly<Record<string, Severity>>;
  readonly min_severity?: string;
  readonly strict?: boolean;
}

function readFile(named: string | undefined): LintFile {
  const path = named ?? LINT_FILE;
  if (!existsSync(path)) {
    if (named === undefined) return {};
    throw new UsageError(`There is no file ${path}.`);
  }
  let value: unknown;
  try {
    value = parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new UsageError(
      `${path} is no YAML (${error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error)}).`,
    );
  }
  if (value === null || value === undefined) return {};
  if (typeof value !== "object" || Array.isArray(value)) throw new UsageError(`${path} is not a map of settings.`);
  const settings = new Map<string, unknown>(Object.entries(value));
  for (const key of settings.keys())
    if (!["disable", "severity", "min_severity", "strict"].includes(key))
      throw new UsageError(`${path} has no setting "${key}". It has disable, severity, min_severity and strict.`);
  const severity = settings.get("severity") ?? {};
  if (typeof severity !== "object" || severity === null) throw new UsageError(`${path}: severity is a map of codes.`);
  const entries = Object.entries(severity).map(([code, name]): [string, Severity] => [
    knownCode(code.toUpperCase()),
    severityOf(String(name), `${path}: ${code}`),
  ]);
  const least = settings.get("min_severity");
  return {
    disable: [settings.get("disable") ?? []].flat().map(String),
    severity: Object.fromEntries(entries),
    strict: settings.get("strict") === true,
    ...(least === undefined ? {} : { min_severity: String(least) }),
  };
}

function severityOf(name: string, where: string): Severity {
  const found = SEVERITIES.find((known) => known === name);
  if (found === undefined)
    throw new UsageError(`${where}: there is no severity "${name}". Severities: ${SEVERITIES.join(", ")}.`);
  return found;
}

function knownCode(code: string): string {
  if (LINT_CHECKS.some((check) => check.code === code)) return code;
  throw new UsageError(`There is no check "${code}". \`holdfast rules lint --list\` lists them.`);
}
