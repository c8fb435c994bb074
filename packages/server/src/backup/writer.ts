/** writer: writes a backup: under another name beside the final one, renamed only when every file and the manifest are on disk. What it
 *  says about a file was computed from the bytes that it wrote. */
import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdir, open, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type FileToCopy, isGone, type Tree } from "../platform/disk/index.ts";
import { fail } from "./errors.ts";
import { HOME, MANIFEST, MANIFEST_SUM, type Manifest, type ManifestFile, sha256 } from "./manifest.ts";

export interface Writer {
  /** Where it is written until it is whole. */
  readonly partial: string;
  addTree(tree: Tree): Promise<void>;
  addFile(file: FileToCopy): Promise<void>;
  addText(path: string, text: string): Promise<void>;
  /** Makes it whole, or throws. */
  finish(about: Omit<Manifest, "bytes" | "files" | "folders" | "links">): Promise<Manifest>;
  /** Takes away what was written. */
  discard(): Promise<void>;
}

export interface WriterOptions {
  /** Must not be there, or be empty. */
  readonly folder: string;
  readonly onBytes: (bytes: number) => void;
  /** Asked before each file; throws to end it. */
  readonly goOn: () => void;
}

export async function openWriter({ folder, onBytes, goOn }: WriterOptions): Promise<Writer> {
  await demandEmpty(folder);
  const partial = join(dirname(folder), `.${basename(folder)}.partial-${randomBytes(4).toString("hex")}`);
  await mkdir(join(partial, HOME), { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    throw fail("BACKUP_FOLDER", `${dirname(folder)} cannot be written to: ${String(cause)}`, { cause });
  });
  const files: ManifestFile[] = [];
  const folders = new Set<string>();
  const links: { path: string; target: string }[] = [];
  const made = new Set<string>();
  const enter = async (path: string): Promise<void> => {
    if (made.has(path)) return;
    await mkdir(join(partial, path), { recursive: true, mode: 0o700 });
    made.add(path);
  };
  const buffer = Buffer.allocUnsafe(BUFFER_BYTES);

  const addFile = async (file: FileToCopy): Promise<void> => {
    goOn();
    const path = `${HOME}/${file.path}`;
    await enter(dirname(path));
    const copied = await copyFile({ ...file, to: join(partial, path), buffer, onBytes });
    if (copied !== undefined) files.push({ path, ...copied });
  };
  return {
    partial,
    addFile,
    async addText(path, text) {
      const full = `${HOME}/${path}`;
      await enter(dirname(full));
      await writeFile(join(partial, full), text, { mode: 0o600, flag: "wx" });
      files.push({ path: full, bytes: Buffer.byteLength(text), sha256: sha256(text) });
    },
    async addTree(tree) {
      for (const path of tree.folders) {
        await enter(`${HOME}/${path}`);
        folders.add(`${HOME}/${path}`);
      }
      for (const file of tree.files) await addFile(file);
      for (const { path, target } of tree.links) {
        await enter(dirname(`${HOME}/${path}`));
        await symlink(target, join(partial, HOME, path));
        links.push({ path: `${HOME}/${path}`, target });
      }
    },
    async finish(about) {
      const bytes = files.reduce((sum, one) => sum + one.bytes, 0);
      const manifest: Manifest = { ...about, bytes, files, folders: [...folders].sort(), links };
      const text = `${JSON.stringify(manifest, null, 1)}\n`;
      await writeFile(join(partial, MANIFEST), text, { mode: 0o600 });
      await writeFile(join(partial, MANIFEST_SUM), `${sha256(text)}  ${MANIFEST}\n`, { mode: 0o600 });
      await syncAll(partial);
      await demandEmpty(folder);
      await rename(partial, folder);
      await syncAll(dirname(folder));
      return manifest;
    },
    discard: () => rm(partial, { recursive: true, force: true }),
  };
}

export interface Copied {
  readonly bytes: number;
  readonly sha256: string;
}

/** Copies as far as the file reaches at this moment; undefined when a fleeting one is gone. */
export async function copyFile(
  file: FileToCopy & { readonly to: string; readonly buffer: Buffer; readonly onBytes: (bytes: number) => void },
): Promise<Copied | undefined> {
  const source = await open(file.from, "r").catch((error: unknown) => {
    if (file.fleeting === true && isGone(error)) return undefined;
    throw error;
  });
  if (source === undefined) return undefined;
  const hash = createHash("sha256");
  let bytes = 0;
  const target = await open(file.to, "wx", 0o600);
  try {
    for (;;) {
      const room = Math.min(file.buffer.length, (file.limit ?? Number.MAX_SAFE_INTEGER) - bytes);
      if (room === 0) break;
      const { bytesRead } = await source.read(file.buffer, 0, room, bytes);
      if (bytesRead === 0) break;
      hash.update(file.buffer.subarray(0, bytesRead));
      for (let at = 0; at < bytesRead; )
        at += (await target.write(file.buffer, at, bytesRead - at, bytes + at)).bytesWritten;
      bytes += bytesRead;
      file.onBytes(bytesRead);
    }
    if (process.platform !== "linux") await target.datasync();
  } finally {
    await target.close();
    await source.close();
  }
  if (file.limit !== undefined && bytes < file.limit)
    throw fail("BACKUP_STOPPED", `${file.from} ends at ${bytes} and not at ${file.limit}: run the backup again.`);
  return { bytes, sha256: hash.digest("hex") };
}

/** One sync for the disk instead of one for each of thousands of files. */
export function syncAll(folder: string): Promise<void> {
  if (process.platform !== "linux") return syncFolder(folder);
  return new Promise((resolve, reject) => {
    execFile("/bin/sync", ["-f", folder], { env: {} }, (error) => (error === null ? resolve() : reject(error)));
  });
}

export const BUFFER_BYTES = 1024 * 1024;

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function demandEmpty(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isGone(error)) return [];
    throw fail("BACKUP_FOLDER", `${folder} cannot be used: ${String(error)}`, { cause: error });
  });
  if (names.length > 0)
    throw fail("BACKUP_FOLDER", `${folder} is not empty: name a new folder, each backup has one of its own.`);
}
