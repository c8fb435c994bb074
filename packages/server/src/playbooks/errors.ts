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
  PLAYBOOKS_ID_TAKEN: { status: 409, retryable: false },
  PLAYBOOKS_NOT_PUBLISHED: { status: 409, retryable: false },
  /** Somebody switched it off; `details.off` says who, when and why. */
  PLAYBOOKS_OFF: { status: 409, retryable: false },
  PLAYBOOKS_NOTHING_TO_PUBLISH: { status: 409, retryable: false },
  /** The step does not wait for this answer any more. */
  PLAYBOOKS_STEP_OVER: { status: 409, retryable: false },
  PLAYBOOKS_TOO_DEEP: { status: 422, retryable: false },
});
