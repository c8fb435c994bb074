/** processor: one block from spool bytes to stored rows, inside a worker thread. All records are read, normalised and matched (points of
 *  metrics: read and checked) first, then stored; a record whose row the event store refuses goes to quarantine. */
import { decodeRecord, type Logsource, type Normaliser, type EventColumns } from "@holdfast/sdk";
import {
  createEventRows,
  createMetricRows,
  type EventInserter,
  type EventRows,
  type MetricRows,
} from "../platform/events/index.ts";
import { type BlockRecord, readBlock } from "../platform/spool/index.ts";
import type { BlockPlan, BlockResult, Exclusion, SpoolPlace } from "./block.ts";
import { createBlockStore } from "./block-store.ts";
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
  /** UTF-8 of the text, when the record came as such. */
  readonly bytes: Uint8Array | undefined;
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
  readonly id: string;
  readonly record: BlockRecord;
  readonly table: "events" | "metrics";
  /** Place of the row in the buffer. */
  readonly start: number;
  readonly end: number;
  readonly unclassified: boolean;
  /** One line each. */
  readonly signals: readonly string[];
}

/** What a block's rows are stored under. */
interface Block {
  readonly token: string;
  readonly again: boolean;
}

/** Where reading a record leaves its traces. */
interface Target<Signal> {
  readonly segment: number;
  readonly tally: BlockTally<Signal>;
  readonly buffer: EventRows;
  readonly points: MetricRows;
}

export function createBlockProcessor<Signal>(options: ProcessorOptions<Signal>): BlockProcessor<Signal> {
  const { spool, normalise, matcher } = options;
  const { store } = createBlockStore(options);

  function readOne(record: BlockRecord, into: Target<Signal>): Row | undefined {
    return record.envelope.kind === METRIC_RECORDS ? readPoint(record, into) : readEvent(record, into);
  }

  function readPoint(record: BlockRecord, { segment, tally, points }: Target<Signal>): Row | undefined {
    const id = eventIdOf(segment, record.ordinal);
    const read = pointRow(record, id);
    if (!read.ok) {
      tally.quarantined(record, { code: "POINT_INVALID", reason: read.reason });
      return undefined;
    }
    tally.measured(read.row.time);
    const start = points.add(read.row);
    return { id, record, table: "metrics", start, end: points.end, unclassified: false, signals: [] };
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
    const signals: string[] = [];
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
        bytes: decoded.utf8 ? record.bytes : undefined,
      })) {
        signals.push(matcher.serialise(signal, context));
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
    const unclassified = class_name === "unclassified";
    return { id: eventId, record, table: "events", start, end: buffer.end, unclassified, signals };
  }

  async function storeRows(rows: readonly Row[], into: Target<Signal>, block: Block): Promise<void> {
    const [first, last] = [rows[0], rows.at(-1)];
    if (first === undefined || last === undefined) return;
    const { tally } = into;
    const { table } = first;
    const buffer = table === "events" ? into.buffer : into.points;
    await store({
      rows,
      ...block,
      // Points are sent again whole, under their token: that also completes roll-ups which a kill left behind.
      again: block.again && table === "events",
      range: { table, first: first.id, last: last.id },
      batch: (part, token) => ({ table, encoded: encodedOf(part, buffer), rows: part.length, token }),
      refused: ({ record }, reason) => tally.quarantined(record, { code: "RECORD_REFUSED", reason }),
    });
    for (const { record, unclassified } of rows) if (!tally.isRefused(record)) tally.stored(record, unclassified);
  }

  /** A record that went to quarantine raises nothing: its replay will. */
  async function storeSignals(rows: readonly Row[], tally: BlockTally<Signal>, block: Block): Promise<void> {
    const [first, last] = [rows[0], rows.at(-1)];
    const lines = rows.flatMap((row) => (tally.isRefused(row.record) ? [] : row.signals));
    if (first === undefined || last === undefined || lines.length === 0) return;
    await store({
      rows: lines.map((line) => ({ line, id: block.again ? idIn(line) : "" })),
      ...block,
      range: { table: "signals", first: first.id, last: last.id },
      batch: (part, token) => ({
        table: "signals",
        ndjson: Buffer.from(part.map(({ line }) => line).join("")),
        rows: part.length,
        token,
      }),
      refused: ({ line }, reason) => options.log({ signal: line, reason }, "the event store does not take a signal"),
    });
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
      const block = { token: tokenOf(spool.id, plan), again: plan.again === true };
      await storeRows(rows.events, into, block);
      await storeRows(rows.metrics, into, block);
      const timing = () => ({ readMs: readAt - started, storeMs: performance.now() - readAt });
      const result = tally.result(timing());
      await storeSignals(rows.events, tally, block);
      return { ...result, ...timing() };
    },
  };
}

function tooLarge(record: BlockRecord, most: number): Pick<Exclusion, "code" | "reason"> | undefined {
  const { length } = record.bytes;
  if (length <= most) return undefined;
  return { code: "RECORD_TOO_LARGE", reason: `It has ${length} bytes; the limit ingest.record.bytes is ${most}.` };
}

/** The same for the same range for ever. */
function tokenOf(spool: string, plan: BlockPlan): string {
  return `${spool}:${plan.segment}:${plan.from}-${plan.to}`;
}

/** Rows are made one after the other; only those of a block that is stored again can have gaps between them. */
function encodedOf(rows: readonly Row[], buffer: EventRows | MetricRows): Uint8Array {
  const whole = rows.every((row, n) => n === 0 || row.start === rows[n - 1]?.end);
  if (whole) return buffer.bytes(rows[0]?.start ?? 0, rows.at(-1)?.end ?? 0);
  return Buffer.concat(rows.map((row) => buffer.bytes(row.start, row.end)));
}

/** Of a signal as its row. */
function idIn(line: string): string {
  const row: unknown = JSON.parse(line);
  return typeof row === "object" && row !== null && "id" in row ? String(row.id) : "";
}

export const eventIdOf = (segment: number, ordinal: number): string =>
  String((BigInt(segment) << 32n) + BigInt(ordinal));

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
