/** estate: assets, identities, services. Surface of the area. */
export { createEstate, type Estate } from "./create.ts";
export type { Observed } from "./observe.ts";
export type { OpenCounts } from "./store.ts";
