/** verify: compares every file of a backup with its manifest, and names what is missing, changed, or not of it. Writes nothing. */
import { createHash } from "node:crypto";
import { open, readlink } from "node:fs/promises";
import { join } from "node:path";
import { isGone, readTree } from "../platform/disk/index.ts";
import { fail } from "./errors.ts";
import { HOME, type Manifest, readManifest } from "./manifest.ts";
import { BUFFER_BYTES } from "./writer.ts";

export interface Wrong {
  readonly path: string;
  readonly why: "missing" | "changed" | "not of this backup";
}

export interface Verified {
  readonly manifest: Manifest;
  readonly wrong: readonly Wrong[];
}

/** Throws BACKUP_DAMAGED when there is no manifest to compare with. */
export async function verifyBackup(folder: string, onBytes: (bytes: number) => void = () => {}): Promise<Verified> {
  const manifest = await readManifest(folder);
  const wrong: Wrong[] = [];
  const reading = { buffer: Buffer.allocUnsafe(BUFFER_BYTES), onBytes };
  for (const { path, sha256 } of manifest.files) {
    const found = await hashOf(join(folder, path), reading);
    if (found !== sha256) wrong.push({ path, why: found === undefined ? "missing" : "changed" });
  }
  for (const { path, target } of manifest.links) {
    const found = await readlink(join(folder, path)).catch(() => undefined);
    if (found !== target) wrong.push({ path, why: found === undefined ? "missing" : "changed" });
  }
  const known = new Set([...manifest.files, ...manifest.links].map(({ path }) => path));
  const there = await readTree(join(folder, HOME));
  for (const { path } of [...there.files, ...there.links])
    if (!known.has(`${HOME}/${path}`)) wrong.push({ path: `${HOME}/${path}`, why: "not of this backup" });
  return { manifest, wrong };
}

/** The same, as an exception that names the files. */
export async function demandIntact(folder: string, onBytes?: (bytes: number) => void): Promise<Manifest> {
  const { manifest, wrong } = await verifyBackup(folder, onBytes);
  if (wrong.length === 0) return manifest;
  const named = wrong.slice(0, NAMED).map(({ path, why }) => `${path} (${why})`);
  const more = wrong.length > NAMED ? ` and ${wrong.length - NAMED} more` : "";
  throw fail("BACKUP_DAMAGED", `The backup in ${folder} is not what was written: ${named.join(", ")}${more}.`, {
    details: { files: wrong.map(({ path }) => path) },
  });
}

const NAMED = 10;

interface Reading {
  /** One for all files: they are thousands, and mostly small. */
  readonly buffer: Buffer;
  readonly onBytes: (bytes: number) => void;
}

async function hashOf(path: string, { buffer, onBytes }: Reading): Promise<string | undefined> {
  const file = await open(path, "r").catch((error: unknown) => {
    if (isGone(error)) return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  const hash = createHash("sha256");
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length);
      if (bytesRead === 0) return hash.digest("hex");
      hash.update(buffer.subarray(0, bytesRead));
      onBytes(bytesRead);
    }
  } finally {
    await file.close();
  }
}
