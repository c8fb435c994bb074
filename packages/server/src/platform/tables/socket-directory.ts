/** socket-directory: where the embedded server puts its unix socket. Beside the data when the path is short enough for
 *  the kernel, otherwise in a private directory of the system's temporary one, named by the data's path. */
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, realpathSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tablesFail } from "./errors.ts";

/** 107 bytes on Linux, 103 on macOS; the lower one, so that one home works the same everywhere. */
const LONGEST_SOCKET_PATH = 103;

export function socketDirectoryOf(stateDirectory: string): string {
  const beside = join(stateDirectory, "run");
  const directory = fits(beside) ? beside : shortDirectory(stateDirectory);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const found = lstatSync(directory);
  if (!found.isDirectory() || (found.mode & 0o077) !== 0 || found.uid !== (process.getuid?.() ?? found.uid)) {
    throw tablesFail(
      "TABLES_START",
      `The socket directory ${directory} must be a directory of our own with mode 700: remove it and start again.`,
    );
  }
  return directory;
}

/** Leaves nothing in the system's temporary directory once the server is gone. */
export function removeSocketDirectory(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // Not empty: a socket that somebody else's server still uses.
  }
}

function shortDirectory(stateDirectory: string): string {
  const name = `holdfast-${createHash("sha256").update(realpathSync(stateDirectory)).digest("hex").slice(0, 16)}`;
  const preferred = join(tmpdir(), name);
  return fits(preferred) ? preferred : join("/tmp", name);
}

function fits(directory: string): boolean {
  return Buffer.byteLength(join(directory, ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH;
}
