/** processor: one block from spool bytes to stored rows, inside a worker thread. All records are read, normalised and matched (points of
 *  metrics: read and checked) first, then stored under tokens that only depend on the block: a block that is run again stores nothing twice.
 *  Rows that the event store refuses are narrowed down by halves to the record at fault, which goes to quarantine. */
import { setTimeout as sleep } from "node:timers/promises";
import { decodeRecord, type Logsource, type Normaliser, type EventColumns } from "@holdfast/sdk";
import { isAppError } from "../platform/errors/index.ts";
import {
  createEventRows,
  createMetricRows,
  type EventInserter,
  type EventRows,
  type MetricRows,
} from "../platform/events/index.ts";
import { type BlockRecord, readBlock } from "../platform/spool/index.ts";
import type { BlockPlan, BlockResult, Exclusion, SpoolPlace } from "./block.ts";
import { METRIC_RECORDS } from "./metrics/point.ts";
import { pointRow } from "./metrics/point-row.ts";
import { BlockTally } from "./tally.ts";
import { textOf } from "./text.ts";

/** What the matcher is given: one normalised event. */
export interface MatchInput {
  readonly eventId: string;
  readonly source: string;
  readonly receivedMs: number;
  readonly columns: EventColumns;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly logsource: Logsource | undefined;
  readonly text: string;
}

/** The rule engine as ingest sees it. */
export interface BlockMatcher<Signal> {
  match(input: MatchInput): readonly Signal[];
  /** The signal as a row of the signals table: one NDJSON line with its line break. */
  serialise(
    signal: Signal,
    event: { readonly receivedMs: number; readonly source: string; readonly class: string },
  ): string;
}

export interface ProcessorOptions<Signal> {
  readonly spool: SpoolPlace;
  readonly normalise: Normaliser;
  readonly matcher: BlockMatcher<Signal>;
  readonly inserter: EventInserter;
  /** A record above this goes to quarantine unread. */
  readonly recordBytes: number;
  /** Called with the ordinal before each record and with undefined after the last: the watchdog looks at it. */
  readonly atRecord: (ordinal: number | undefined, careful: boolean) => void;
  readonly log: (fields: object, sentence: string) => void;
}

export interface BlockProcessor<Signal> {
  process(job: BlockJob): Promise<BlockResult<Signal>>;
}

export interface BlockJob {
  readonly plan: BlockPlan;
  /** Records that are tried alone first, because an earlier run got stuck on them. */
  readonly careful: readonly number[];
  /** All records are read; from here on the thread only waits for the event store. */
  readonly onRead?: () => void;
}

interface Row {
  readonly record: BlockRecord;
  readonly table: "events" | "metrics";
  /** Place of the row in the buffer. */
  readonly start: number;
  readonly end: number;
  readonly unclassified: boolean;
  readonly signals: string;
}

/** Where reading a record leaves its traces. */
interface Target<Signal> {
  readonly segment: number;
  readonly tally: BlockTally<Signal>;
  readonly buffer: EventRows;
  readonly points: MetricRows;
}

export function createBlockProcessor<Signal>(options: ProcessorOptions<Signal>): BlockProcessor<Signal> {
  const { spool, normalise, matcher, inserter } = options;

  function readOne(record: BlockRecord, into: Target<Signal>): Row | undefined {
    return record.envelope.kind === METRIC_RECORDS ? readPoint(record, into) : readEvent(record, into);
  }

  function readPoint(record: BlockRecord, { segment, tally, points }: Target<Signal>): Row | undefined {
    const read = pointRow(record, eventIdOf(segment, record.ordinal));
    if (!read.ok) {
      tally.quarantined(record, { code: "POINT_INVALID", reason: read.reason });
      return undefined;
    }
    tally.measured(read.row.time);
    const start = points.add(read.row);
    return { record, table: "metrics", start, end: points.end, unclassified: false, signals: "" };
  }

  function readEvent(record: BlockRecord, into: Target<Signal>): Row {
    const { segment, tally, buffer } = into;
    const { envelope } = record;
    const decoded = textOf(record.bytes);
    const input = { text: decoded.text, received: envelope.receivedMs, peer: envelope.peer, kind: envelope.kind };
    const event = normalise(decodeRecord(input));
    const { columns, class_name } = event;
    const notes = [...decoded.notes, ...event.notes];
    const eventId = eventIdOf(segment, record.ordinal);
    const context = { receivedMs: envelope.receivedMs, source: envelope.source, class: class_name };
    let signals = "";
    try {
      const text = decoded.text;
      for (const signal of matcher.match({
        eventId,
        source: envelope.source,
        receivedMs: envelope.receivedMs,
        columns,
        fields: event.fields,
        logsource: event.logsource,
        text,
      })) {
        signals += matcher.serialise(signal, context);
        tally.signal(record.ordinal, signal);
      }
    } catch (error) {
      notes.push("match-failed");
      tally.matchFailures += 1;
      options.log({ eventId, reason: messageOf(error) }, "matching rules failed on an event");
    }
    tally.observe(event, record);
    const pipeline = { id: eventId, received_ms: envelope.receivedMs, source: envelope.source, peer: envelope.peer };
    const row = { ...columns, ...pipeline, parser: event.parser, class: class_name, notes, raw: decoded.text };
    const start = buffer.add(row, decoded.utf8 ? record.bytes : undefined);
    return { record, table: "events", start, end: buffer.end, unclassified: class_name === "unclassified", signals };
  }

  async function store(rows: readonly Row[], token: (rows: readonly Row[]) => string, into: Target<Signal>) {
    const [first, last] = [rows[0], rows.at(-1)];
    if (first === undefined || last === undefined) return;
    const { tally, buffer, points } = into;
    const { table } = first;
    const encoded = (table === "events" ? buffer : points).bytes(first.start, last.end);
    try {
      await insertUntilTaken({ table, encoded, rows: rows.length, token: token(rows) });
      for (const row of rows) tally.stored(row.record, row.unclassified);
    } catch (error) {
      if (rows.length === 1) {
        tally.quarantined(first.record, { code: "RECORD_REFUSED", reason: messageOf(error) });
        return;
      }
      const middle = rows.length >> 1;
      await store(rows.slice(0, middle), token, into);
      await store(rows.slice(middle), token, into);
    }
  }

  /** Throws only when the rows themselves were refused; everything else is waited out. */
  async function insertUntilTaken(batch: Parameters<EventInserter["insert"]>[0]): Promise<void> {
    for (let wait = 100; ; wait = Math.min(wait * 2, 5_000)) {
      try {
        await inserter.insert(batch);
        return;
      } catch (error) {
        if (isAppError(error) && error.code === "EVENTS_BAD_DATA") throw error;
        options.log(
          { token: batch.token, reason: messageOf(error) },
          "the event store does not take a block; trying again",
        );
        await sleep(wait);
      }
    }
  }

  return {
    process: async ({ plan, careful, onRead }) => {
      const started = performance.now();
      const read = readBlock(spool, plan);
      const excluded = new Map(plan.excluded.map((exclusion) => [exclusion.ordinal, exclusion]));
      const { segment } = plan;
      const trial = {
        segment,
        tally: new BlockTally<Signal>(),
        buffer: createEventRows(0),
        points: createMetricRows(0),
      };
      for (const record of read.records) {
        if (!careful.includes(record.ordinal) || excluded.has(record.ordinal)) continue;
        options.atRecord(record.ordinal, true);
        readOne(record, trial);
        options.atRecord(undefined, true);
      }
      const tally = new BlockTally<Signal>();
      tally.damaged = read.damaged;
      const measured = read.records.filter(({ envelope }) => envelope.kind === METRIC_RECORDS).length;
      const size = (plan.to - plan.from) * 2;
      const into = {
        segment,
        tally,
        buffer: createEventRows(measured === read.records.length ? 0 : size),
        points: createMetricRows(measured === 0 ? 0 : size),
      };
      const rows: { readonly events: Row[]; readonly metrics: Row[] } = { events: [], metrics: [] };
      for (const record of read.records) {
        const exclusion = excluded.get(record.ordinal) ?? tooLarge(record, options.recordBytes);
        if (exclusion !== undefined) {
          tally.quarantined(record, exclusion);
          continue;
        }
        options.atRecord(record.ordinal, false);
        const row = readOne(record, into);
        if (row !== undefined) rows[row.table].push(row);
      }
      options.atRecord(undefined, false);
      onRead?.();
      const readAt = performance.now();
      // Each table remembers tokens of its own.
      for (const all of [rows.events, rows.metrics]) {
        await store(all, (part) => tokenOf(spool.id, plan, part === all ? undefined : part), into);
      }
      const timing = () => ({ readMs: readAt - started, storeMs: performance.now() - readAt });
      const result = tally.result(timing());
      if (result.signals.length > 0) {
        // A record that went to quarantine raises nothing: its replay will.
        const lines = rows.events.filter((row) => !tally.isRefused(row.record)).map((row) => row.signals);
        const ndjson = Buffer.from(lines.join(""));
        const token = tokenOf(spool.id, plan, undefined);
        await insertUntilTaken({ table: "signals", ndjson, rows: result.signals.length, token });
      }
      return { ...result, ...timing() };
    },
  };
}

function tooLarge(record: BlockRecord, most: number): Pick<Exclusion, "code" | "reason"> | undefined {
  const { length } = record.bytes;
  if (length <= most) return undefined;
  return { code: "RECORD_TOO_LARGE", reason: `It has ${length} bytes; the limit ingest.record.bytes is ${most}.` };
}

/** The same for the same range for ever; halves of a refused block have their own. */
function tokenOf(spool: string, plan: BlockPlan, part: readonly Row[] | undefined): string {
  const token = `${spool}:${plan.segment}:${plan.from}-${plan.to}`;
  if (part === undefined) return token;
  return `${token}:${part[0]?.record.ordinal ?? 0}-${part.at(-1)?.record.ordinal ?? 0}`;
}

export const eventIdOf = (segment: number, ordinal: number): string =>
  String((BigInt(segment) << 32n) + BigInt(ordinal));

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
