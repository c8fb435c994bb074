/** index: the surface of incidents. */
export { createIncidents, type Incidents } from "./create.ts";
export type { NewNote } from "./note.ts";
export type { NewWait, Wait } from "./wait.ts";
export { REPORT_CSS } from "./report-html.ts";
