/** history-match: stored records through the matcher: the parsers read them again as when they came, in slices between which other
 *  work of the process goes on, until a bound of rows or time is hit, which is then said in a sentence. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { decodeRecord, type NormalisedEvent, type Normaliser } from "@holdfast/sdk";
import type { SigmaEvent } from "@holdfast/sigma";
import type { EventStore } from "../platform/events/index.ts";
import { isAppError } from "../platform/errors/index.ts";
import { type HistoryAsk, type HistoryFilter, type HistoryRecord, readHistory } from "./history-store.ts";

export interface AgainRead {
  readonly event: NormalisedEvent;
  readonly sigma: SigmaEvent;
}

export interface MatchPlan {
  readonly events: EventStore;
  readonly normalise: Normaliser;
  readonly ask: HistoryAsk;
}

/** Calls `each` for every record; answers how many there were, and what was left out. */
export async function matchRecords(
  { events, normalise, ask }: MatchPlan,
  wanted: { readonly filter: HistoryFilter; readonly rows: number },
  each: (record: HistoryRecord, read: AgainRead) => void,
): Promise<{ read: number; incomplete: string | null }> {
  if (wanted.filter.where === "0") return { read: 0, incomplete: null };
  let read = 0;
  try {
    for await (const chunk of readHistory(events, wanted.filter, { ...ask, rows: wanted.rows + 1 })) {
      for (const record of chunk) {
        if (read === wanted.rows) return { read, incomplete: tooMany(wanted.rows) };
        each(record, readAgain(normalise, record));
        read++;
        if (read % SLICE === 0) await nextTurn();
      }
    }
  } catch (error) {
    if (!isAppError(error) || error.code !== "EVENTS_TIMEOUT") throw error;
    return { read, incomplete: `The matcher had read ${read} events when the time was up: choose a shorter range.` };
  }
  return { read, incomplete: null };
}

/** A stored record as its parser made an event of it. */
export function readAgain(normalise: Normaliser, record: HistoryRecord): AgainRead {
  const { raw: text, receivedMs: received, peer } = record;
  let event = normalise(decodeRecord({ text, received, peer, kind: "http" }));
  // Over syslog a line without a header is a message too; which way it came is not stored.
  if (event.parser !== record.parser) event = normalise(decodeRecord({ text, received, peer, kind: "syslog-tcp" }));
  return { event, sigma: { fields: event.fields, logsource: event.logsource, text } };
}

const SLICE = 250;

function tooMany(rows: number): string {
  return `Only the matcher can decide more than ${rows} of these events, and it read that many: choose a shorter range.`;
}
