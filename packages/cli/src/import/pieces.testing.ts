/** pieces.testing: cuts an input into arbitrary pieces, and runs a splitter over them. */
import fc from "fast-check";
import type { Splitter } from "./splitter.ts";

/** Cuts at arbitrary places, also into empty pieces and single bytes. */
export const cutInPieces: fc.Arbitrary<(bytes: Buffer) => Buffer[]> = fc
  .array(fc.nat({ max: 12 }))
  .map((sizes) => (bytes) => {
    const pieces: Buffer[] = [];
    let at = 0;
    for (const size of sizes) {
      pieces.push(bytes.subarray(at, at + size));
      at += size;
    }
    return [...pieces, bytes.subarray(at)];
  });

export function split(splitter: Splitter, pieces: readonly Buffer[]): string[] {
  const records = pieces.flatMap((piece) => splitter.push(piece));
  return [...records, ...splitter.end()].map((record) => record.toString("utf8"));
}
