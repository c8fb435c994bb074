/** estate: assets, identities, services. Surface of the area. */
export { createEstate } from "./create.ts";
