/** index: the surface of on-call. */
export { createOncall, type Oncall } from "./create.ts";
export { ANSWER_PATH } from "./deliveries.ts";
export type { OncallOptions } from "./port.ts";
