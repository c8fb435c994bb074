/** ingest: from acknowledged record to stored event: inputs, pump, sources, imports and quarantine. */
export type { Observations } from "./block.ts";
export type { Feed } from "./feed.ts";
export { createIngest, type Ingest, type SourceFacts } from "./create.ts";
export { FILL_FIELDS, type SeenFill, type SeenLane, type SeenSource } from "./lanes.ts";
export { createParserFolder, normaliserWith, type ParserFolder } from "./parser-folder.ts";
export type { ParserFile } from "./parser-text.ts";
export { demandOf, readCertificates } from "./inputs/certificates.ts";
export { protocolPorts, type HttpPortsConfig } from "./inputs/http-ports.ts";
export { serveBlocks } from "./worker-thread.ts";
export type { Rehearse } from "./rehearsal.ts";
export { unpackSnappy } from "./snappy.ts";
export { splitBody, splitLines } from "./split-records.ts";
export { readExposition } from "./metrics/exposition.ts";
export { encodePoint, METRIC_RECORDS, type MetricPoint } from "./metrics/point.ts";
