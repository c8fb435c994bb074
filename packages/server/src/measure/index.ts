/** index: the surface of measure. */
export { createMeasure } from "./create.ts";
export type { WaitingApproval } from "./needs-you.ts";
