/** correlation-outbox: signals of matches from the transaction that made them into the event store. Each transaction's are one
 *  batch under one token, so whoever crashes in between stores nothing twice. */
import type { EventStore } from "../platform/events/index.ts";
import type { Tables } from "../platform/tables/index.ts";
import { nextInOutbox, removeFromOutbox } from "./correlation-store.ts";

export async function deliverOutbox(tables: Tables, events: Pick<EventStore, "insert">): Promise<void> {
  for (;;) {
    const next = await nextInOutbox(tables.db);
    if (next === undefined) return;
    const { batch, rows, lines } = next;
    // The first line has the id of a match in it, which tells the batches of several databases apart.
    const token = `correlation:${batch}:${lines.slice(0, TOKEN_TEXT)}`;
    await events.insert({ table: "signals", ndjson: Buffer.from(lines), rows, token });
    await removeFromOutbox(tables.db, batch);
  }
}

/** Enough for `{"id":"…32 digits…"`. */
const TOKEN_TEXT = 41;
