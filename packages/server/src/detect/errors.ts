/** errors: the codes of detect. */
import { errorsOf } from "../platform/errors/index.ts";

export const fail = errorsOf({
  DETECT_RULE_UNKNOWN: { status: 404, retryable: false },
  DETECT_CURSOR_INVALID: { status: 400, retryable: false },
  DETECT_RULE_INVALID: { status: 400, retryable: false },
  DETECT_RULE_CONFLICT: { status: 409, retryable: false },
  DETECT_RULE_FROM_FILE: { status: 409, retryable: false },
  DETECT_RULE_ID_USED: { status: 409, retryable: false },
  DETECT_NOT_OVERRIDDEN: { status: 409, retryable: false },
  DETECT_DRAFT_UNKNOWN: { status: 404, retryable: false },
  DETECT_DRAFT_CONFLICT: { status: 409, retryable: false },
  DETECT_VERSION_UNKNOWN: { status: 404, retryable: false },
  DETECT_EXCEPTION_UNKNOWN: { status: 404, retryable: false },
  DETECT_EXCEPTION_INVALID: { status: 400, retryable: false },
  DETECT_EXCEPTION_CONFLICT: { status: 409, retryable: false },
  DETECT_EXCEPTION_FROM_FILE: { status: 409, retryable: false },
  DETECT_EVENT_UNKNOWN: { status: 404, retryable: false },
  DETECT_SIGNAL_UNKNOWN: { status: 404, retryable: false },
  DETECT_DRY_RUN_BROKEN: { status: 400, retryable: false },
});
