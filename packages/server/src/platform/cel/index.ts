/** index: the surface of expressions. */
export { type Cel, type CelJson, type CelMistake, createCel } from "./cel.ts";
