/** index: the surface of playbooks. */
export { createPlaybooks, type Playbooks } from "./create.ts";
export type { PlaybooksOptions } from "./port.ts";
