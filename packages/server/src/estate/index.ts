/** estate: assets, identities, services. Surface of the area. */
export { createEstate, type Estate } from "./create.ts";
export type { EstateTarget, UserOnAsset } from "./targets.ts";
