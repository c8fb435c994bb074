/** failure: what went wrong on the way out, as the value that content gets. */
import type { Failure } from "@holdfast/sdk";
import { isAppError } from "../../platform/errors/index.ts";

/** @param sent whether the far side may have been asked to act already, for errors that do not say so themselves */
export function failureOf(error: unknown, sent: boolean): Failure {
  const reason = error instanceof Error ? error.message : String(error);
  if (isAppError(error)) {
    return {
      ok: false,
      acted: error.code === "EGRESS_INTERRUPTED" ? "maybe" : "no",
      retryable: error.retryable,
      reason,
    };
  }
  return { ok: false, acted: sent ? "maybe" : "no", retryable: !sent, reason };
}
