/** errors: the codes of detect. */
import { errorsOf } from "../platform/errors/index.ts";

export const fail = errorsOf({
  DETECT_RULE_UNKNOWN: { status: 404, retryable: false },
  DETECT_CURSOR_INVALID: { status: 400, retryable: false },
});
