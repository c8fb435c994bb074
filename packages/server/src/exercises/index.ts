/** index: the surface of exercises. */
export { createExercises } from "./create.ts";
export type { Floor, Players } from "./port.ts";
