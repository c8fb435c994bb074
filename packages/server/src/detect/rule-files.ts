/** rule-files: reads the configured rule folders and single rule files. What cannot be read is a problem with its place, never a
 *  stop. Files stand in a fixed order (as configured, then by path), so that of two rules with one id the same one wins. */
import { type Dirent, promises as fs } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import type { RuleProblem } from "@holdfast/contracts/detect";

export interface RuleFolder {
  /** "starter", or the configured path. */
  readonly pack: string;
  /** A folder, read with all below it, or one file. */
  readonly place: string;
  /** The setting that names it. */
  readonly setting?: string;
}

export interface RuleText {
  readonly pack: string;
  /** Below the folder, with forward slashes; of a single file its name. */
  readonly path: string;
  readonly text: string;
}

export interface RuleFilesRead {
  readonly files: readonly RuleText[];
  readonly problems: readonly RuleProblem[];
}

/** Changes whenever a file is added, removed or written; cheap enough to ask every few seconds. */
export async function fingerprint(folders: readonly RuleFolder[]): Promise<string> {
  const parts: string[] = [];
  for (const folder of folders) {
    const { base, paths } = await listRuleFiles(folder);
    for (const path of paths) {
      const stat = await fs.stat(join(base, path)).catch(() => undefined);
      parts.push(`${folder.pack}\u0000${path}\u0000${stat?.mtimeMs ?? 0}\u0000${stat?.size ?? 0}`);
    }
  }
  return parts.join("\n");
}

export async function readRuleFiles(folders: readonly RuleFolder[]): Promise<RuleFilesRead> {
  const files: RuleText[] = [];
  const problems: RuleProblem[] = [];
  for (const folder of folders) {
    const listed = await listRuleFiles(folder);
    problems.push(...listed.problems);
    for (const path of listed.paths) {
      const read = await readOne(folder, listed.base, path);
      if ("text" in read) files.push(read);
      else problems.push(read);
    }
  }
  return { files, problems };
}

/** One name for a rule file over all folders. */
export function qualifiedPath(file: { readonly pack: string; readonly path: string }): string {
  return `${file.pack}/${file.path}`;
}

const MAX_FILE_BYTES = 1_000_000;
const MAX_FILES = 50_000;
/** Ends a circle of symbolic links. */
const MAX_DEPTH = 12;

interface Listed {
  /** What paths are relative to. */
  readonly base: string;
  readonly paths: string[];
  readonly problems: RuleProblem[];
}

async function listRuleFiles(folder: RuleFolder): Promise<Listed> {
  const paths: string[] = [];
  const problems: RuleProblem[] = [];
  if (await isFile(folder.place)) return { base: dirname(folder.place), paths: [basename(folder.place)], problems };
  const walk = async (directory: string, depth: number): Promise<void> => {
    const entries = await fs.readdir(directory, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      problems.push(unreadable(folder, directory, error));
      return [] as Dirent[];
    });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const full = join(directory, entry.name);
      if (await isFolder(entry, full)) {
        if (depth < MAX_DEPTH) await walk(full, depth + 1);
      } else if (isRuleFile(entry.name) && paths.length < MAX_FILES) paths.push(below(folder.place, full));
    }
  };
  await walk(folder.place, 0);
  return { base: folder.place, paths: paths.sort(), problems };
}

async function isFile(place: string): Promise<boolean> {
  const stat = await fs.stat(place).catch(() => undefined);
  return stat?.isFile() ?? false;
}

async function isFolder(entry: Dirent, full: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  const target = await fs.stat(full).catch(() => undefined);
  return target?.isDirectory() ?? false;
}

function isRuleFile(name: string): boolean {
  return /\.ya?ml$/i.test(name) && !/\.cases\.ya?ml$/i.test(name) && !name.startsWith(".");
}

async function readOne(folder: RuleFolder, base: string, path: string): Promise<RuleText | RuleProblem> {
  const full = join(base, path);
  try {
    const { size } = await fs.stat(full);
    if (size > MAX_FILE_BYTES) {
      const message = `The file has ${size} bytes; it may have ${MAX_FILE_BYTES}: split it into several.`;
      return { pack: folder.pack, path, line: 1, column: 1, code: "FILE_TOO_LARGE", message };
    }
    return { pack: folder.pack, path, text: await fs.readFile(full, "utf8") };
  } catch (error) {
    return unreadable(folder, full, error);
  }
}

function unreadable(folder: RuleFolder, at: string, error: unknown): RuleProblem {
  const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
  const what = reason === "ENOENT" ? "does not exist" : `cannot be read (${reason})`;
  const message = `${at} ${what}: correct ${folder.setting ?? "rules.paths"} or the permissions, then reload.`;
  return { pack: folder.pack, path: below(folder.place, at), line: 1, column: 1, code: "FILE_UNREADABLE", message };
}

function below(base: string, full: string): string {
  return relative(base, full).split(sep).join("/");
}
