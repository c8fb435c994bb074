/** index: the surface of triage. */
export { createTriage } from "./create.ts";
export type { Summary, WaitingAlert, WaitingIncident } from "./summary-store.ts";
