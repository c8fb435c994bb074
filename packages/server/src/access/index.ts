/** access: who may do what. Surface of the area. */
export { type Access, createAccess } from "./create.ts";
export { createSecondFactors } from "./second-factor.ts";
export type { Principal } from "./sessions.ts";
export { startSweeper } from "./sweeper.ts";
