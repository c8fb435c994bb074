/** backlog: records that are acknowledged but not yet searchable, per source and per import. Kept in memory and rebuilt from
 *  the spool at start, so that with the stored counters it always adds up to what was received. */
import type { Envelope, FramePlace, Spool, SpoolPosition } from "../platform/spool/index.ts";

export interface Waiting {
  readonly records: number;
  /** When the oldest of them arrived; undefined when there is none. */
  readonly oldestMs: number | undefined;
}

type Frame = Pick<FramePlace, "count" | "envelope">;

export class Backlog {
  readonly #sources = new Map<
    string,
    { records: number; readonly arrivals: { readonly ms: number; records: number }[] }
  >();
  readonly #runs = new Map<string, number>();
  readonly #senders = new Map<string, number>();
  /** Ordinal after the last record of each imported file that was in the spool at start. */
  readonly fileEnds = new Map<string, number>();

  /** Counts what the spool holds after the checkpoint. */
  async rebuild(spool: Spool, checkpoint: SpoolPosition | undefined): Promise<void> {
    // A few thousand at a time: all frames of a segment at once would live long enough to be copied by the collector.
    const some = { records: 5_000, bytes: Number.MAX_SAFE_INTEGER };
    for (let at = checkpoint ?? spool.start(); ; ) {
      const block = await spool.plan(at, some);
      if (block === undefined) return;
      for (const frame of block.frames) {
        this.add(frame);
        const { file } = frame.envelope;
        if (file === undefined) continue;
        this.fileEnds.set(file.id, Math.max(this.fileEnds.get(file.id) ?? 0, file.first + frame.count));
      }
      at = { segment: block.segment, offset: block.to };
    }
  }

  add(frame: Frame): void {
    const { source, receivedMs, file } = frame.envelope;
    const sender = senderOf(frame.envelope);
    this.#senders.set(sender, (this.#senders.get(sender) ?? 0) + frame.count);
    let waiting = this.#sources.get(source);
    if (waiting === undefined) {
      waiting = { records: 0, arrivals: [] };
      this.#sources.set(source, waiting);
    }
    waiting.records += frame.count;
    const last = waiting.arrivals.at(-1);
    if (last !== undefined && receivedMs - last.ms < RESOLUTION_MS) last.records += frame.count;
    else waiting.arrivals.push({ ms: receivedMs, records: frame.count });
    if (file !== undefined) this.#runs.set(file.run, (this.#runs.get(file.run) ?? 0) + frame.count);
  }

  remove(frame: Frame): void {
    const { source, file } = frame.envelope;
    const sender = senderOf(frame.envelope);
    const stays = (this.#senders.get(sender) ?? 0) - frame.count;
    if (stays > 0) this.#senders.set(sender, stays);
    else this.#senders.delete(sender);
    const waiting = this.#sources.get(source);
    if (waiting !== undefined) {
      waiting.records = Math.max(0, waiting.records - frame.count);
      takeFrom(waiting.arrivals, frame.count);
    }
    if (file === undefined) return;
    const left = (this.#runs.get(file.run) ?? 0) - frame.count;
    if (left > 0) this.#runs.set(file.run, left);
    else this.#runs.delete(file.run);
  }

  ofSource(source: string): Waiting {
    const waiting = this.#sources.get(source);
    return { records: waiting?.records ?? 0, oldestMs: waiting?.arrivals[0]?.ms };
  }

  /** Records of one sender that wait; see `senderOf`. */
  ofSender(sender: string): number {
    return this.#senders.get(sender) ?? 0;
  }

  /** Of those who have any waiting, how many records one has on average. */
  perSender(): number {
    return this.#senders.size === 0 ? 0 : this.total().records / this.#senders.size;
  }

  ofRun(run: string): number {
    return this.#runs.get(run) ?? 0;
  }

  total(): Waiting {
    let records = 0;
    let oldestMs: number | undefined;
    for (const waiting of this.#sources.values()) {
      records += waiting.records;
      const first = waiting.arrivals[0]?.ms;
      if (first !== undefined && (oldestMs === undefined || first < oldestMs)) oldestMs = first;
    }
    return { records, oldestMs };
  }
}

/** Inputs with one source for all who connect: there each peer is a sender of its own. An address over UDP may be anybody's. */
const MANY_SENDERS = new Set(["syslog-tcp", "syslog-tls", "syslog-relp", "gelf-tcp", "fluent"]);

/** Who is to have a fair share: the source, or of one with many senders the peer. */
export const senderOf = ({ source, kind, peer }: Pick<Envelope, "source" | "kind" | "peer">): string =>
  MANY_SENDERS.has(kind) ? `${source} ${peer}` : source;

const RESOLUTION_MS = 50;

function takeFrom(arrivals: { readonly ms: number; records: number }[], count: number): void {
  let left = count;
  let gone = 0;
  for (const arrival of arrivals) {
    const taken = Math.min(left, arrival.records);
    arrival.records -= taken;
    left -= taken;
    if (arrival.records > 0) break;
    gone += 1;
  }
  arrivals.splice(0, gone);
}
