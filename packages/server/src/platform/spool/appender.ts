/** appender: the writing end of the spool. Whoever appends while a sync runs shares the next one (group commit), so the cost
 *  of fdatasync is paid once for all. A full disk is an answer; a failed sync or write is the end of acknowledging. */
import type { SpoolDisk, SpoolFile } from "./disk.ts";
import { spoolFail } from "./errors.ts";
import { encodeHeader, encodePayload, FRAME_HEADER_BYTES, type Payload, RECORD_PREFIX_BYTES } from "./frame.ts";
import type { SpoolPosition } from "./planner.ts";
import { encodeSegmentHeader, SEGMENT_HEADER_BYTES, segmentName, seedOf } from "./segment.ts";
import type { AppendBatch, Appended } from "./spool.ts";

export interface AppenderOptions {
  readonly disk: SpoolDisk;
  /** Sizes of all segments; kept up to date here for the one being written. */
  readonly sizes: Map<number, number>;
  readonly spool: string;
  readonly first: number;
  readonly maxBytes: number;
  readonly segmentBytes: number;
  readonly frameBytes: number;
  readonly frameRecords: number;
  readonly onFenced: (reason: string) => void;
}

interface Waiting {
  readonly payloads: readonly Payload[];
  readonly bytes: number;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: Error) => void;
}

interface Active {
  readonly segment: number;
  readonly file: SpoolFile;
  end: number;
  nextOrdinal: number;
}

/** Bytes one commit writes at most; bounds the time until the first waiter hears something. */
const COMMIT_BYTES = 16 * 1024 * 1024;
/** Bytes that may wait for the disk before new appends are turned away. */
const QUEUE_BYTES = 64 * 1024 * 1024;
/** A record above this cannot be told from a damaged length. */
const RECORD_BYTES = 16 * 1024 * 1024;

export class Appender {
  readonly #options: AppenderOptions;
  readonly #seed: number;
  readonly #listeners = new Set<() => void>();
  /** Created by the first append: opening must work on a full disk too. */
  #active: Active | undefined;
  #queue: Waiting[] = [];
  #queuedBytes = 0;
  #committing: Promise<void> | undefined;
  #fenced = "";
  #closed = false;

  constructor(options: AppenderOptions) {
    this.#options = options;
    this.#seed = seedOf(options.spool);
  }

  get fenced(): string {
    return this.#fenced;
  }

  end(): SpoolPosition {
    return { segment: this.#active?.segment ?? this.#options.first, offset: this.#active?.end ?? SEGMENT_HEADER_BYTES };
  }

  onDurable(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async append(batch: AppendBatch): Promise<Appended> {
    const refusal = this.#refusal();
    if (refusal !== undefined) throw refusal;
    const payloads = this.#payloadsOf(batch);
    const bytes = payloads.reduce((total, payload) => total + payload.bytes.length + FRAME_HEADER_BYTES, 0);
    if (this.#size() + this.#queuedBytes + bytes > this.#options.maxBytes) {
      throw spoolFail(
        "SPOOL_FULL",
        `The spool holds ${this.#size()} of ${this.#options.maxBytes} bytes: the event store is behind; try again later.`,
      );
    }
    if (this.#queuedBytes > 0 && this.#queuedBytes + bytes > QUEUE_BYTES) {
      throw spoolFail(
        "SPOOL_BUSY",
        `${this.#queuedBytes} bytes wait for the disk of the spool; try again in a moment.`,
      );
    }
    return new Promise<Appended>((resolve, reject) => {
      this.#queue.push({ payloads, bytes, resolve, reject });
      this.#queuedBytes += bytes;
      this.#committing ??= this.#commitAll();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#committing;
    await this.#active?.file.close();
  }

  #refusal(): Error | undefined {
    if (this.#fenced !== "") {
      return spoolFail(
        "SPOOL_FENCED",
        `The spool acknowledges nothing more because its disk failed (${this.#fenced}): check the disk, then restart.`,
      );
    }
    return this.#closed ? spoolFail("SPOOL_CLOSED", "The spool is closed: Holdfast is stopping.") : undefined;
  }

  #payloadsOf(batch: AppendBatch): Payload[] {
    const { frameBytes, frameRecords } = this.#options;
    const payloads: Payload[] = [];
    let group: Uint8Array[] = [];
    let bytes = 0;
    let done = 0;
    const flush = (): void => {
      if (group.length === 0) return;
      const { file } = batch.envelope;
      // The envelope names the place of its own first record in the file, not that of the batch.
      const envelope =
        file === undefined || done === 0
          ? batch.envelope
          : { ...batch.envelope, file: { ...file, first: file.first + done } };
      payloads.push(encodePayload(envelope, group, this.#seed));
      done += group.length;
      group = [];
      bytes = 0;
    };
    for (const record of batch.records) {
      if (record.length > RECORD_BYTES) {
        throw spoolFail("SPOOL_RECORD_TOO_LARGE", `A record of ${record.length} bytes is over ${RECORD_BYTES}.`);
      }
      if (group.length >= frameRecords || (group.length > 0 && bytes + record.length > frameBytes)) flush();
      group.push(record);
      bytes += record.length + RECORD_PREFIX_BYTES;
    }
    flush();
    if (payloads.length === 0) throw spoolFail("SPOOL_RECORD_TOO_LARGE", "A batch without records cannot be appended.");
    return payloads;
  }

  async #commitAll(): Promise<void> {
    // Lets everyone who appends in this turn of the event loop into the first commit.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const group = this.#take();
      try {
        const appended = await this.#commit(group);
        group.forEach((waiting, index) => {
          const place = appended[index];
          if (place !== undefined) waiting.resolve(place);
        });
        for (const listener of this.#listeners) listener();
      } catch (error) {
        const failure = await this.#afterFailure(error);
        for (const waiting of group) waiting.reject(failure);
      }
    }
    this.#committing = undefined;
  }

  #take(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const waiting of this.#queue) {
      if (count > 0 && bytes + waiting.bytes > COMMIT_BYTES) break;
      bytes += waiting.bytes;
      count += 1;
    }
    this.#queuedBytes -= bytes;
    return this.#queue.splice(0, count);
  }

  async #commit(group: readonly Waiting[]): Promise<Appended[]> {
    const refusal = this.#fenced === "" ? undefined : this.#refusal();
    if (refusal !== undefined) throw refusal;
    const places: Appended[] = [];
    let active = (this.#active ??= await createSegment(this.#options, this.#options.first));
    let buffers: Uint8Array[] = [];
    let end = active.end;
    const flush = async (): Promise<void> => {
      if (buffers.length === 0) return;
      await active.file.write(buffers, active.end);
      await this.#sync(active.file);
      active.end = end;
      this.#options.sizes.set(active.segment, end);
      buffers = [];
    };
    for (const waiting of group) {
      let place: Appended | undefined;
      for (const payload of waiting.payloads) {
        const bytes = FRAME_HEADER_BYTES + payload.bytes.length;
        if (end > SEGMENT_HEADER_BYTES && end + bytes > this.#options.segmentBytes) {
          await flush();
          active = await this.#roll(active);
          end = active.end;
        }
        place ??= { segment: active.segment, firstOrdinal: active.nextOrdinal };
        buffers.push(this.#headerOf(active, payload), payload.bytes);
        active.nextOrdinal += payload.count;
        end += bytes;
      }
      if (place !== undefined) places.push(place);
    }
    await flush();
    return places;
  }

  #headerOf({ segment, nextOrdinal, end }: Active, payload: Payload): Buffer {
    return encodeHeader(
      {
        segment,
        firstOrdinal: nextOrdinal,
        count: payload.count,
        payloadLength: payload.bytes.length,
        payloadCrc: payload.crc,
        syncedTo: end,
        envelopeLength: payload.envelopeLength,
      },
      this.#seed,
    );
  }

  async #roll(old: Active): Promise<Active> {
    const next = await createSegment(this.#options, old.segment + 1);
    this.#active = next;
    await old.file.close();
    return next;
  }

  async #sync(file: SpoolFile): Promise<void> {
    try {
      await file.sync();
    } catch (error) {
      this.#fence(`sync failed: ${textOf(error)}`);
      throw error;
    }
  }

  /** A disk that is full refuses the write and keeps what it has; the half-written rest is cut off and appending goes on. */
  async #afterFailure(error: unknown): Promise<Error> {
    if (this.#fenced === "" && isFull(error)) {
      try {
        await this.#active?.file.truncate(this.#active.end);
        return spoolFail("SPOOL_DISK_FULL", "The disk of the spool is full: free space there; nothing was taken.", {
          cause: error,
        });
      } catch (truncateError) {
        this.#fence(`a half-written frame could not be cut off: ${textOf(truncateError)}`);
      }
    }
    if (this.#fenced === "") this.#fence(`write failed: ${textOf(error)}`);
    return this.#refusal() ?? spoolFail("SPOOL_FENCED", this.#fenced);
  }

  #fence(reason: string): void {
    if (this.#fenced !== "") return;
    this.#fenced = reason;
    this.#options.onFenced(reason);
  }

  #size(): number {
    let total = 0;
    for (const size of this.#options.sizes.values()) total += size;
    return total;
  }
}

/** The file, its header and its name are durable before the first frame is written to it. */
async function createSegment(options: AppenderOptions, segment: number): Promise<Active> {
  const name = segmentName(segment);
  const file = await options.disk.create(name);
  try {
    await file.write([encodeSegmentHeader({ segment, spool: options.spool })], 0);
    await file.sync();
    await options.disk.syncDirectory();
  } catch (error) {
    // Without this a full disk would leave the name behind and the next try could not create it.
    await file.close();
    await options.disk.remove(name);
    throw error;
  }
  options.sizes.set(segment, SEGMENT_HEADER_BYTES);
  return { segment, file, end: SEGMENT_HEADER_BYTES, nextOrdinal: 0 };
}

const isFull = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
