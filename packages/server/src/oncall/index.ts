/** index: the surface of on-call. */
export type { RawAnswer } from "./answers.ts";
export { createOncall, type Oncall } from "./create.ts";
export { ANSWER_PATH } from "./deliveries.ts";
export type { IncidentFacts, OncallOptions } from "./port.ts";
