/** errors: the codes of the exercises area. */
import { errorsOf } from "../platform/errors/index.ts";

export const exercisesFail = errorsOf({
  EXERCISES_UNKNOWN: { status: 404, retryable: false },
  EXERCISES_RUN_UNKNOWN: { status: 404, retryable: false },
  EXERCISES_RUNNING: { status: 409, retryable: true },
  EXERCISES_OVER: { status: 409, retryable: false },
  EXERCISES_BROKEN: { status: 422, retryable: false },
  EXERCISES_QUESTION_UNKNOWN: { status: 404, retryable: false },
  EXERCISES_GAP_UNKNOWN: { status: 404, retryable: false },
});
