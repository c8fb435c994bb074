/** index: the surface of the pulls area. */
export { createPulls, type Pulls, type PullsOptions } from "./create.ts";
