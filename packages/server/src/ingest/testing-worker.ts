/** testing-worker: the worker entry of ingest's own tests: the real parsers and event store, no rules, and three markers in a
 *  record's text that stand for what a hostile record might do to a parser: spin, use up memory, or be refused by the store. */
import { catalog } from "@holdfast/content";
import { createNormaliser, type DecodedRecord } from "@holdfast/sdk";
import { createEventInserter, type EventConnection } from "../platform/events/index.ts";
import { errorsOf } from "../platform/errors/index.ts";
import { serveBlocks } from "./worker-thread.ts";

const badData = errorsOf({ EVENTS_BAD_DATA: { status: 422, retryable: false } });

export interface TestSignal {
  readonly id: string;
  readonly eventId: string;
}

await serveBlocks<TestSignal>((data) => {
  const connection = data as EventConnection;
  const normalise = createNormaliser(catalog.parsers);
  const inserter = createEventInserter(connection);
  return {
    normalise: (record: DecodedRecord) => {
      if (record.text.includes("test-marker-spin")) for (;;);
      if (record.text.includes("test-marker-memory")) {
        const held: string[][] = [];
        for (;;) held.push(Array.from({ length: 100_000 }, (_, index) => `${index}-${held.length}`));
      }
      return normalise(record);
    },
    matcher: {
      match: ({ eventId, text }) => (text.includes("test-marker-signal") ? [{ id: `s${eventId}`, eventId }] : []),
      serialise: (signal, event) =>
        `${JSON.stringify({
          id: signal.id,
          time: new Date(event.receivedMs).toISOString().slice(0, 23).replace("T", " "),
          received: new Date(event.receivedMs).toISOString().slice(0, 23).replace("T", " "),
          rule_id: "test",
          event_id: signal.eventId,
          source: event.source,
          class: event.class,
        })}\n`,
    },
    inserter: {
      insert: async (batch) => {
        if ("encoded" in batch && Buffer.from(batch.encoded).includes("test-marker-refused")) {
          throw badData("EVENTS_BAD_DATA", "The event store refused the rows.");
        }
        await inserter.insert(batch);
      },
      present: (range) => inserter.present(range),
      close: () => inserter.close(),
    },
    load: (payload) => payload,
  };
});
