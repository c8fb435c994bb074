/** tally: counts what happened to the records of one block, per source and per imported file. Every record is counted
 *  exactly once, as stored or as quarantined: the sums that users compare with what they sent come from here. */
import type { NormalisedEvent } from "@holdfast/sdk";
import type { BlockRecord } from "../platform/spool/index.ts";
import type { BlockResult, DamagedFrame, Exclusion, FileCounts, QuarantinedRecord, SourceCounts } from "./block.ts";
import { createLaneLog } from "./lanes.ts";
import { createObservationLog } from "./observations.ts";

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export class BlockTally<Signal> {
  damaged: readonly DamagedFrame[] = [];
  matchFailures = 0;
  #stored = 0;
  #lastEventMs = 0;
  readonly #sources = new Map<string, Writable<SourceCounts>>();
  readonly #files = new Map<string, Writable<FileCounts>>();
  readonly #quarantined: QuarantinedRecord[] = [];
  readonly #signals: { readonly ordinal: number; readonly signal: Signal }[] = [];
  readonly #refused = new Set<number>();
  readonly #observations = createObservationLog();
  readonly #lanes = createLaneLog();

  signal(ordinal: number, signal: Signal): void {
    this.#signals.push({ ordinal, signal });
  }

  observe(event: Pick<NormalisedEvent, "columns" | "fields" | "timed" | "class_name">, record: BlockRecord): void {
    const { columns, fields, timed } = event;
    const { source, receivedMs, kind } = record.envelope;
    const peer = kind.startsWith("syslog") ? record.envelope.peer : "";
    const unclassified = event.class_name === "unclassified";
    this.#lanes.add({ source, receivedMs, columns, timed, unclassified });
    if (columns.time_ms > this.#lastEventMs) this.#lastEventMs = columns.time_ms;
    // The hosts and people of a story are not the estate's.
    if (record.envelope.exercise !== true) this.#observations.add(columns, fields, peer);
  }

  /** A point of a metric: it tells nothing of users and addresses. */
  measured(timeMs: number): void {
    if (timeMs > this.#lastEventMs) this.#lastEventMs = timeMs;
  }

  stored(record: BlockRecord, unclassified: boolean): void {
    const counts = this.#source(record);
    counts.stored += 1;
    if (unclassified) counts.unclassified += 1;
    this.#stored += 1;
    const file = this.#file(record);
    if (file !== undefined) file.stored += 1;
  }

  quarantined(record: BlockRecord, why: Pick<Exclusion, "code" | "reason">): void {
    this.#source(record).quarantined += 1;
    const file = this.#file(record);
    if (file !== undefined) file.quarantined += 1;
    this.#refused.add(record.ordinal);
    const { source, kind, receivedMs, peer } = record.envelope;
    // A copy of its own: the bytes are a view on the whole block, which would cross the thread with it.
    const raw = Uint8Array.from(record.bytes);
    this.#quarantined.push({ ...why, source, kind, receivedMs, peer, ordinal: record.ordinal, raw });
  }

  isRefused(record: BlockRecord): boolean {
    return this.#refused.has(record.ordinal);
  }

  result(timing: { readonly readMs: number; readonly storeMs: number }): BlockResult<Signal> {
    return {
      ...timing,
      stored: this.#stored,
      sources: [...this.#sources.values()],
      files: [...this.#files.values()],
      quarantined: this.#quarantined,
      signals: this.#signals.filter((entry) => !this.#refused.has(entry.ordinal)).map((entry) => entry.signal),
      observations: this.#observations.result(),
      ...this.#lanes.result(),
      damaged: this.damaged,
      lastEventMs: this.#stored === 0 ? 0 : this.#lastEventMs,
      matchFailures: this.matchFailures,
    };
  }

  #source(record: BlockRecord): Writable<SourceCounts> {
    const { source, receivedMs } = record.envelope;
    let counts = this.#sources.get(source);
    if (counts === undefined) {
      counts = { source, records: 0, stored: 0, quarantined: 0, unclassified: 0, bytes: 0, lastReceivedMs: 0 };
      this.#sources.set(source, counts);
    }
    counts.records += 1;
    counts.bytes += record.bytes.length;
    counts.lastReceivedMs = Math.max(counts.lastReceivedMs, receivedMs);
    return counts;
  }

  #file(record: BlockRecord): Writable<FileCounts> | undefined {
    const { file } = record.envelope;
    if (file === undefined) return undefined;
    const key = `${file.run}:${file.id}`;
    let counts = this.#files.get(key);
    if (counts === undefined) {
      counts = { run: file.run, file: file.id, stored: 0, quarantined: 0, end: 0 };
      this.#files.set(key, counts);
    }
    counts.end = Math.max(counts.end, file.first + record.index + 1);
    return counts;
  }
}
