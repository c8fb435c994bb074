/** errors: why a home cannot be opened. */
import { errorsOf } from "../errors/index.ts";

const HOME_ERRORS = {
  /** Another process holds the lock for life. */
  HOME_IN_USE: { status: 503, retryable: true },
  /** The directory or a file in it cannot be used as it is. */
  HOME_UNUSABLE: { status: 500, retryable: false },
} as const;

export const homeFail = errorsOf(HOME_ERRORS);
