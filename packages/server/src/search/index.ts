/** search: one language over stored events. Surface of the area. */
export type { CollectedEvent, Collection } from "./collect.ts";
export { createSearch, type Search } from "./create.ts";
export { parseRangeOfTime } from "./time.ts";
