/** vault: the bytes of evidence, each file stored once under its sha256. A file has its name only when all of it is on disk and
 *  synced; what a killed process left half-written is swept at the start. Reading checks the bytes against the name first. */
import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { fail } from "./errors.ts";

export interface Stored {
  readonly sha256: string;
  readonly bytes: number;
}

export interface Vault {
  /** Streams to disk; throws INCIDENTS_EVIDENCE_TOO_LARGE as soon as the limit is passed, and keeps nothing of it then. */
  put(source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<Stored>;
  /** Reads all of it once and says whether it still is what its name says. */
  verify(sha256: string): Promise<"intact" | "changed" | "missing">;
  open(sha256: string): Readable;
}

export async function openVault(directory: string, { maxBytes }: { readonly maxBytes: number }): Promise<Vault> {
  const incoming = join(directory, "incoming");
  await mkdir(incoming, { recursive: true, mode: 0o700 });
  for (const name of await readdir(incoming)) await rm(join(incoming, name), { force: true });
  const placeOf = (sha256: string): string => {
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new RangeError("a sha256 has 64 lower-case hexadecimal digits");
    return join(directory, sha256.slice(0, 2), sha256);
  };
  return {
    put: async (source) => {
      const path = join(incoming, randomBytes(12).toString("hex"));
      try {
        const stored = await write(path, source, maxBytes);
        const place = placeOf(stored.sha256);
        await mkdir(dirname(place), { recursive: true, mode: 0o700 });
        await rename(path, place);
        await syncDirectory(dirname(place));
        await syncDirectory(directory);
        return stored;
      } catch (error) {
        await rm(path, { force: true });
        throw error;
      }
    },
    verify: async (sha256) => {
      const place = placeOf(sha256);
      if ((await stat(place).catch(() => undefined)) === undefined) return "missing";
      const hash = createHash("sha256");
      for await (const chunk of createReadStream(place, { highWaterMark: CHUNK })) hash.update(chunk as Uint8Array);
      return hash.digest("hex") === sha256 ? "intact" : "changed";
    },
    open: (sha256) => createReadStream(placeOf(sha256)),
  };
}

const CHUNK = 1 << 18;

async function write(
  path: string,
  source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<Stored> {
  const hash = createHash("sha256");
  let bytes = 0;
  const file = await open(path, "wx", 0o600);
  try {
    for await (const chunk of source) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) {
        throw fail(
          "INCIDENTS_EVIDENCE_TOO_LARGE",
          `The file is larger than the ${maxBytes >> 20} MiB that one piece of evidence may have: split it, or keep it elsewhere and attach its sha256.`,
          { details: { maxBytes } },
        );
      }
      hash.update(chunk);
      // write() may take fewer bytes than it was given
      for (let at = 0; at < chunk.byteLength; ) at += (await file.write(chunk, at)).bytesWritten;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { sha256: hash.digest("hex"), bytes };
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
