/** worker: the entry of an ingest thread. It puts together what ingest may not know of: the parsers of content, the rule engine
 *  of detect, and the way into the event store. Everything else about the thread is ingest's. */
import { catalog } from "@holdfast/content";
import { createMatcher, type Signal } from "./detect/index.ts";
import { normaliserWith, serveBlocks } from "./ingest/index.ts";
import type { WorkerLoad } from "./parsers-wiring.ts";
import { createEventInserter, type EventConnection } from "./platform/events/index.ts";

/** What main.ts gives to each thread. */
export interface WorkerData {
  readonly connection: EventConnection;
}

await serveBlocks<Signal>((data) => {
  const { connection } = data as WorkerData;
  const matcher = createMatcher();
  let own = "[]";
  let normalise = normaliserWith(catalog.parsers, []);
  return {
    normalise: (record) => normalise(record),
    matcher,
    inserter: createEventInserter(connection),
    load: (payload) => {
      const { rules, parsers } = payload as WorkerLoad;
      const given = JSON.stringify(parsers);
      if (given !== own) {
        own = given;
        normalise = normaliserWith(catalog.parsers, parsers);
      }
      return { version: rules.version, ...matcher.load(rules) };
    },
  };
});
