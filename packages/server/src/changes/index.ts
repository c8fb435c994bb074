/** changes: what is planned and under way on the estate. Surface of the area. */
export { type Changes, createChanges } from "./create.ts";
