/** gzip-content: the unpacked content of a .gz, unpacked again each time it is read, counted against the budget once. */
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { Content } from "./content.ts";
import type { UnpackBudget } from "./unpack-limits.ts";

export function gzipContent(packed: Content, budget: UnpackBudget): Content {
  let counted = 0;
  return {
    path: packed.path,
    weight: packed.weight,
    fraction: () => packed.fraction(),
    async *read() {
      const gunzip = createGunzip({ chunkSize: CHUNK });
      // The callback only keeps an early end of the reading from being an unhandled error; errors reach the loop below.
      pipeline(Readable.from(packed.read()), gunzip, () => {});
      let at = 0;
      try {
        for await (const chunk of gunzip) {
          if (!Buffer.isBuffer(chunk)) continue;
          at += chunk.length;
          if (at > counted) budget.takeBytes(at - counted);
          counted = Math.max(counted, at);
          yield chunk;
        }
      } finally {
        gunzip.destroy();
      }
    },
  };
}

const CHUNK = 64 * 1024;
