/** index: the surface of triage. */
export type { Applied, Block, EstateLookup, TriageSettings } from "./apply.ts";
export { createTriage, type Triage, type TriageOptions } from "./create.ts";
export type { OpenCounts } from "./open-counts-store.ts";
export type { ServiceLoad, Steps, Summary, WaitingAlert, WaitingIncident } from "./summary-store.ts";
