/** fluent: the forward protocol of Fluentd and Fluent Bit over TCP. A chunk is acknowledged when its events are on disk; while the spool
 *  takes none, nothing is acknowledged and nothing is read. With a shared key a sender has to know it before it may send. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Socket } from "node:net";
import { hostname } from "node:os";
import { isAppError } from "../../platform/errors/index.ts";
import type { BodyBudget } from "../request-body.ts";
import { readFluentMessage } from "./fluent-messages.ts";
import type { Certificates } from "./certificates.ts";
import { type Conversation, type Input, listenStream } from "./listener.ts";
import { createMsgpackScanner, type MsgpackValue, readMsgpack } from "./msgpack.ts";
import { type StreamContext, StreamWriter } from "./stream-writer.ts";

export interface FluentOptions extends Omit<StreamContext, "source"> {
  readonly host: string;
  readonly port: number;
  readonly budget: BodyBudget;
  /** Undefined: senders need none. */
  readonly sharedKey: string | undefined;
  /** Given: only over TLS. */
  readonly tls?: Certificates;
}

const SOURCE = "fluent";
const MESSAGE_BYTES = 64 * 1024 * 1024;
/** What is over the limit of a record goes to quarantine; what is over this is counted as rejected. */
const RECORD_BYTES = 8 * 1024 * 1024;
/** Unpacked bytes that one connection may have on their way to the disk. */
const BATCH_BYTES = 4 * 1024 * 1024;
const FIRST_BYTES = 64 * 1024;

export function listenFluent(options: FluentOptions): Promise<Input> {
  const { tls } = options;
  return listenStream({
    ...options,
    source: SOURCE,
    tls,
    setting: tls === undefined ? "inputs.fluent.port" : "inputs.fluent.tls.port",
    converse: (socket) => new FluentConversation(socket, options),
  });
}

class FluentConversation implements Conversation {
  readonly #socket: Socket;
  readonly #options: FluentOptions;
  readonly #writer: StreamWriter;
  readonly #scanner = createMsgpackScanner();
  readonly #nonce = randomBytes(16);
  /** What has come and is not read yet; grows by doubling, so that a long message is not copied for each of its parts. */
  #buffer = Buffer.alloc(FIRST_BYTES);
  #start = 0;
  #end = 0;
  #reserved = 0;
  #known: boolean;
  #reading: Promise<void> | undefined;
  /** Something came while what came before it was read. */
  #more = false;
  #ended = false;

  constructor(socket: Socket, options: FluentOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#writer = new StreamWriter(socket, { ...options, source: SOURCE });
    this.#known = options.sharedKey === undefined;
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("close", () => this.#release());
    if (!this.#known) socket.write(hello(this.#nonce));
  }

  async drained(): Promise<void> {
    await this.#reading;
    await this.#writer.drained();
  }

  async finish(): Promise<void> {
    this.#writer.giveUp();
    this.#ended = true;
    this.#socket.pause();
    await this.drained();
    this.#socket.destroySoon();
  }

  #take(chunk: Buffer): void {
    if (this.#ended) return;
    if (!this.#makeRoom(chunk.length)) return;
    chunk.copy(this.#buffer, this.#end);
    this.#end += chunk.length;
    this.#more = true;
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = undefined;
    });
  }

  async #readAll(): Promise<void> {
    while (this.#more && !this.#ended) {
      this.#more = false;
      await this.#readWhole();
    }
    if (!this.#ended) this.#socket.resume();
  }

  /** Reads the messages that are whole; the socket waits meanwhile. */
  async #readWhole(): Promise<void> {
    let batch = 0;
    for (;;) {
      const end = this.#scanner.scan(this.#buffer.subarray(this.#start, this.#end));
      if (end === "bad") return this.#stop("what it sends is not MessagePack");
      if (end === "more") break;
      this.#socket.pause();
      // A copy of its own: the buffer is written over while the records are on their way.
      const { value } = readMsgpack(Buffer.from(this.#buffer.subarray(this.#start, this.#start + end)));
      this.#start += end;
      const bytes = await this.#message(value);
      if (bytes === undefined) return;
      batch += bytes;
      if (batch < BATCH_BYTES) continue;
      await this.#writer.drained();
      batch = 0;
    }
    await this.#writer.drained();
  }

  /** The bytes of its records; undefined when the connection is over. */
  async #message(value: MsgpackValue): Promise<number | undefined> {
    if (!this.#known) {
      this.#known = this.#greet(value);
      return this.#known ? 0 : this.#stop("the shared key is not right");
    }
    // A heartbeat of old forwarders.
    if (value === null) return 0;
    const read = await readFluentMessage(value, { messageBytes: MESSAGE_BYTES, recordBytes: RECORD_BYTES });
    if (!read.ok) return this.#stop(read.reason);
    const { chunk } = read;
    this.#options.sources.reject(SOURCE, read.unreadable, "unreadable");
    this.#options.sources.reject(SOURCE, read.large, "too-large");
    const acknowledge = (): void => {
      if (chunk !== undefined && this.#socket.writable) this.#socket.write(acknowledgement(chunk));
    };
    this.#writer.add({ records: read.records, ...(chunk === undefined ? {} : { onDisk: acknowledge }) });
    return read.records.reduce((sum, record) => sum + record.length, 0);
  }

  #greet(value: MsgpackValue): boolean {
    const [word, client, salt, digest] = Array.isArray(value) ? (value as readonly MsgpackValue[]) : [];
    const key = this.#options.sharedKey ?? "";
    const name = hostname();
    const expected = digestOf([salt, client, this.#nonce, key]);
    const given = bytesOf(digest);
    const right = word === "PING" && given.length === expected.length && timingSafeEqual(given, Buffer.from(expected));
    const proof = right ? digestOf([salt, name, this.#nonce, key]) : "";
    this.#socket.write(
      Buffer.concat([
        Buffer.from([0x95]),
        packText("PONG"),
        Buffer.from([right ? 0xc3 : 0xc2]),
        packText(right ? "" : "shared_key mismatch"),
        packText(name),
        packText(proof),
      ]),
    );
    return right;
  }

  /** False when there is no room, and the connection is over. */
  #makeRoom(bytes: number): boolean {
    const held = this.#end - this.#start;
    if (held + bytes > MESSAGE_BYTES) {
      this.#stop(`a message has over ${MESSAGE_BYTES} bytes; send smaller chunks`);
      return false;
    }
    if (this.#end + bytes <= this.#buffer.length) return true;
    if (held + bytes <= this.#buffer.length / 2) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
    } else {
      const size = Math.max(this.#buffer.length * 2, held + bytes);
      try {
        this.#options.budget.take(size - this.#reserved);
      } catch (error) {
        if (!isAppError(error)) throw error;
        this.#stop(error.message);
        return false;
      }
      this.#reserved = size;
      const larger = Buffer.alloc(size);
      this.#buffer.copy(larger, 0, this.#start, this.#end);
      this.#buffer = larger;
    }
    this.#start = 0;
    this.#end = held;
    return true;
  }

  #release(): void {
    this.#ended = true;
    this.#options.budget.give(this.#reserved);
    this.#reserved = 0;
    this.#buffer = Buffer.alloc(0);
    this.#start = 0;
    this.#end = 0;
  }

  #stop(reason: string): undefined {
    if (this.#ended) return undefined;
    this.#ended = true;
    const { log, sources } = this.#options;
    log.warn({ source: SOURCE, peer: this.#socket.remoteAddress, reason }, "a Fluent connection was ended");
    sources.reject(SOURCE, 1, "unreadable");
    this.#socket.destroySoon();
    return undefined;
  }
}

const bytesOf = (value: MsgpackValue | undefined): Buffer =>
  Buffer.isBuffer(value) ? value : Buffer.from(typeof value === "string" ? value : "");

function digestOf(parts: readonly (MsgpackValue | undefined)[]): string {
  const hash = createHash("sha512");
  for (const part of parts) hash.update(bytesOf(part));
  return hash.digest("hex");
}

function packText(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([0xda, bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

function hello(nonce: Buffer): Buffer {
  const packedNonce = Buffer.concat([Buffer.from([0xc4, nonce.length]), nonce]);
  return Buffer.concat([
    Buffer.from([0x92]),
    packText("HELO"),
    Buffer.from([0x83]),
    packText("nonce"),
    packedNonce,
    packText("auth"),
    packText(""),
    packText("keepalive"),
    Buffer.from([0xc3]),
  ]);
}

const acknowledgement = (chunk: string): Buffer =>
  Buffer.concat([Buffer.from([0x81]), packText("ack"), packText(chunk.slice(0, 0xffff))]);
