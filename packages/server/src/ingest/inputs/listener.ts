/** listener: a TCP port, plain or over TLS, whose connections are conversations that end in the spool. While a source is disabled its
 *  connections are turned away; at the end of the process what was read is stored first. */
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { renewCertificates } from "../../platform/certificate-renewal.ts";
import type { Log } from "../../platform/log/index.ts";
import { ingestFail } from "../errors.ts";
import type { SourceRegistry } from "../source-registry.ts";
import { type Certificates, demandOf } from "./certificates.ts";

/** A port that is open. */
export interface Input {
  /** "127.0.0.1:5514". */
  readonly address: string;
  close(): Promise<void>;
}

export interface Conversation {
  /** Resolves when everything that was read is in the spool. */
  drained(): Promise<void>;
  /** At the end of the process: what was read is stored if the spool still takes it, and the connection is closed. */
  finish(): Promise<void>;
}

export interface Place {
  readonly host: string;
  readonly port: number;
  /** Its setting, for whoever has to change it. */
  readonly setting: string;
}

export interface StreamOptions extends Place {
  readonly source: string;
  readonly tls: Certificates | undefined;
  readonly sources: SourceRegistry;
  readonly log: Log;
  readonly converse: (socket: Socket) => Conversation;
}

const MOST_CONNECTIONS = 2_000;
const TCP = { keepAlive: true, keepAliveInitialDelay: 60_000, noDelay: true };

export async function listenStream(options: StreamOptions): Promise<Input> {
  const open = new Map<Socket, Conversation>();
  let closing = false;
  const take = (socket: Socket): void => {
    if (closing || options.sources.byId(options.source)?.enabled !== true) return void socket.destroy();
    const conversation = options.converse(socket);
    open.set(socket, conversation);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => void conversation.drained().then(() => open.delete(socket)));
  };
  const server = options.tls === undefined ? createServer(TCP, take) : createSecure(options.tls, { take, ...options });
  server.maxConnections = MOST_CONNECTIONS;
  await listening(server, options);
  return {
    address: addressOf(server),
    close: async () => {
      closing = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await Promise.all([...open.values()].map((conversation) => conversation.finish()));
      await closed;
    },
  };
}

function createSecure(
  certificates: Certificates,
  { take, log, source, setting }: { take: (socket: Socket) => void; log: Log; source: string; setting: string },
): Server {
  const shown = demandOf(certificates);
  const server = createTlsServer({ ...TCP, ...shown }, take);
  renewCertificates(server, { shown, read: async () => demandOf(await certificates.again()), setting, log });
  server.on("tlsClientError", (error, socket) =>
    log.info({ source, peer: socket.remoteAddress, reason: error.message }, "a TLS connection was not established"),
  );
  return server;
}

export function listening(server: Server, place: Place & { readonly log: Log }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(portTaken(place, error)));
    server.listen({ host: place.host, port: place.port }, () => {
      server.removeAllListeners("error");
      server.on("error", (error) =>
        place.log.error({ setting: place.setting, reason: error.message }, "a listener failed"),
      );
      resolve();
    });
  });
}

export function portTaken({ host, port, setting }: Place, error: Error): Error {
  return ingestFail(
    "INGEST_PORT_TAKEN",
    `Nothing can listen on ${host} port ${port} (${error.message}): set ${setting} to a free port, or to 0 to switch it off.`,
    { cause: error },
  );
}

export function addressOf(server: Pick<Server, "address">): string {
  const address = server.address();
  if (address === null || typeof address === "string") return address ?? "";
  return address.family === "IPv6" ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`;
}
