/** index: the surface of exercises. */
export { createExercises, type Exercises, type ExercisesOptions } from "./create.ts";
