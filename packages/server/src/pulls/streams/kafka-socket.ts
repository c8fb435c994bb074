/** kafka-socket: a connection of the Kafka client through egress. The client wants its socket at once, and egress looks the address up and
 *  judges it first; so it gets one that is joined to the real one when that is open. */
import type { Socket } from "node:net";
import { Duplex } from "node:stream";

export class LateSocket extends Duplex {
  #inner: Socket | undefined;
  #waiting: (() => void) | undefined;

  constructor(opening: Promise<Socket>, onConnect: () => void) {
    super({ allowHalfOpen: false });
    opening.then(
      (inner) => {
        if (this.destroyed) return void inner.destroy();
        this.#inner = inner;
        inner.on("data", (part) => {
          if (!this.push(part)) inner.pause();
        });
        inner.once("end", () => this.push(null));
        inner.once("error", (error) => this.destroy(error));
        inner.once("close", () => this.destroy());
        onConnect();
        this.#waiting?.();
      },
      (error: unknown) => this.destroy(error instanceof Error ? error : new Error(String(error))),
    );
  }

  override _read(): void {
    this.#inner?.resume();
  }

  override _write(part: Uint8Array, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const send = (): void => void this.#inner?.write(part, done);
    if (this.#inner === undefined) this.#waiting = send;
    else send();
  }

  override _final(done: () => void): void {
    this.#inner?.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#inner?.destroy();
    done(error);
  }

  setKeepAlive(): this {
    return this;
  }

  unref(): this {
    this.#inner?.unref();
    return this;
  }
}
