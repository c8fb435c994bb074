/** socket-place: finds where the event store may listen: a unix socket in a directory of our own (mode 0700) whose path
 *  fits a socket address, beside the data or else under the temporary directory; a loopback port when neither fits. */
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type SocketPlace =
  | { readonly socketPath: string; remove(): Promise<void> }
  | { readonly socketPath: undefined; remove(): Promise<void> };

/** 107 bytes on Linux, 103 on macOS: the smaller one holds everywhere. */
const LONGEST = 103;
/** A name of its own for every opener: whoever is refused takes away its own socket, never that of the one who was first. */
const newName = (): string => `ch-${randomBytes(4).toString("hex")}.sock`;
const LONGEST_NAME = newName().length;

export async function findSocketPlace(home: string): Promise<SocketPlace> {
  if (process.platform !== "win32") {
    const beside = join(home, "run");
    if (fits(beside)) {
      await mkdir(beside, { recursive: true, mode: 0o700 });
      const socketPath = join(beside, newName());
      return { socketPath, remove: () => rm(socketPath, { force: true }) };
    }
    if (fits(join(tmpdir(), "holdfast-XXXXXX"))) {
      const apart = await mkdtemp(join(tmpdir(), "holdfast-"));
      return { socketPath: join(apart, newName()), remove: () => rm(apart, { recursive: true, force: true }) };
    }
  }
  return { socketPath: undefined, remove: () => Promise.resolve() };
}

const fits = (directory: string): boolean => Buffer.byteLength(directory) + 1 + LONGEST_NAME <= LONGEST;
