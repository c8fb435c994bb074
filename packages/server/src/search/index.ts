/** search: one language over stored events. Surface of the area. */
export { createSearch, type Search } from "./create.ts";
