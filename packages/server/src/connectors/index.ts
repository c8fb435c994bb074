/** index: the surface of the connectors area. */
export { type Connectors, createConnectors } from "./create.ts";
export { REHEARSAL } from "./rehearsed.ts";
