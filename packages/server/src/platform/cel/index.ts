/** index: the surface of expressions. */
export { type Cel, type CelJson, createCel } from "./cel.ts";
