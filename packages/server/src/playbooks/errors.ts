/** errors: the codes of playbooks and their runs. */
import { errorsOf } from "../platform/errors/index.ts";

export const fail = errorsOf({
  PLAYBOOKS_UNKNOWN: { status: 404, retryable: false },
  PLAYBOOKS_RUN_UNKNOWN: { status: 404, retryable: false },
  PLAYBOOKS_STEP_UNKNOWN: { status: 404, retryable: false },
  PLAYBOOKS_INCIDENT_UNKNOWN: { status: 404, retryable: false },
  /** The text or document has errors; `details.problems` has each with its place. */
  PLAYBOOKS_INVALID: { status: 422, retryable: false },
  PLAYBOOKS_VARIABLE_MISSING: { status: 422, retryable: false },
  /** A value that does not fit its variable, or one for a variable that there is not. */
  PLAYBOOKS_VARIABLE_WRONG: { status: 422, retryable: false },
  /** Somebody saved it since it was read; `details` says who and when. */
  PLAYBOOKS_CHANGED: { status: 409, retryable: false },
  PLAYBOOKS_ID_TAKEN: { status: 409, retryable: false },
  PLAYBOOKS_NOT_PUBLISHED: { status: 409, retryable: false },
  /** Somebody switched it off; `details.off` says who, when and why. */
  PLAYBOOKS_OFF: { status: 409, retryable: false },
  PLAYBOOKS_NOTHING_TO_PUBLISH: { status: 409, retryable: false },
  /** The step does not wait for this answer any more. */
  PLAYBOOKS_STEP_OVER: { status: 409, retryable: false },
  PLAYBOOKS_TRIGGER_UNKNOWN: { status: 404, retryable: false },
  PLAYBOOKS_SUGGESTION_UNKNOWN: { status: 404, retryable: false },
  /** `details` has the mistake in the condition with its character. */
  PLAYBOOKS_TRIGGER_INVALID: { status: 422, retryable: false },
  /** Somebody changed it since it was read. */
  PLAYBOOKS_TRIGGER_CHANGED: { status: 409, retryable: false },
  /** What came with the program is switched off, not removed. */
  PLAYBOOKS_TRIGGER_SHIPPED: { status: 409, retryable: false },
  /** Somebody started or dismissed it already. */
  PLAYBOOKS_SUGGESTION_OVER: { status: 409, retryable: false },
  /** Only what broke off can be gone on with. */
  PLAYBOOKS_NOT_BROKEN: { status: 409, retryable: false },
  PLAYBOOKS_TOO_DEEP: { status: 422, retryable: false },
});
