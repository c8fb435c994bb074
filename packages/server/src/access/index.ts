/** access: who may do what. Surface of the area. */
export { type Access, createAccess } from "./create.ts";
export type { Principal } from "./sessions.ts";
