/** seen: what ingest hands over of a block, and what it knows of a source. */
export type { SeenFill, SeenLane, SeenSource, SourceFacts } from "../ingest/index.ts";
