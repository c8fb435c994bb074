/** envelope-reader: envelopes of frames that follow each other. Mostly they differ by their time alone: then nothing is parsed. */
import { decodeEnvelope, type Envelope } from "./frame.ts";

const TIME = '"receivedMs":';
const [ZERO, NINE] = [0x30, 0x39];

interface Known {
  readonly bytes: Buffer;
  /** Where the digits of the time stand. */
  readonly from: number;
  readonly to: number;
  readonly envelope: Envelope;
}

export class EnvelopeReader {
  #known: Known | undefined;

  /** Undefined when the bytes are no envelope: damage of the envelope alone shows here, before the records' checksum is looked at. */
  read(bytes: Buffer): Envelope | undefined {
    return this.#likeTheLast(bytes) ?? this.#parsed(bytes);
  }

  #likeTheLast(bytes: Buffer): Envelope | undefined {
    const known = this.#known;
    if (known === undefined || bytes.length !== known.bytes.length) return undefined;
    const { from, to, envelope } = known;
    let receivedMs = 0;
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at] ?? 0;
      if (at < from || at >= to) {
        if (byte !== known.bytes[at]) return undefined;
      } else {
        if (byte < ZERO || byte > NINE) return undefined;
        receivedMs = receivedMs * 10 + byte - ZERO;
      }
    }
    return { ...envelope, receivedMs };
  }

  #parsed(bytes: Buffer): Envelope | undefined {
    let envelope: Envelope;
    try {
      envelope = decodeEnvelope(bytes);
    } catch {
      return undefined;
    }
    const label = bytes.indexOf(TIME);
    const from = label + TIME.length;
    let to = from;
    while ((bytes[to] ?? 0) >= ZERO && (bytes[to] ?? 0) <= NINE) to += 1;
    // With a fraction, or when another text holds the label first, it is parsed each time.
    const plain = label >= 0 && String(envelope.receivedMs) === bytes.toString("latin1", from, to);
    this.#known = plain ? { bytes: Buffer.from(bytes), from, to, envelope } : undefined;
    return envelope;
  }
}
