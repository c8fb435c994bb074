/** ballast: a file that only takes up space. Removing it gives a full disk room in which the state store can still write
 *  (and start again); it comes back when there is space. Filled with noise, so that no file system stores it as nothing. */
import { randomFillSync } from "node:crypto";
import { existsSync, rmSync, statSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";

export interface Ballast {
  readonly bytes: number;
  isPresent(): boolean;
  /** False when the disk had no room for it after all. */
  put(): Promise<boolean>;
  release(): void;
}

export function openBallast(file: string, bytes: number): Ballast {
  const draft = `${file}.draft`;
  rmSync(draft, { force: true });
  return {
    bytes,
    isPresent: () => existsSync(file) && statSync(file).size > 0,
    put: async () => {
      try {
        await fill(draft, bytes);
        await rename(draft, file);
        return true;
      } catch {
        await rm(draft, { force: true });
        return false;
      }
    },
    release: () => rmSync(file, { force: true }),
  };
}

const CHUNK = 2 ** 20;

async function fill(path: string, bytes: number): Promise<void> {
  const file = await open(path, "w", 0o600);
  try {
    const chunk = Buffer.alloc(Math.min(CHUNK, bytes));
    for (let written = 0; written < bytes; ) {
      randomFillSync(chunk);
      const { bytesWritten } = await file.write(chunk, 0, Math.min(chunk.length, bytes - written));
      written += bytesWritten;
    }
    await file.sync();
  } finally {
    await file.close();
  }
}
