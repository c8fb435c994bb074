/** errors: the codes of the pulls area. */
import { errorsOf } from "../platform/errors/index.ts";

export const fail = errorsOf({
  PULLS_UNKNOWN: { status: 404, retryable: false },
  PULLS_KIND_UNKNOWN: { status: 422, retryable: false },
  PULLS_BAD_SETTINGS: { status: 422, retryable: false },
  PULLS_BAD_ALLOW_LIST: { status: 422, retryable: false },
  PULLS_SECRETS_NEEDED: { status: 422, retryable: false },
  PULLS_BROKER: { status: 503, retryable: true },
});
