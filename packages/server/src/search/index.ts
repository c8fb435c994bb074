/** search: one language over stored events. Surface of the area. */
export type { CollectedEvent } from "./collect.ts";
export { createSearch, type Search, type SearchOptions } from "./create.ts";
export { parseRangeOfTime } from "./time.ts";
