/** errors: the codes of backups and restores. */
import { errorsOf } from "../platform/errors/index.ts";

export const fail = errorsOf({
  /** One at a time. */
  BACKUP_RUNNING: { status: 409, retryable: true },
  /** The folder cannot be written to, or not by this caller. */
  BACKUP_FOLDER: { status: 422, retryable: false },
  /** A store is a server of its own, which this cannot copy. */
  BACKUP_ELSEWHERE: { status: 422, retryable: false },
  BACKUP_NO_ROOM: { status: 507, retryable: true },
  /** Files are missing, changed or not of this backup; `details.files` names them. */
  BACKUP_DAMAGED: { status: 422, retryable: false },
  /** Made by a newer Holdfast, or for another kind of machine. */
  BACKUP_FOREIGN: { status: 422, retryable: false },
  BACKUP_STOPPED: { status: 503, retryable: true },
  /** The home cannot take a restore. */
  RESTORE_HOME: { status: 409, retryable: false },
  /** The key is missing, or that of another home. */
  RESTORE_KEY: { status: 422, retryable: false },
  /** Nothing waits for a release. */
  RESTORE_NOT_HELD: { status: 409, retryable: false },
});
