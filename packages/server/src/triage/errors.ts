/** errors: the codes of triage. */
import { errorsOf } from "../platform/errors/index.ts";

export const fail = errorsOf({
  TRIAGE_ALERT_UNKNOWN: { status: 404, retryable: false },
  TRIAGE_INCIDENT_UNKNOWN: { status: 404, retryable: false },
  TRIAGE_PERSON_UNKNOWN: { status: 422, retryable: false },
  TRIAGE_CURSOR_INVALID: { status: 400, retryable: false },
  TRIAGE_TIME_INVALID: { status: 400, retryable: false },
  TRIAGE_NOT_MEMBER: { status: 404, retryable: false },
  TRIAGE_MERGED_ELSEWHERE: { status: 409, retryable: false },
  TRIAGE_EXERCISE_MIXED: { status: 409, retryable: false },
  TRIAGE_SAME_INCIDENT: { status: 409, retryable: false },
  TRIAGE_RISK_UNKNOWN: { status: 404, retryable: false },
  TRIAGE_HOLD_UNKNOWN: { status: 404, retryable: false },
  TRIAGE_EXPRESSION_INVALID: { status: 422, retryable: false },
  TRIAGE_SETTINGS_CHANGED: { status: 409, retryable: false },
  TRIAGE_NOTHING_SPLIT: { status: 409, retryable: false },
  TRIAGE_NOTHING_MERGED: { status: 409, retryable: false },
  TRIAGE_KEYS_INVALID: { status: 422, retryable: false },
  TRIAGE_NOT_TAKEN: { status: 409, retryable: false },
  TRIAGE_NOTHING_TO_TAKE: { status: 409, retryable: false },
  TRIAGE_SIGNAL_ELSEWHERE: { status: 409, retryable: false },
  TRIAGE_TAKE_ALL: { status: 409, retryable: false },
  TRIAGE_TAKE_REFUSED: { status: 409, retryable: false },
  TRIAGE_TOO_MANY_GROUPS: { status: 422, retryable: false },
});
