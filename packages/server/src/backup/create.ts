/** create: the backup area's routes. One backup at a time; it runs on after the call, and ends with an audit entry either way. A caller
 *  from elsewhere names a folder below `backup.folder` and cannot ask for the key: writing anywhere is for the command line on this
 *  machine, whose token only the owner of the home can read. */
import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { isAbsolute, join, normalize } from "node:path";
import type { backupRoutes, BackupState } from "@holdfast/contracts/backup";
import type { AuditLog, NewEntry } from "../platform/audit-log/index.ts";
import type { Clock } from "../platform/clock/index.ts";
import { isAppError } from "../platform/errors/index.ts";
import type { Home } from "../platform/home/index.ts";
import type { Actor, Handlers } from "../platform/http-contract.ts";
import type { Log } from "../platform/log/index.ts";
import type { Tables } from "../platform/tables/index.ts";
import { fail } from "./errors.ts";
import type { Hold } from "./hold.ts";
import { makeBackup } from "./make.ts";
import { readNote, writeNote } from "./note.ts";
import { copyRunning, type Sources } from "./running.ts";

export interface BackupOptions {
  readonly tables: Tables;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly log: Log;
  readonly home: Pick<Home, "directory" | "paths">;
  readonly hold: Hold;
  readonly sources: Sources;
  /** `backup.folder`. */
  readonly below: string | undefined;
  readonly version: string;
  readonly migrations: readonly string[];
  /** Whether the caller is the command line on this machine. */
  readonly isLocal: (actor: Actor) => boolean;
  /** Free space that must stay on the home's disk, and why nothing more may be written there now. */
  readonly reserveBytes: () => number;
  readonly diskTrouble: () => string | undefined;
}

export interface Backup {
  readonly routes: Handlers<typeof backupRoutes>;
  /** Gives up what runs, and waits for that. */
  stop(): Promise<void>;
}

interface Asked {
  readonly folder: string;
  readonly withKey: boolean;
  readonly withoutServers: boolean;
}

export function createBackup(options: BackupOptions): Backup {
  const { tables, audit, clock, home, hold } = options;
  const log = options.log.child("backup");
  let state: BackupState = { running: null, last: null };
  let working: Promise<void> = Promise.resolve();
  let stopping = false;
  sweep(home.paths);

  const note = (actor: Actor, entry: Pick<NewEntry, "action" | "target" | "details">): Promise<void> =>
    tables.transaction(async (tx) => void (await audit.append(tx, { actor, ...entry })));
  const move = (change: Partial<NonNullable<BackupState["running"]>>): void => {
    if (state.running !== null) state = { ...state, running: { ...state.running, ...change } };
  };
  const goOn = (): void => {
    if (stopping) throw fail("BACKUP_STOPPED", "Holdfast is stopping: the backup was given up.");
    const trouble = options.diskTrouble();
    if (trouble !== undefined) throw fail("BACKUP_NO_ROOM", `The backup was given up: ${trouble}`);
  };

  async function work(asked: Asked): Promise<{ takenAt: string; heldMs: number; files: number; bytes: number }> {
    const { state: tablesHere, events } = options.sources;
    let heldMs = 0;
    const made = await makeBackup({
      ...asked,
      home,
      here: { state: tablesHere !== undefined, events: events !== undefined },
      running: true,
      version: options.version,
      migrations: options.migrations,
      reserveBytes: options.reserveBytes(),
      copy: async (writer) => {
        const cut = await copyRunning({
          sources: options.sources,
          paths: home.paths,
          writer,
          clock,
          report: (phase) => move({ phase }),
        });
        heldMs = cut.heldMs;
        return cut;
      },
      onStart: ({ partial, totalBytes }) => {
        writeNote(home.paths.backup, partial);
        move({ totalBytes });
      },
      onBytes: (bytes) => move({ bytes: (state.running?.bytes ?? 0) + bytes }),
      goOn,
    });
    return { takenAt: made.takenAt, heldMs, files: made.files.length, bytes: made.bytes };
  }

  async function run(asked: Asked, about: { id: string; startedAt: string; actor: Actor }): Promise<void> {
    const { id, startedAt, actor } = about;
    const base = { id, folder: asked.folder, startedAt, withKey: asked.withKey };
    try {
      const made = await work(asked);
      state = { running: null, last: { ...base, ...made, error: null, endedAt: now() } };
      await note(actor, { action: "backup.made", target: asked.folder, details: { ...made, withKey: asked.withKey } });
    } catch (error) {
      const code = isAppError(error) ? error.code : "BACKUP_FAILED";
      const message = error instanceof Error ? error.message : String(error);
      const nothing = { takenAt: null, heldMs: null, files: 0, bytes: 0 };
      state = { running: null, last: { ...base, ...nothing, error: { code, message }, endedAt: now() } };
      log.error({ folder: asked.folder, code, reason: message }, "A backup failed; nothing of it is left.");
      await note(actor, { action: "backup.failed", target: asked.folder, details: { code } }).catch(() => {});
    } finally {
      rmSync(`${home.paths.backup}.json`, { force: true });
    }
  }

  const now = (): string => new Date(clock.now()).toISOString();
  return {
    routes: {
      async startBackup({ body }, { actor }) {
        const asked = { ...body, folder: folderFor(body, { below: options.below, local: options.isLocal(actor) }) };
        if (state.running !== null)
          throw fail("BACKUP_RUNNING", `A backup into ${state.running.folder} runs already; one runs at a time.`);
        const about = { id: randomUUID(), startedAt: now(), actor };
        const { folder } = asked;
        const running = { id: about.id, folder, phase: "measuring" as const, startedAt: about.startedAt, bytes: 0 };
        state = { ...state, running: { ...running, totalBytes: 0 } };
        try {
          await note(actor, { action: "backup.started", target: folder, details: { withKey: asked.withKey } });
        } catch (error) {
          state = { ...state, running: null };
          throw error;
        }
        working = run(asked, about);
        return state;
      },
      readBackup: async () => state,
      readRestore: async () => ({ held: hold.mark() }),
      async releaseRestore(_, { actor }) {
        const mark = hold.mark();
        if (mark === null) throw fail("RESTORE_NOT_HELD", "Nothing is held: no restore waits for a release.");
        await note(actor, { action: "restore.released", target: mark.takenAt, details: { ...mark } });
        await hold.release();
        return { held: hold.mark() };
      },
    },
    async stop() {
      stopping = true;
      await working;
    },
  };
}

/** What a backup of a killed process left: its links, and the folder that it was writing. */
function sweep({ backup }: { readonly backup: string }): void {
  const partial = readNote(backup);
  if (partial !== undefined) rmSync(partial, { recursive: true, force: true });
  rmSync(backup, { recursive: true, force: true });
  rmSync(`${backup}.json`, { force: true });
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

function folderFor(
  { folder, withKey }: { readonly folder: string; readonly withKey: boolean },
  { below, local }: { readonly below: string | undefined; readonly local: boolean },
): string {
  if (local && isAbsolute(folder)) return normalize(folder).replace(/(?<=.)\/+$/, "");
  if (withKey && !local)
    throw fail("BACKUP_FOLDER", "The key is put into a backup by the command line on the server's machine only.");
  if (below === undefined) {
    throw fail(
      "BACKUP_FOLDER",
      "From elsewhere a backup goes below backup.folder, which is not set: set it, or run the command on the server's machine.",
    );
  }
  if (!NAME.test(folder)) {
    throw fail("BACKUP_FOLDER", `"${folder}" is no name of a folder below backup.folder: letters, digits, dot, dash.`);
  }
  return join(below, folder);
}
