/** errors: the codes of the metric rules area. */
import { errorsOf } from "../platform/errors/index.ts";

export const fail = errorsOf({
  METRIC_RULE_UNKNOWN: { status: 404, retryable: false },
  METRIC_RULE_BAD_TEXT: { status: 422, retryable: false },
  METRIC_RULE_TOO_MANY: { status: 422, retryable: false },
});
