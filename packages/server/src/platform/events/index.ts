/** events: the event store: one port, an embedded engine or a server behind it. */
export type { EventParams, EventStore, EventStoreInfo, InsertBatch, QueryLimits, QueryOptions } from "./port.ts";
export type { EventConnection } from "./connection.ts";
export type { EventErrorCode } from "./errors.ts";
export type { EmbeddedEvents, EmbeddedOptions, OpenEvents } from "./embedded.ts";
export type { ServerOptions } from "./server.ts";
export type { EventInserter } from "./inserter.ts";
export type { ColumnKind, EventTableColumn } from "./columns.ts";
export type { EventRow } from "./serialise.ts";
export { openEmbeddedEvents } from "./embedded.ts";
export { connectEvents } from "./server.ts";
export { createEventInserter } from "./inserter.ts";
export { EVENT_TABLE_COLUMNS, SIGNAL_TABLE_COLUMNS } from "./columns.ts";
export { addressText, serialiseEvent } from "./serialise.ts";
