/** errors: the codes of incidents. */
import { errorsOf } from "../platform/errors/index.ts";

export const fail = errorsOf({
  INCIDENTS_UNKNOWN: { status: 404, retryable: false },
  INCIDENTS_PERSON_UNKNOWN: { status: 422, retryable: false },
  INCIDENTS_TASK_UNKNOWN: { status: 404, retryable: false },
  INCIDENTS_TEMPLATE_UNKNOWN: { status: 422, retryable: false },
  INCIDENTS_WAIT_UNKNOWN: { status: 404, retryable: false },
  INCIDENTS_LINK_INVALID: { status: 422, retryable: false },
  INCIDENTS_REVIEW_CHANGED: { status: 409, retryable: false },
  INCIDENTS_EVIDENCE_UNKNOWN: { status: 404, retryable: false },
  INCIDENTS_EVIDENCE_INVALID: { status: 422, retryable: false },
  INCIDENTS_EVIDENCE_SEALED: { status: 409, retryable: false },
  INCIDENTS_EVIDENCE_CHANGED: { status: 409, retryable: false },
  INCIDENTS_EVIDENCE_TOO_LARGE: { status: 413, retryable: false },
});
