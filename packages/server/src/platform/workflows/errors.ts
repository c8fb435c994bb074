/** errors: what can go wrong with durable workflows, as stable codes. */
import { errorsOf } from "../errors/index.ts";

export const workflowsFail = errorsOf({
  /** A name defined twice, after the launch, or started without being defined. */
  WORKFLOWS_DEFINITION: { status: 500, retryable: false },
  /** Used before `launch` or after `close`, or a second engine in one process. */
  WORKFLOWS_STATE: { status: 503, retryable: true },
  /** A step was begun while another of the same workflow still ran: its place in history would be left to chance. */
  WORKFLOWS_OVERLAP: { status: 500, retryable: false },
  /** The workflow was cancelled while it waited. */
  WORKFLOWS_CANCELLED: { status: 409, retryable: false },
});
