/** errors: why the spool did not take a record, as stable codes. None of them means that something acknowledged was lost. */
import { errorsOf } from "../errors/index.ts";

export const SPOOL_ERRORS = {
  /** The spool has reached its size limit: the event store is slower than the senders, or away. */
  SPOOL_FULL: { status: 503, retryable: true },
  /** Too much waits for the disk at this moment. */
  SPOOL_BUSY: { status: 429, retryable: true },
  /** The disk took no more bytes (ENOSPC, EDQUOT). */
  SPOOL_DISK_FULL: { status: 503, retryable: true },
  /** A sync failed: what the disk holds is unknown, so nothing is acknowledged until a restart. */
  SPOOL_FENCED: { status: 503, retryable: true },
  SPOOL_CLOSED: { status: 503, retryable: true },
  /** A record or batch breaks the limits of the format; the caller should have refused it. */
  SPOOL_RECORD_TOO_LARGE: { status: 413, retryable: false },
  /** The directory holds files of another version, or of two spools. */
  SPOOL_FOREIGN: { status: 500, retryable: false },
} as const;

export const spoolFail = errorsOf(SPOOL_ERRORS);
