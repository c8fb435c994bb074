/** tree: what lies under a folder, as relative names with slashes: files, folders and symbolic links apart. What vanishes while it is
 *  read is left out: the folders of a running store are never still. */
import { readdir, readlink } from "node:fs/promises";
import { dirname, isAbsolute, join, relative } from "node:path";

/** A file to be copied under a name. */
export interface FileToCopy {
  /** Its name in the copy, with slashes. */
  readonly path: string;
  readonly from: string;
  /** Only so many bytes of it, which must be there. */
  readonly limit?: number;
  /** It may have gone since it was listed. */
  readonly fleeting?: boolean;
}

export interface Tree {
  readonly files: readonly FileToCopy[];
  readonly folders: readonly string[];
  /** Targets are relative to where the link lies. */
  readonly links: readonly { readonly path: string; readonly target: string }[];
}

export type Wanted = (path: string, isFolder: boolean) => boolean;

/** Everything under `root` that is wanted; what is not wanted is not entered. An absent root is an empty tree. */
export async function readTree(root: string, wanted: Wanted = () => true): Promise<Tree> {
  const tree = { files: [] as FileToCopy[], folders: [] as string[], links: [] as { path: string; target: string }[] };
  const walk = async (folder: string): Promise<void> => {
    for (const entry of await readFolder(join(root, folder))) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (!wanted(path, entry.isDirectory())) continue;
      const from = join(root, path);
      if (entry.isDirectory()) {
        tree.folders.push(path);
        await walk(path);
      } else if (entry.isFile()) tree.files.push({ path, from });
      else if (entry.isSymbolicLink()) tree.links.push({ path, target: await relativeTarget(from) });
    }
  };
  await walk("");
  return tree;
}

/** The same under another folder of the copy. */
export function under(folder: string, { files, folders, links }: Tree): Tree {
  const moved = (path: string): string => `${folder}/${path}`;
  return {
    files: files.map((file) => ({ ...file, path: moved(file.path) })),
    folders: [folder, ...folders.map(moved)],
    links: links.map(({ path, target }) => ({ path: moved(path), target })),
  };
}

async function readFolder(path: string) {
  try {
    return (await readdir(path, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

async function relativeTarget(link: string): Promise<string> {
  const target = await readlink(link);
  return isAbsolute(target) ? relative(dirname(link), target) : target;
}

/** The file or folder is not there. */
export const isGone = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";
