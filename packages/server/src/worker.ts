/** worker: the entry of an ingest thread. It puts together what ingest may not know of: the parsers of content, the rule engine
 *  of detect, and the way into the event store. Everything else about the thread is ingest's. */
import { catalog } from "@holdfast/content";
import { createNormaliser } from "@holdfast/sdk";
import { createMatcher, type RuleLoad, type Signal } from "./detect/index.ts";
import { serveBlocks } from "./ingest/index.ts";
import { createEventInserter, type EventConnection } from "./platform/events/index.ts";

/** What main.ts gives to each thread. */
export interface WorkerData {
  readonly connection: EventConnection;
}

await serveBlocks<Signal>((data) => {
  const { connection } = data as WorkerData;
  const matcher = createMatcher();
  return {
    normalise: createNormaliser(catalog.parsers),
    matcher,
    inserter: createEventInserter(connection),
    load: (payload) => {
      const load = payload as RuleLoad;
      return { version: load.version, ...matcher.load(load) };
    },
  };
});
