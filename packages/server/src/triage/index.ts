/** index: the surface of triage. */
export { createTriage, type IncidentFacts, type Triage } from "./create.ts";
export { actingAs, findPerson, type People, type Person } from "./people.ts";
export type { WaitingListener } from "./alert-actions.ts";
export type { Summary, WaitingAlert, WaitingIncident } from "./summary-store.ts";
export type { IncidentChange } from "./incident-changes.ts";
