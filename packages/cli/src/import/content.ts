/** content: bytes of one file or archive member that can be read from the beginning as often as needed: once for their hash,
 *  once for their records. What cannot be read twice is kept: in memory up to 64 MiB, above that in a temporary file without a
 *  name, which is gone with the process. */
import { randomUUID } from "node:crypto";
import { type FileHandle, open, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Content {
  /** The file's path; for a member of an archive `archive!/member`. */
  readonly path: string;
  /** Bytes on disk that it stands for, by which progress is measured. */
  readonly weight: number;
  /** From the beginning each time. */
  read(): AsyncGenerator<Buffer>;
  /** How much of its stored bytes the last reading has consumed, 0 to 1. */
  fraction(): number;
  /** Where its bytes can be reached in any order; undefined for what only streams. */
  place?(): Place;
}

/** Why a content cannot be taken, as the sentence that people read. */
export class Unreadable extends Error {}

export type Place = { readonly bytes: Buffer } | { readonly fd: number; readonly size: number };

export interface OpenContent extends Content {
  place(): Place;
  close(): Promise<void>;
}

/** Exactly as long as it is now: what a running program appends meanwhile belongs to the next import. */
export async function openFile(path: string): Promise<OpenContent> {
  const handle = await open(path, "r");
  const { size } = await handle.stat();
  return handleContent(handle, { path, weight: size, size });
}

/** @param chunks read to their end before this resolves. */
export async function keep(
  chunks: AsyncIterable<Buffer>,
  about: { readonly path: string; readonly weight: () => number },
  memory = KEPT_IN_MEMORY,
): Promise<OpenContent> {
  const kept: Buffer[] = [];
  let size = 0;
  let handle: FileHandle | undefined;
  try {
    for await (const chunk of chunks) {
      kept.push(chunk);
      size += chunk.length;
      if (size <= memory) continue;
      handle ??= await namelessFile();
      for (const part of kept.splice(0)) await writeAll(handle, part);
    }
  } catch (error) {
    await handle?.close();
    throw error;
  }
  const { path } = about;
  const weight = about.weight();
  return handle === undefined
    ? memoryContent(kept, { path, weight, size })
    : handleContent(handle, { path, weight, size });
}

const KEPT_IN_MEMORY = 64 * 1024 * 1024;
const CHUNK = 256 * 1024;

interface Facts {
  readonly path: string;
  readonly weight: number;
  readonly size: number;
}

function handleContent(handle: FileHandle, { path, weight, size }: Facts): OpenContent {
  let consumed = 0;
  return {
    path,
    weight,
    fraction: () => (size === 0 ? 1 : consumed / size),
    place: () => ({ fd: handle.fd, size }),
    close: () => handle.close(),
    async *read() {
      // A reading that was given up may still be under way: each has a position of its own.
      for (let at = 0; at < size; ) {
        const buffer = Buffer.allocUnsafe(Math.min(CHUNK, size - at));
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
        if (bytesRead === 0) {
          throw new Unreadable(
            `it became shorter while it was read: ${at} of ${size} bytes are left; import it again.`,
          );
        }
        at += bytesRead;
        consumed = at;
        yield buffer.subarray(0, bytesRead);
      }
    },
  };
}

function memoryContent(chunks: Buffer[], { path, weight, size }: Facts): OpenContent {
  let consumed = 0;
  return {
    path,
    weight,
    fraction: () => (size === 0 ? 1 : consumed / size),
    place: () => {
      const [first] = chunks;
      const bytes = first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks);
      chunks.splice(0, chunks.length, bytes);
      return { bytes };
    },
    close: () => {
      chunks.length = 0;
      return Promise.resolve();
    },
    async *read() {
      consumed = 0;
      for (const chunk of [...chunks]) {
        consumed += chunk.length;
        yield chunk;
      }
    },
  };
}

async function namelessFile(): Promise<FileHandle> {
  const path = join(tmpdir(), `holdfast-import-${randomUUID()}`);
  const handle = await open(path, "wx+", 0o600);
  await unlink(path);
  return handle;
}

async function writeAll(handle: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at)).bytesWritten;
}
