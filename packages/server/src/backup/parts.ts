/** parts: what of a home belongs into a backup, and by which names; nothing else of it does. Not in it: the lock, the command line's
 *  token, the ballast, logs, sockets, and holdfast.yaml, which may hold passwords of other servers. */
import { hostname } from "node:os";
import { readTree, under } from "../platform/disk/index.ts";
import type { HomePaths } from "../platform/home/index.ts";
import type { Manifest } from "./manifest.ts";
import type { Writer } from "./writer.ts";

/** Within the home. */
export const STATE_FOLDER = "state/pg";
export const EVENTS_FOLDER = "events/data";

/** What a copy of the stores says about itself. */
export type Cut = Pick<Manifest, "state" | "events" | "spool"> & { readonly takenAt: number };

/** Files of the home that nobody changes in place: evidence, parsers and lists that people wrote. */
export async function addOwnFiles(writer: Writer, paths: HomePaths): Promise<void> {
  await writer.addTree(under("evidence", await readTree(paths.evidence, (path) => !path.startsWith("incoming"))));
  await writer.addTree(under("parsers", await readTree(paths.parsers)));
  await writer.addTree(under("targets", await readTree(paths.targets)));
}

export const thisMachine = (): Manifest["machine"] => ({
  host: hostname(),
  platform: process.platform,
  arch: process.arch,
});
