/** index: the surface of respond. */
export { createRespond, type Respond, type RespondOptions } from "./create.ts";
