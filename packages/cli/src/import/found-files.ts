/** found-files: the files that the given paths name: folders with everything in them but hidden files, in a stable order. Links
 *  to files are followed, links to folders are not, so no loop can catch it. */
import { type Dirent, statSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

export interface FoundFile {
  readonly path: string;
  readonly size: number;
  /** A pipe or device: it can be read once only. */
  readonly once: boolean;
}

export type FileReport = (path: string, message: string) => void;

/** `-` is standard input. */
export const STDIN = "-";

export async function findFiles(paths: readonly string[], report: FileReport): Promise<FoundFile[]> {
  const files: FoundFile[] = [];
  for (const path of paths) {
    if (path === STDIN) {
      files.push({ path, size: 0, once: true });
      continue;
    }
    try {
      const facts = await stat(path);
      if (facts.isDirectory()) await findInFolder(path, files, report);
      else files.push({ path, size: facts.isFile() ? facts.size : 0, once: !facts.isFile() });
    } catch (error) {
      report(path, unreadable(error));
    }
  }
  return files;
}

async function findInFolder(folder: string, files: FoundFile[], report: FileReport): Promise<void> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    report(folder, unreadable(error));
    return;
  }
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith(".")) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await findInFolder(path, files, report);
    else if (entry.isFile() || entry.isSymbolicLink()) addFile(path, files, report);
  }
}

function addFile(path: string, files: FoundFile[], report: FileReport): void {
  try {
    const facts = statSync(path);
    if (facts.isFile()) files.push({ path, size: facts.size, once: false });
  } catch (error) {
    report(path, unreadable(error));
  }
}

function unreadable(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "there is no such file or folder; check the path.";
  if (code === "EACCES" || code === "EPERM")
    return "it may not be read by this user; change its permissions or the user.";
  return `it cannot be read (${error instanceof Error ? error.message : String(error)}).`;
}
