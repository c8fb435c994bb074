/** running: a backup of a Holdfast that goes on meanwhile. The tables are copied first, which takes long; then the pump is held for a
 *  moment, and tables, events and spool are cut in this order: what the events have beyond the tables is dropped as a repeat when it
 *  comes again, and what the spool has beyond both is worked on after the restore. The other way round something would be missing. */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../platform/clock/index.ts";
import { type Tree, under } from "../platform/disk/index.ts";
import type { FrozenEvents } from "../platform/events/index.ts";
import type { HomePaths } from "../platform/home/index.ts";
import type { SpoolSnapshot } from "../platform/spool/index.ts";
import type { BaseBackup } from "../platform/tables/index.ts";
import { addOwnFiles, type Cut, STATE_FOLDER, EVENTS_FOLDER } from "./parts.ts";
import type { Writer } from "./writer.ts";

/** A store of this home, or undefined where it is a server of its own. */
export interface Sources {
  readonly state: { begin(): Promise<BaseBackup> } | undefined;
  readonly events: { freeze(work: string): Promise<FrozenEvents>; drop(): Promise<void> } | undefined;
  spool(into: string): Promise<SpoolSnapshot>;
  /** Holds the pump until the function that it gives is called. */
  hold(patienceMs: number): Promise<() => void>;
}

export interface RunningOptions {
  readonly sources: Sources;
  readonly paths: HomePaths;
  readonly writer: Writer;
  readonly clock: Clock;
  readonly report: (phase: Phase) => void;
}

export type Phase = "state" | "holding" | "events" | "finishing";

export async function copyRunning(options: RunningOptions): Promise<Cut & { readonly heldMs: number }> {
  const { sources, paths, writer, clock, report } = options;
  const work = paths.backup;
  await rm(work, { recursive: true, force: true });
  for (const folder of ["events", "spool"]) await mkdir(join(work, folder), { recursive: true, mode: 0o700 });
  const base = await sources.state?.begin();
  try {
    report("state");
    if (base !== undefined) await writer.addTree(under(STATE_FOLDER, await base.files()));
    report("holding");
    const letGo = await sources.hold(PATIENCE_MS);
    const since = clock.monotonic();
    const cut = await cutAll(options, base).finally(letGo);
    const heldMs = Math.round(clock.monotonic() - since);
    report("events");
    if (cut.stopped !== undefined) {
      await writer.addTree(under(STATE_FOLDER, { ...NOTHING, files: cut.stopped.log }));
      await writer.addText(`${STATE_FOLDER}/backup_label`, cut.stopped.label);
    }
    // The server need not keep its log any longer.
    await base?.close();
    if (cut.frozen !== undefined) await writer.addTree(under(EVENTS_FOLDER, cut.frozen.tree));
    await writer.addTree(under("spool", { ...NOTHING, files: cut.spool.files }));
    await addOwnFiles(writer, paths);
    report("finishing");
    return {
      takenAt: cut.takenAt,
      heldMs,
      state: base === undefined || cut.stopped === undefined ? null : { version: base.version, ...lsns(cut.stopped) },
      events: cut.frozen === undefined ? null : { version: cut.frozen.version, tables: [...cut.frozen.tables] },
      spool: { segments: cut.spool.files.length, end: cut.spool.end },
    };
  } finally {
    await base?.close();
    await sources.events?.drop();
    await rm(work, { recursive: true, force: true });
  }
}

const PATIENCE_MS = 60_000;
const NOTHING: Tree = { files: [], folders: [], links: [] };

async function cutAll({ sources, paths, clock }: RunningOptions, base: BaseBackup | undefined) {
  const takenAt = clock.now();
  const stopped = await base?.stop();
  const frozen = await sources.events?.freeze(join(paths.backup, "events"));
  const spool = await sources.spool(join(paths.backup, "spool"));
  return { takenAt, stopped, frozen, spool };
}

const lsns = ({ startLsn, stopLsn }: { startLsn: string; stopLsn: string }) => ({ startLsn, stopLsn });
