/** estate: assets, identities, services. Surface of the area. */
export { createEstate } from "./create.ts";
export type { EstateTarget, UserOnAsset } from "./targets.ts";
