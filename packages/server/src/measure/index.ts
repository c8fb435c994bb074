/** index: the surface of measure. */
export { createMeasure, type Measure, type MeasureOptions } from "./create.ts";
