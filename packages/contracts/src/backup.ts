/** backup: copies of a running instance, and what waits after one was put back. */
import { z } from "zod";
import { none, timestamp } from "./model.ts";
import { route } from "./route.ts";

export const backupPhase = z.enum(["measuring", "state", "holding", "events", "finishing"]);
export type BackupPhase = z.infer<typeof backupPhase>;

const runningBackup = z.object({
  id: z.string(),
  folder: z.string(),
  phase: backupPhase,
  startedAt: timestamp,
  bytes: z.number(),
  /** What it can be at most; less is written where parts are about to go. */
  totalBytes: z.number(),
});

const endedBackup = z.object({
  id: z.string(),
  folder: z.string(),
  startedAt: timestamp,
  endedAt: timestamp,
  /** Null when it is whole; else why it is not, and then nothing of it is left. */
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  /** Everything acknowledged until then is in it. */
  takenAt: timestamp.nullable(),
  /** How long the pump was held; what arrived meanwhile was acknowledged and waited. */
  heldMs: z.number().nullable(),
  files: z.number(),
  bytes: z.number(),
  withKey: z.boolean(),
});
export type EndedBackup = z.infer<typeof endedBackup>;

export const backupState = z.object({
  running: runningBackup.nullable(),
  /** The last one since the start. */
  last: endedBackup.nullable(),
});
export type BackupState = z.infer<typeof backupState>;

export const restoreState = z.object({
  /** Set while nothing acts outward because a backup was put back and nobody has released it. */
  held: z.object({ takenAt: timestamp, restoredAt: timestamp }).nullable(),
});
export type RestoreState = z.infer<typeof restoreState>;

export const backupRoutes = {
  startBackup: route({
    method: "POST",
    path: "/api/backup",
    permission: "backups.write",
    summary: "Starts a backup: a name below `backup.folder`, or any folder for the command line on this machine.",
    mutates: true,
    params: none,
    query: none,
    body: z.strictObject({
      folder: z.string().min(1).max(1000),
      withKey: z.boolean().default(false),
      withoutServers: z.boolean().default(false),
    }),
    response: backupState,
  }),
  readBackup: route({
    method: "GET",
    path: "/api/backup",
    permission: "backups.write",
    summary: "How far the running backup is, and how the last one ended.",
    params: none,
    query: none,
    body: none,
    response: backupState,
  }),
  readRestore: route({
    method: "GET",
    path: "/api/restore",
    permission: "system.read",
    summary: "Whether a backup was put back and what acts outward still waits.",
    params: none,
    query: none,
    body: none,
    response: restoreState,
  }),
  releaseRestore: route({
    method: "POST",
    path: "/api/restore/release",
    permission: "backups.write",
    summary: "Lets what acts outward go on after a restore.",
    mutates: true,
    params: none,
    query: none,
    body: none,
    response: restoreState,
  }),
} as const;
