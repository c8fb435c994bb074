/** index: the surface of respond. */
export { createRespond, type Respond, type RespondOptions } from "./create.ts";
export type { Connectors as RespondConnectors, Floor as RespondFloor, Settled } from "./port.ts";
