/** stopped: a backup of a Holdfast that does not run. The caller holds the lock of its home, so nothing changes meanwhile. */
import { join } from "node:path";
import { under } from "../platform/disk/index.ts";
import { stoppedEvents } from "../platform/events/index.ts";
import type { HomePaths } from "../platform/home/index.ts";
import { segmentsIn } from "../platform/spool/index.ts";
import { stoppedCluster } from "../platform/tables/index.ts";
import { addOwnFiles, type Cut, EVENTS_FOLDER, STATE_FOLDER } from "./parts.ts";
import type { Writer } from "./writer.ts";

export interface StoppedOptions {
  readonly paths: HomePaths;
  readonly writer: Writer;
  /** Stores of this home; false where it is a server of its own. */
  readonly here: { readonly state: boolean; readonly events: boolean };
  readonly now: number;
}

export async function copyStopped({ paths, writer, here, now }: StoppedOptions): Promise<Cut> {
  if (here.state) await writer.addTree(under(STATE_FOLDER, await stoppedCluster(join(paths.state, "pg"))));
  if (here.events) await writer.addTree(under(EVENTS_FOLDER, await stoppedEvents(join(paths.events, "data"))));
  const segments = await segmentsIn(paths.spool).catch(() => []);
  const files = segments.map((path) => ({ path, from: join(paths.spool, path) }));
  await writer.addTree(under("spool", { files, folders: [], links: [] }));
  await addOwnFiles(writer, paths);
  return { takenAt: now, state: null, events: null, spool: { segments: segments.length, end: null } };
}
