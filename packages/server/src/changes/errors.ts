/** errors: the codes of the changes area. */
import { errorsOf } from "../platform/errors/index.ts";

export const fail = errorsOf({
  CHANGE_UNKNOWN: { status: 404, retryable: false },
  CHANGE_CONFLICT: { status: 409, retryable: false },
  CHANGE_WRONG_STATE: { status: 409, retryable: false },
  CHANGE_TIMES_INVALID: { status: 400, retryable: false },
});
