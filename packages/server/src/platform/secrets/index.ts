/** index: the surface of sealed secrets. */
export { createSealer, type Sealer } from "./sealer.ts";
