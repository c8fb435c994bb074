/** errors: the codes of incidents. */
import { errorsOf } from "../platform/errors/index.ts";

export const fail = errorsOf({
  INCIDENTS_UNKNOWN: { status: 404, retryable: false },
  INCIDENTS_EVIDENCE_TOO_LARGE: { status: 413, retryable: false },
});
