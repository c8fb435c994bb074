/** gelf-payload: what a GELF datagram holds: chunks put together again first, then unpacked by its own first bytes. Memory, the number of
 *  open messages and the unpacked size are bounded; what never becomes whole is counted. */
import { gunzipSync, inflateSync } from "node:zlib";

export interface GelfReassembly {
  /** A whole payload, or undefined while chunks are missing. */
  take(datagram: Buffer, from: string): Buffer | undefined;
  /** Forgets messages whose chunks did not come in time; answers how many. */
  expire(): number;
  /** Messages given up because too many were open. */
  readonly dropped: number;
}

export type Unpacked = { readonly ok: true; readonly text: Buffer } | { readonly ok: false; readonly reason: string };

const CHUNK_HEAD = 12;
const MOST_CHUNKS = 128;
const PATIENCE_MS = 5_000;
const MOST_OPEN = 2_000;
const MOST_BYTES = 64 * 1024 * 1024;

interface OpenMessage {
  readonly since: number;
  readonly chunks: (Buffer | undefined)[];
  missing: number;
  bytes: number;
}

export function createGelfReassembly(clock: { monotonic(): number }): GelfReassembly {
  // In the order of their first chunk, so the oldest is always the first.
  const open = new Map<string, OpenMessage>();
  let held = 0;
  let dropped = 0;

  function forget(id: string, message: OpenMessage): void {
    open.delete(id);
    held -= message.bytes;
  }

  return {
    get dropped() {
      return dropped;
    },
    take: (datagram, from) => {
      if (datagram[0] !== 0x1e || datagram[1] !== 0x0f || datagram.length < CHUNK_HEAD) return datagram;
      const sequence = datagram[10] ?? 0;
      const count = datagram[11] ?? 0;
      if (count === 0 || count > MOST_CHUNKS || sequence >= count) {
        dropped += 1;
        return undefined;
      }
      const part = datagram.subarray(CHUNK_HEAD);
      if (count === 1) return part;
      // Senders choose the number by themselves: two of them may choose the same.
      const id = `${from} ${count} ${datagram.toString("latin1", 2, 10)}`;
      let message = open.get(id);
      if (message === undefined) {
        message = { since: clock.monotonic(), chunks: new Array<undefined>(count), missing: count, bytes: 0 };
        open.set(id, message);
      }
      if (message.chunks[sequence] !== undefined) return undefined;
      message.chunks[sequence] = part;
      message.missing -= 1;
      message.bytes += part.length;
      held += part.length;
      if (message.missing === 0) {
        forget(id, message);
        return Buffer.concat(message.chunks.filter((chunk) => chunk !== undefined));
      }
      while (open.size > MOST_OPEN || held > MOST_BYTES) {
        const [oldest] = open;
        if (oldest === undefined) break;
        forget(...oldest);
        dropped += 1;
      }
      return undefined;
    },
    expire: () => {
      let gone = 0;
      const since = clock.monotonic() - PATIENCE_MS;
      for (const [id, message] of open) {
        if (message.since > since) break;
        forget(id, message);
        gone += 1;
      }
      return gone;
    },
  };
}

/** gzip and zlib are told apart from plain text by their first bytes. */
export function unpackGelf(payload: Buffer, limit: number): Unpacked {
  try {
    const options = { maxOutputLength: limit };
    if (payload[0] === 0x1f && payload[1] === 0x8b) return { ok: true, text: gunzipSync(payload, options) };
    if (payload[0] === 0x78) return { ok: true, text: inflateSync(payload, options) };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
  if (payload.length > limit) return { ok: false, reason: `it has ${payload.length} bytes; the limit is ${limit}` };
  return { ok: true, text: payload };
}
