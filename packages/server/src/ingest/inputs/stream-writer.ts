/** stream-writer: brings what one connection sends into the spool, in order. While the spool does not take records the connection is not
 *  read, so that its sender waits; what a protocol acknowledges, it acknowledges in `onDisk` and not before. */
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../../platform/clock/index.ts";
import type { Log } from "../../platform/log/index.ts";
import type { Intake } from "../intake.ts";
import { plainAddress } from "../peer.ts";
import type { SourceRegistry } from "../source-registry.ts";

export interface StreamContext {
  readonly source: "syslog-tcp" | "syslog-tls" | "syslog-relp" | "gelf-tcp" | "fluent";
  readonly intake: Intake;
  readonly sources: SourceRegistry;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Piece {
  readonly records: readonly Buffer[];
  /** Called when the records, and all that came before them, are on disk. */
  readonly onDisk?: () => void;
}

/** Bytes of one connection that may wait for the spool before reading stops. */
const PENDING_BYTES = 1024 * 1024;
const RETRY_MS = 250;

export class StreamWriter {
  readonly #socket: Socket;
  readonly #context: StreamContext;
  readonly #peer: string;
  #pending: Piece[] = [];
  #pendingBytes = 0;
  #writing: Promise<void> | undefined;
  #givenUp = false;

  constructor(socket: Socket, context: StreamContext) {
    this.#socket = socket;
    this.#context = context;
    this.#peer = plainAddress(socket.remoteAddress ?? "");
  }

  add(piece: Piece): void {
    this.#pending.push(piece);
    for (const record of piece.records) this.#pendingBytes += record.length;
    if (this.#pendingBytes > PENDING_BYTES) this.#socket.pause();
    this.#writing ??= this.#write();
  }

  async drained(): Promise<void> {
    await this.#writing;
  }

  /** From now on a refusal of the spool is final. */
  giveUp(): void {
    this.#givenUp = true;
  }

  async #write(): Promise<void> {
    // Lets the chunks that are already in the socket join the batch.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#pending.length > 0) {
      const pieces = this.#pending;
      this.#pending = [];
      this.#pendingBytes = 0;
      const stored = await this.#append(pieces);
      if (stored) for (const { onDisk } of pieces) onDisk?.();
      if (this.#pendingBytes <= PENDING_BYTES) this.#socket.resume();
    }
    this.#writing = undefined;
  }

  async #append(pieces: readonly Piece[]): Promise<boolean> {
    const { source, intake, sources, clock, log } = this.#context;
    const records = pieces.flatMap((piece) => piece.records);
    if (records.length === 0) return true;
    for (let told = false; ; ) {
      try {
        const envelope = { source, kind: source, receivedMs: clock.now(), peer: this.#peer };
        await intake.append(envelope, records);
        return true;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        if (this.#givenUp) {
          // Who was promised an acknowledgement sends again what had none.
          const lost = pieces.reduce((sum, piece) => sum + (piece.onDisk === undefined ? piece.records.length : 0), 0);
          sources.reject(source, lost, "cut-off");
          if (lost > 0) log.error({ source, peer: this.#peer, records: lost, reason }, "records were lost at the stop");
          return false;
        }
        if (!told)
          log.warn({ source, peer: this.#peer, reason }, "a connection is not read until the spool takes records");
        told = true;
        this.#socket.pause();
        await sleep(RETRY_MS);
      }
    }
  }
}
