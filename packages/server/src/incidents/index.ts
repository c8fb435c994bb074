/** index: the surface of incidents. */
export { createIncidents, type Incidents } from "./create.ts";
export { REPORT_CSS } from "./report-html.ts";
