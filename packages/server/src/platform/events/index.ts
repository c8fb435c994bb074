/** events: the event store: one port, an embedded engine or a server behind it. */
export type { EventParams, EventStore, QueryLimits } from "./port.ts";
export type { EventConnection } from "./connection.ts";
export type { EventInserter, EventRange } from "./inserter.ts";
export type { InsertBatch } from "./port.ts";
export type { EventRow, EventRows } from "./event-rows.ts";
export type { OpenEvents } from "./embedded.ts";
export { openEmbeddedEvents } from "./embedded.ts";
export { dropFrozen, type FrozenEvents, freezeEvents, stoppedEvents } from "./frozen.ts";
export { connectEvents } from "./server.ts";
export { createEventInserter } from "./inserter.ts";
export { EVENT_TABLE_COLUMNS } from "./columns.ts";
export { createEventRows, encodeEvents } from "./event-rows.ts";
export type { Exemplar, MetricKind, MetricRow, MetricRows } from "./metric-rows.ts";
export { createMetricRows, METRIC_KINDS } from "./metric-rows.ts";
