/** errors: the codes of the estate area. */
import { errorsOf } from "../platform/errors/index.ts";

export const fail = errorsOf({
  ESTATE_ASSET_UNKNOWN: { status: 404, retryable: false },
  ESTATE_IDENTITY_UNKNOWN: { status: 404, retryable: false },
  ESTATE_SERVICE_UNKNOWN: { status: 404, retryable: false },
  ESTATE_EDGE_UNKNOWN: { status: 404, retryable: false },
  ESTATE_TEAM_UNKNOWN: { status: 400, retryable: false },
  ESTATE_REFERENCE_UNKNOWN: { status: 400, retryable: false },
  ESTATE_DEPENDS_ON_ITSELF: { status: 400, retryable: false },
});
