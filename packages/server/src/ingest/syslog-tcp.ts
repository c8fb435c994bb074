/** syslog-tcp: syslog over TCP. The protocol has no acknowledgement, so its back-pressure is the socket: while the spool does not
 *  take records, a connection is not read, and its sender waits. The address of the peer is kept with every record. */
import { createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../platform/clock/index.ts";
import type { Log } from "../platform/log/index.ts";
import { ingestFail } from "./errors.ts";
import type { Intake } from "./intake.ts";
import { plainAddress } from "./peer.ts";
import type { SourceRegistry } from "./source-registry.ts";
import { createSyslogFramer } from "./syslog-framing.ts";

export interface SyslogListener {
  /** "127.0.0.1:5514". */
  readonly address: string;
  close(): Promise<void>;
}

export interface SyslogTcpOptions {
  readonly host: string;
  readonly port: number;
  readonly recordBytes: number;
  readonly intake: Intake;
  readonly sources: SourceRegistry;
  readonly clock: Clock;
  readonly log: Log;
}

const SOURCE = "syslog-tcp";
const MOST_CONNECTIONS = 2_000;
/** Bytes of one connection that may wait for the spool before reading stops. */
const PENDING_BYTES = 1024 * 1024;
const RETRY_MS = 250;

export async function listenSyslogTcp(options: SyslogTcpOptions): Promise<SyslogListener> {
  const open = new Set<Connection>();
  let closing = false;
  const server = createServer({ keepAlive: true, keepAliveInitialDelay: 60_000 }, (socket) => {
    if (closing || options.sources.byId(SOURCE)?.enabled !== true) return void socket.destroy();
    const connection = new Connection(socket, options);
    open.add(connection);
    socket.once("close", () => void connection.drained().then(() => open.delete(connection)));
  });
  server.maxConnections = MOST_CONNECTIONS;
  await listening(server, options);
  return {
    address: addressOf(server),
    close: async () => {
      closing = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await Promise.all([...open].map((connection) => connection.finish()));
      await closed;
    },
  };
}

class Connection {
  readonly #socket: Socket;
  readonly #options: SyslogTcpOptions;
  readonly #framer: ReturnType<typeof createSyslogFramer>;
  readonly #peer: string;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #writing: Promise<void> | undefined;
  #oversized = 0;
  #givenUp = false;

  constructor(socket: Socket, options: SyslogTcpOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#framer = createSyslogFramer(options.recordBytes);
    this.#peer = plainAddress(socket.remoteAddress ?? "");
    socket.on("data", (chunk: Buffer) => this.#take(this.#framer.push(chunk)));
    socket.on("end", () => this.#take(this.#framer.end()));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#take(this.#framer.end()));
  }

  /** Resolves when everything that was read is in the spool. */
  async drained(): Promise<void> {
    await this.#writing;
  }

  /** At the end of the process: what was read is stored if the spool still takes it, and the connection is closed. */
  async finish(): Promise<void> {
    this.#givenUp = true;
    this.#socket.destroy();
    this.#take(this.#framer.end());
    await this.#writing;
  }

  #take(messages: Buffer[]): void {
    const { sources } = this.#options;
    if (this.#framer.oversized > this.#oversized) {
      sources.reject(SOURCE, this.#framer.oversized - this.#oversized);
      this.#oversized = this.#framer.oversized;
    }
    for (const message of messages) {
      this.#pending.push(message);
      this.#pendingBytes += message.length;
    }
    if (this.#pending.length === 0) return;
    if (this.#pendingBytes > PENDING_BYTES) this.#socket.pause();
    this.#writing ??= this.#write();
  }

  async #write(): Promise<void> {
    // Lets the chunks that are already in the socket join the batch.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#pending.length > 0) {
      const records = this.#pending;
      this.#pending = [];
      this.#pendingBytes = 0;
      await this.#append(records);
      if (this.#pendingBytes <= PENDING_BYTES) this.#socket.resume();
    }
    this.#writing = undefined;
  }

  async #append(records: readonly Buffer[]): Promise<void> {
    const { intake, sources, clock, log } = this.#options;
    for (let told = false; ; ) {
      const receivedMs = clock.now();
      try {
        await intake.append({ source: SOURCE, kind: SOURCE, receivedMs, peer: this.#peer }, records);
        return;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        if (this.#givenUp) {
          sources.reject(SOURCE, records.length);
          log.error({ peer: this.#peer, records: records.length, reason }, "syslog records were lost at the stop");
          return;
        }
        if (!told)
          log.warn({ peer: this.#peer, reason }, "a syslog connection is not read until the spool takes records");
        told = true;
        this.#socket.pause();
        await sleep(RETRY_MS);
      }
    }
  }
}

function listening(server: Server, options: SyslogTcpOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(portTaken("tcp", options, error)));
    server.listen({ host: options.host, port: options.port }, () => {
      server.removeAllListeners("error");
      server.on("error", (error) => options.log.error({ reason: error.message }, "the syslog TCP listener failed"));
      resolve();
    });
  });
}

export function portTaken(protocol: string, at: { readonly host: string; readonly port: number }, error: Error): Error {
  return ingestFail(
    "INGEST_PORT_TAKEN",
    `Syslog over ${protocol.toUpperCase()} cannot listen on ${at.host} port ${at.port} (${error.message}): set syslog.${protocol}.port to a free port, or to 0 to switch it off.`,
    { cause: error },
  );
}

function addressOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === "string") return address ?? "";
  return address.family === "IPv6" ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`;
}
