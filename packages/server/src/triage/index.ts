/** index: the surface of triage. */
export { createTriage, type IncidentFacts, type Triage, type TriageOptions } from "./create.ts";
export { actingAs, type People } from "./people.ts";
export type { WaitingListener } from "./alert-actions.ts";
export type { Summary, WaitingAlert, WaitingIncident } from "./summary-store.ts";
export type { IncidentChange } from "./incident-changes.ts";
