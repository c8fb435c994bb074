/** index: the surface of the connectors area. */
export { type ActionCall, type Connectors, createConnectors, type DeliverCall, type PlanAnswer } from "./create.ts";
export { REHEARSAL } from "./rehearsed.ts";
