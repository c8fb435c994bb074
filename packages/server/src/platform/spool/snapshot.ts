/** snapshot: everything acknowledged until now and not yet let go of, held fast by links while the spool goes on. Only for as long as
 *  nobody lets segments go: the pump is held meanwhile. */
import { copyFile, link, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { FileToCopy } from "../disk/index.ts";
import type { SpoolPosition } from "./planner.ts";
import { segmentOf } from "./segment.ts";
import type { Spool } from "./spool.ts";

export interface SpoolSnapshot {
  readonly end: SpoolPosition;
  readonly files: readonly FileToCopy[];
}

/** @param into an empty folder on the same disk */
export async function snapshotSpool(
  spool: Pick<Spool, "end">,
  directory: string,
  into: string,
): Promise<SpoolSnapshot> {
  const end = spool.end();
  const files: FileToCopy[] = [];
  for (const path of await segmentsIn(directory)) {
    const segment = segmentOf(path) ?? 0;
    if (segment > end.segment) continue;
    const from = join(into, path);
    await link(join(directory, path), from).catch(() => copyFile(join(directory, path), from));
    // Of the newest one only what is on disk: what follows may be torn, and nobody was told about it.
    files.push(segment === end.segment ? { path, from, limit: end.offset } : { path, from });
  }
  return { end, files };
}

/** Names of the segments in a folder, oldest first. */
export async function segmentsIn(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => segmentOf(name) !== undefined).sort();
}
