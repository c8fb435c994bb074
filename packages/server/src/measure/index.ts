/** index: the surface of measure. */
export { createMeasure } from "./create.ts";
