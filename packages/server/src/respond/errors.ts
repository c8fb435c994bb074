/** errors: the codes of the respond area. */
import { errorsOf } from "../platform/errors/index.ts";

export const fail = errorsOf({
  RESPOND_ACTION_INVALID: { status: 422, retryable: false },
  RESPOND_KEY_TAKEN: { status: 409, retryable: false },
  RESPOND_EFFECT_UNKNOWN: { status: 404, retryable: false },
  RESPOND_APPROVAL_UNKNOWN: { status: 404, retryable: false },
  RESPOND_WRONG_STATE: { status: 409, retryable: false },
  RESPOND_MOVED_ON: { status: 409, retryable: true },
  RESPOND_NOT_ALLOWED: { status: 403, retryable: false },
  RESPOND_OVER_LIMIT: { status: 409, retryable: false },
  RESPOND_CHANGED: { status: 409, retryable: false },
  RESPOND_SECOND_FACTOR: { status: 403, retryable: false },
  RESPOND_REASON_MISSING: { status: 422, retryable: false },
  RESPOND_TIME_INVALID: { status: 422, retryable: false },
  RESPOND_POLICY_CHANGED: { status: 409, retryable: false },
  RESPOND_POLICY_UNKNOWN: { status: 404, retryable: false },
});
