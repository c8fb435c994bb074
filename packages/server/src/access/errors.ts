/** errors: the codes of the access area. */
import { errorsOf } from "../platform/errors/index.ts";

export const fail = errorsOf({
  ACCESS_BAD_CREDENTIALS: { status: 401, retryable: false },
  ACCESS_THROTTLED: { status: 429, retryable: true },
  ACCESS_NOT_LOGGED_IN: { status: 401, retryable: false },
  ACCESS_USER_EXISTS: { status: 409, retryable: false },
  ACCESS_USER_UNKNOWN: { status: 404, retryable: false },
  ACCESS_TOKEN_UNKNOWN: { status: 404, retryable: false },
  ACCESS_ROLE_TOO_HIGH: { status: 403, retryable: false },
  ACCESS_LAST_ADMIN: { status: 409, retryable: false },
  ACCESS_FACTOR_EXISTS: { status: 409, retryable: false },
  ACCESS_FACTOR_REFUSED: { status: 403, retryable: false },
  ACCESS_SESSION_ONLY: { status: 403, retryable: false },
});
