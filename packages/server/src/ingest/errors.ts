/** errors: what ingest answers when it does not take something, as stable codes. */
import { errorsOf } from "../platform/errors/index.ts";

export const INGEST_ERRORS = {
  INGEST_KEY_MISSING: { status: 401, retryable: false },
  INGEST_KEY_UNKNOWN: { status: 401, retryable: false },
  INGEST_FORBIDDEN: { status: 403, retryable: false },
  INGEST_SOURCE_DISABLED: { status: 403, retryable: false },
  INGEST_SOURCE_UNKNOWN: { status: 404, retryable: false },
  INGEST_SOURCE_WITHOUT_KEY: { status: 409, retryable: false },
  INGEST_QUERY_UNKNOWN: { status: 404, retryable: false },
  INGEST_QUERY_REFUSED: { status: 400, retryable: false },
  INGEST_IMPORT_UNKNOWN: { status: 404, retryable: false },
  INGEST_IMPORT_CLOSED: { status: 409, retryable: false },
  INGEST_IMPORT_GAP: { status: 409, retryable: false },
  INGEST_BODY_TOO_LARGE: { status: 413, retryable: false },
  INGEST_BODY_BROKEN: { status: 400, retryable: false },
  INGEST_ENCODING_UNKNOWN: { status: 415, retryable: false },
  INGEST_SOURCE_SHARE: { status: 429, retryable: true },
  INGEST_BUSY: { status: 429, retryable: true },
  INGEST_DISK_LOW: { status: 503, retryable: true },
  INGEST_STOPPING: { status: 503, retryable: true },
  INGEST_PORT_TAKEN: { status: 503, retryable: false },
  INGEST_CERTIFICATE: { status: 503, retryable: false },
} as const;

export const ingestFail = errorsOf(INGEST_ERRORS);
