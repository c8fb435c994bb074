/** scan-rules: the rules of a scan: read from files and folders, narrowed down by level, status and tag. What is not loaded is
 *  listed with its place; what was left out by a filter is counted. Nothing is left out in silence. */
import { type Dirent, promises as fs } from "node:fs";
import { join } from "node:path";
import {
  type CorrelationRule,
  type Level,
  parseRules,
  type Rule,
  type RuleFile,
  type RuleProblem,
} from "@holdfast/sigma";
import { UsageError } from "../connection.ts";
import { type LinkFlags, linkOptionsOf } from "../rules/link-options.ts";

export const LEVELS: readonly Level[] = ["informational", "low", "medium", "high", "critical"];

export interface RuleFilter {
  readonly minLevel: Level;
  /** Any of them; none given = all. */
  readonly statuses: readonly string[];
  /** Any of them; `attack.t1003` covers its sub-techniques. */
  readonly tags: readonly string[];
}

export interface ScanRules {
  /** Also those that only feed correlations. */
  readonly rules: readonly Rule[];
  readonly correlations: readonly CorrelationRule[];
  /** Ids of rules and correlations that raise no matches of their own: a correlation is made of them, and they are left out by
   *  a filter or by its `generate`. */
  readonly silent: ReadonlySet<string>;
  readonly problems: readonly RuleProblem[];
  /** Rules that a filter left out. */
  readonly filtered: number;
  /** Rules whose log source nothing feeds: loaded, but they cannot match. */
  readonly unfed: readonly Rule[];
}

export interface RuleSources {
  readonly paths: readonly string[];
  /** Files that the rules are linked with. */
  readonly links: LinkFlags;
}

export async function readScanRules({ paths, links }: RuleSources, filter: RuleFilter): Promise<ScanRules> {
  const files: RuleFile[] = [];
  const problems: RuleProblem[] = [];
  for (const path of paths) await readPath(path, files, problems);
  if (files.length === 0 && problems.length === 0) {
    throw new UsageError(
      `There is no rule file (.yml, .yaml) in ${paths.join(", ")}. Name a folder or file with rules.`,
    );
  }
  const parsed = parseRules(files, await linkOptionsOf(links));
  const wanted = new Set(
    [...parsed.rules, ...parsed.correlations].filter((rule) => isWanted(rule, filter)).map(({ id }) => id),
  );
  const needed = neededBy(parsed.correlations, wanted);
  const rules = parsed.rules.filter(({ id }) => wanted.has(id) || needed.has(id));
  const correlations = parsed.correlations.filter(({ id }) => wanted.has(id) || needed.has(id));
  const silent = new Set([...needed].filter((id) => !wanted.has(id) || !isGenerated(id, correlations)));
  return {
    rules,
    correlations,
    silent,
    problems: [...problems, ...parsed.problems],
    filtered: parsed.rules.length + parsed.correlations.length - wanted.size,
    unfed: rules.filter((rule) => !rule.fed),
  };
}

/** What the wanted correlations are made of, down through chained ones. */
function neededBy(correlations: readonly CorrelationRule[], wanted: ReadonlySet<string>): Set<string> {
  const byId = new Map(correlations.map((rule) => [rule.id, rule]));
  const needed = new Set<string>();
  const visit = (id: string): void => {
    for (const member of byId.get(id)?.rules ?? []) {
      if (needed.has(member)) continue;
      needed.add(member);
      visit(member);
    }
  };
  for (const id of wanted) visit(id);
  return needed;
}

/** Sigma: the rules of a correlation raise nothing of their own unless it says so. */
const isGenerated = (id: string, correlations: readonly CorrelationRule[]): boolean =>
  correlations.some((rule) => rule.generate && rule.rules.includes(id));

export function isWanted(rule: Pick<Rule, "level" | "status" | "tags">, filter: RuleFilter): boolean {
  if (LEVELS.indexOf(rule.level) < LEVELS.indexOf(filter.minLevel)) return false;
  if (filter.statuses.length > 0 && !filter.statuses.includes(rule.status.toLowerCase())) return false;
  return filter.tags.length === 0 || filter.tags.some((wanted) => rule.tags.some((tag) => covers(wanted, tag)));
}

const covers = (wanted: string, tag: string): boolean => {
  const [a, b] = [plain(wanted), plain(tag)];
  return a === b || b.startsWith(`${a}.`);
};

/** Tactics are written with dashes or underscores. */
const plain = (tag: string): string => tag.trim().toLowerCase().replaceAll("_", "-");

const MAX_FILE_BYTES = 1_000_000;
/** Ends a circle of links. */
const MAX_DEPTH = 24;

async function readPath(path: string, files: RuleFile[], problems: RuleProblem[]): Promise<void> {
  const facts = await fs.stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(
      error.code === "ENOENT"
        ? `There are no rules at ${path}: no such file or folder.`
        : `The rules at ${path} cannot be read (${error.code ?? error.message}).`,
    );
  });
  if (facts.isDirectory()) await readFolder(path, { files, problems }, 0);
  else await readOne(path, files, problems);
}

async function readFolder(
  folder: string,
  into: { readonly files: RuleFile[]; readonly problems: RuleProblem[] },
  depth: number,
): Promise<void> {
  const entries = await fs.readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    into.problems.push(unreadable(folder, error));
    return [] as Dirent[];
  });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith(".")) continue;
    const path = join(folder, entry.name);
    if (await isFolder(entry, path)) {
      if (depth < MAX_DEPTH) await readFolder(path, into, depth + 1);
    } else if (/(?<!\.cases)\.ya?ml$/i.test(entry.name)) await readOne(path, into.files, into.problems);
  }
}

async function isFolder(entry: Dirent, path: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return (await fs.stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

async function readOne(path: string, files: RuleFile[], problems: RuleProblem[]): Promise<void> {
  try {
    const text = await fs.readFile(path, "utf8");
    if (text.length <= MAX_FILE_BYTES) files.push({ path, text });
    else {
      const message = `the file has ${text.length} characters; a rule file may have ${MAX_FILE_BYTES}: split it into one rule a file`;
      problems.push({ path, line: 1, column: 1, code: "FILE_TOO_LARGE", message });
    }
  } catch (error) {
    problems.push(unreadable(path, error));
  }
}

function unreadable(path: string, error: unknown): RuleProblem {
  const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
  const message = `it cannot be read (${reason}): check its permissions`;
  return { path, line: 1, column: 1, code: "FILE_UNREADABLE", message };
}
