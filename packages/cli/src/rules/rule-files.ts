/** rule-files: the texts of rule files and folders that a command was given. Nothing needs to be right with them: what is wrong is
 *  what lint is there to say. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { RuleFile } from "@holdfast/sigma";
import { UsageError } from "../connection.ts";

/** In a stable order; folders with all below them, without hidden files and without cases. */
export function readRuleFiles(paths: readonly string[]): RuleFile[] {
  const files = new Map<string, RuleFile>();
  for (const path of paths) {
    for (const found of rulePaths(path)) files.set(found, { path: found, text: readFileSync(found, "utf8") });
  }
  if (files.size === 0)
    throw new UsageError(
      `There is no rule file (.yml, .yaml) in ${paths.join(", ")}. Name a file or folder with rules.`,
    );
  return [...files.values()];
}

export function isCasePath(path: string): boolean {
  return /\.cases\.ya?ml$/i.test(path) || /(^|[/\\])info\.ya?ml$/i.test(path);
}

/** Every file below a folder, or the file itself. */
export function pathsBelow(path: string): string[] {
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts === undefined) throw new UsageError(`There is no file or folder ${path}.`);
  if (!facts.isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => !entry.name.startsWith("."))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const inner = join(path, entry.name);
      if (entry.isDirectory()) return pathsBelow(inner);
      return entry.isFile() || (entry.isSymbolicLink() && statSync(inner, { throwIfNoEntry: false })?.isFile() === true)
        ? [inner]
        : [];
    });
}

function rulePaths(path: string): string[] {
  const found = pathsBelow(path);
  // A file that is named is taken, whatever it is called.
  return found.length === 1 && found[0] === path
    ? found
    : found.filter((inner) => /\.ya?ml$/i.test(inner) && !isCasePath(inner));
}
