/** errors: the codes of calls outwards. They say whether the far side may have acted, which is what a caller must know. */
import { errorsOf } from "../errors/index.ts";

export const egressFail = errorsOf({
  /** Against the policy: nothing left this machine. */
  EGRESS_REFUSED: { status: 422, retryable: false },
  /** No connection came about: nothing was sent. */
  EGRESS_UNREACHABLE: { status: 502, retryable: true },
  /** It was sent, at least in part, but no whole answer came: the far side may have acted. */
  EGRESS_INTERRUPTED: { status: 502, retryable: false },
});
