/** disk: the few file operations the spool stands on, as an interface, so that a simulator can lose, tear and refuse them.
 *  A file is durable after `sync`, its name after `syncDirectory`; nothing else may be assumed. */
import { constants } from "node:fs";
import { mkdir, open, readdir, rm, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";

export interface SpoolFile {
  /** Writes all bytes at the position, or fails. */
  write(buffers: readonly Uint8Array[], position: number): Promise<void>;
  /** Fills the buffer as far as the file reaches; answers the number of bytes. */
  read(buffer: Uint8Array, position: number): Promise<number>;
  /** Data and size are on disk afterwards. */
  sync(): Promise<void>;
  truncate(size: number): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

export interface SpoolDisk {
  list(): Promise<string[]>;
  /** A new, empty file; fails when the name exists. */
  create(name: string): Promise<SpoolFile>;
  open(name: string): Promise<SpoolFile>;
  remove(name: string): Promise<void>;
  syncDirectory(): Promise<void>;
}

/** Creates the directory (mode 0700) and makes its own name durable. */
export async function openDisk(directory: string): Promise<SpoolDisk> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await syncDirectory(dirname(directory));
  return {
    list: () => readdir(directory),
    create: async (name) => fileOf(await open(join(directory, name), "wx+", 0o600)),
    open: async (name) => fileOf(await open(join(directory, name), constants.O_RDWR)),
    remove: (name) => rm(join(directory, name), { force: true }),
    syncDirectory: () => syncDirectory(directory),
  };
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function fileOf(handle: FileHandle): SpoolFile {
  return {
    write: (buffers, position) => writeAll(handle, buffers, position),
    read: (buffer, position) => readAll(handle, buffer, position),
    sync: () => handle.datasync(),
    truncate: (size) => handle.truncate(size),
    size: async () => (await handle.stat()).size,
    close: () => handle.close(),
  };
}

async function writeAll(handle: FileHandle, buffers: readonly Uint8Array[], position: number): Promise<void> {
  let rest = [...buffers];
  let at = position;
  while (rest.length > 0) {
    const { bytesWritten } = await handle.writev(rest, at);
    at += bytesWritten;
    rest = withoutFirst(rest, bytesWritten);
  }
}

function withoutFirst(buffers: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skip = bytes;
  const rest: Uint8Array[] = [];
  for (const buffer of buffers) {
    if (skip >= buffer.length) skip -= buffer.length;
    else {
      rest.push(skip === 0 ? buffer : buffer.subarray(skip));
      skip = 0;
    }
  }
  return rest;
}

async function readAll(handle: FileHandle, buffer: Uint8Array, position: number): Promise<number> {
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}
