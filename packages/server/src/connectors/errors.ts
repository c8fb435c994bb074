/** errors: the codes of the connectors area. */
import { errorsOf } from "../platform/errors/index.ts";

export const fail = errorsOf({
  CONNECTORS_UNKNOWN: { status: 404, retryable: false },
  CONNECTORS_KIND_UNKNOWN: { status: 422, retryable: false },
  CONNECTORS_EXISTS: { status: 409, retryable: false },
  CONNECTORS_BAD_SETTINGS: { status: 422, retryable: false },
  CONNECTORS_BAD_ALLOW_LIST: { status: 422, retryable: false },
  CONNECTORS_SECRETS_NEEDED: { status: 422, retryable: false },
});
