/** errors: the codes of the HTTP edge. */
import { errorsOf } from "../platform/errors/index.ts";

export const fail = errorsOf({
  HTTP_INVALID: { status: 400, retryable: false },
  HTTP_NOT_FOUND: { status: 404, retryable: false },
  HTTP_NOT_LOGGED_IN: { status: 401, retryable: false },
  HTTP_DENIED: { status: 403, retryable: false },
  HTTP_CSRF: { status: 403, retryable: false },
  HTTP_PORT_TAKEN: { status: 503, retryable: false },
  HTTP_INTERNAL: { status: 500, retryable: false },
});
