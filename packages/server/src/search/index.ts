/** search: one language over stored events. Surface of the area. */
export { createSearch } from "./create.ts";
export { parseRangeOfTime } from "./time.ts";
