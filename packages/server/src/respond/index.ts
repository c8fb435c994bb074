/** index: the surface of respond. */
export { createRespond, type Respond, type RespondOptions } from "./create.ts";
export type { Alarm } from "./port.ts";
