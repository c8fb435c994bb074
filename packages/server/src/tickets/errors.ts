/** errors: the codes of tickets. */
import { errorsOf } from "../platform/errors/index.ts";

export const fail = errorsOf({
  TICKETS_SYSTEM_UNKNOWN: { status: 404, retryable: false },
  TICKETS_LINK_UNKNOWN: { status: 404, retryable: false },
  TICKETS_INCIDENT_UNKNOWN: { status: 404, retryable: false },
  TICKETS_LINKED_ELSEWHERE: { status: 409, retryable: false },
  TICKETS_NO_CONFLICT: { status: 409, retryable: false },
  TICKETS_SECRET_NEEDED: { status: 422, retryable: false },
  TICKETS_ALLOW_INVALID: { status: 422, retryable: false },
});
