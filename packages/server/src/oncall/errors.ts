/** errors: the codes of on-call. */
import { errorsOf } from "../platform/errors/index.ts";

export const fail = errorsOf({
  ONCALL_SCHEDULE_UNKNOWN: { status: 404, retryable: false },
  ONCALL_POLICY_UNKNOWN: { status: 404, retryable: false },
  ONCALL_OVERRIDE_UNKNOWN: { status: 404, retryable: false },
  ONCALL_INCIDENT_UNKNOWN: { status: 404, retryable: false },
  ONCALL_CLOCK_UNKNOWN: { status: 404, retryable: false },
  ONCALL_PERSON_UNKNOWN: { status: 422, retryable: false },
  ONCALL_CHANNEL_UNKNOWN: { status: 422, retryable: false },
  ONCALL_ZONE_UNKNOWN: { status: 422, retryable: false },
  ONCALL_RANGE_INVALID: { status: 422, retryable: false },
  ONCALL_SWAP_INVALID: { status: 422, retryable: false },
  ONCALL_NAME_TAKEN: { status: 409, retryable: false },
  ONCALL_IN_USE: { status: 409, retryable: false },
  ONCALL_VERSION_CONFLICT: { status: 409, retryable: false },
  ONCALL_NO_POLICY: { status: 409, retryable: false },
  ONCALL_NOT_RUNNING: { status: 409, retryable: false },
});
