/** members: what is inside a file, however it is packed: the file itself, or the files of the archives in it. What cannot be
 *  read is reported and the rest goes on; only an archive that breaks its limits ends the whole (ArchiveRefused). */
import { type Content, keep, Unreadable } from "./content.ts";
import { gzipContent } from "./gzip-content.ts";
import { tarMembers } from "./tar-members.ts";
import { ArchiveRefused, type UnpackBudget } from "./unpack-limits.ts";
import { zipMembers } from "./zip-members.ts";

export interface Leaf {
  readonly content: Content;
  /** Its first 64 KiB. */
  readonly head: Buffer;
}

export interface Unpacking {
  readonly budget: UnpackBudget;
  readonly report: (path: string, message: string) => void;
}

/** A leaf may be read until the next one is asked for. */
export async function* leavesOf(content: Content, unpacking: Unpacking, depth = 0): AsyncGenerator<Leaf> {
  const { budget, report } = unpacking;
  const { nesting } = budget.limits;
  try {
    const head = await headOf(content);
    const kind = packingOf(head);
    if (kind === undefined) {
      yield { content, head };
      return;
    }
    if (typeof kind === "object") {
      report(
        content.path,
        `it is packed with ${kind.unknown}, which is not known here; unpack it and import what comes out.`,
      );
      return;
    }
    if (depth >= nesting) {
      report(
        content.path,
        `it is an archive inside ${nesting} others; unpack it yourself and import the folder if you trust it.`,
      );
      return;
    }
    if (kind === "gzip") {
      const inner = gzipContent(content, budget);
      // A .tar.gz counts as one archive.
      if (packingOf(await headOf(inner)) !== "tar") yield* leavesOf(inner, unpacking, depth + 1);
      else for await (const member of tarMembers(inner, unpacking)) yield* leavesOf(member, unpacking, depth + 1);
    } else if (kind === "tar") {
      for await (const member of tarMembers(content, unpacking)) yield* leavesOf(member, unpacking, depth + 1);
    } else {
      yield* zipLeaves(content, unpacking, depth);
    }
  } catch (error) {
    if (error instanceof ArchiveRefused) throw error;
    report(content.path, reasonOf(error));
  }
}

/** For a sentence that begins with the path. */
export function reasonOf(error: unknown): string {
  if (error instanceof Unreadable || error instanceof ArchiveRefused) return error.message;
  const text = error instanceof Error ? error.message : String(error);
  return `it cannot be read (${text}); check that it is whole and that you may read it.`;
}

export const HEAD_BYTES = 64 * 1024;

async function headOf(content: Content): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of content.read()) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= HEAD_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, HEAD_BYTES);
}

type Packing = "gzip" | "zip" | "tar" | { readonly unknown: string } | undefined;

function packingOf(head: Buffer): Packing {
  const begins = (...bytes: number[]): boolean => bytes.every((byte, index) => head[index] === byte);
  if (begins(0x1f, 0x8b, 0x08)) return "gzip";
  if (begins(0x50, 0x4b, 0x03, 0x04) || begins(0x50, 0x4b, 0x05, 0x06)) return "zip";
  if (head.toString("latin1", 257, 262) === "ustar") return "tar";
  if (begins(0x28, 0xb5, 0x2f, 0xfd)) return { unknown: "zstd" };
  if (begins(0xfd, 0x37, 0x7a, 0x58, 0x5a)) return { unknown: "xz" };
  if (begins(0x42, 0x5a, 0x68) && begins(0x42, 0x5a, 0x68, head[3] ?? 0, 0x31, 0x41, 0x59)) return { unknown: "bzip2" };
  if (begins(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c)) return { unknown: "7-Zip" };
  if (begins(0x52, 0x61, 0x72, 0x21, 0x1a, 0x07)) return { unknown: "RAR" };
  return undefined;
}

/** A zip's directory stands at its end, so one inside another archive is kept first. */
async function* zipLeaves(content: Content, unpacking: Unpacking, depth: number): AsyncGenerator<Leaf> {
  const { path, weight } = content;
  const kept = content.place === undefined ? await keep(content.read(), { path, weight: () => weight }) : undefined;
  const place = kept?.place() ?? content.place?.();
  if (place === undefined) return;
  try {
    for await (const member of zipMembers({ path, weight, place }, unpacking)) {
      yield* leavesOf(member, unpacking, depth + 1);
    }
  } finally {
    await kept?.close();
  }
}
