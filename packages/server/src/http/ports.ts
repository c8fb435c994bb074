/** ports: further ports of the one HTTP server: all of it over TLS, or the paths of one protocol alone, where its clients expect them. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TlsOptions } from "node:tls";
import type { FastifyInstance } from "fastify";
import { renewCertificates } from "../platform/certificate-renewal.ts";
import type { Log } from "../platform/log/index.ts";
import { fail } from "./errors.ts";

export interface HttpPort {
  /** What is spoken there, for people. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** For whoever has to change it. */
  readonly setting: string;
  /** What it shows, and whom it asks for a certificate; undefined: it is not over TLS. */
  readonly tls: (() => Promise<TlsOptions>) | undefined;
  /** The path of the protocol that answers what is asked for here; undefined as answer: there is nothing. Not given: everything is answered. */
  readonly pathOf: ((asked: string) => string | undefined) | undefined;
}

export interface OpenPort {
  readonly name: string;
  readonly address: string;
  close(): Promise<void>;
}

/** Requests that came by the port of one protocol, with its name: nothing else may answer them. */
export type Confined = WeakMap<IncomingMessage, string>;

/** What a confined request hears where its protocol has nothing. */
export const nothingOf = (protocol: string, path: string): string =>
  `This port of Holdfast speaks ${protocol} only; there is nothing of it at ${path.slice(0, 200)}.\n`;

/** As long as the main port keeps them. */
const KEEP_ALIVE_MS = 72_000;
const MOST_CONNECTIONS = 2_000;

/** @param app must be ready
 *  @throws HTTP_PORT_TAKEN; what `tls` throws */
export async function openPort(
  app: FastifyInstance,
  port: HttpPort,
  { confined, log }: { readonly confined: Confined; readonly log: Log },
): Promise<OpenPort> {
  const { name, pathOf } = port;
  const answer = (...[request, response]: Parameters<FastifyInstance["routing"]>): void => {
    if (pathOf === undefined) return void app.routing(request, response);
    const asked = request.url ?? "/";
    const query = asked.indexOf("?");
    const path = query === -1 ? asked : asked.slice(0, query);
    const found = path === "/healthz" ? path : pathOf(path);
    if (found === undefined) {
      response.writeHead(404, { "content-type": "text/plain; charset=utf-8", connection: "close" });
      response.end(nothingOf(name, path));
      return;
    }
    request.url = query === -1 ? found : found + asked.slice(query);
    confined.set(request, name);
    app.routing(request, response);
  };
  // An upload may last as long as its sender has something to say.
  const options = { keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 };
  const server = port.tls === undefined ? createServer(options, answer) : await secure(port.tls);
  async function secure(read: () => Promise<TlsOptions>): Promise<Server> {
    const shown = await read();
    const made = createTlsServer({ ...options, ...shown }, answer);
    renewCertificates(made, { shown, read, setting: port.setting, log });
    return made;
  }
  server.on("tlsClientError", (error: Error, socket: { readonly remoteAddress?: string }) =>
    log.info(
      { setting: port.setting, peer: socket.remoteAddress, reason: error.message },
      "a TLS connection was not established",
    ),
  );
  server.maxConnections = MOST_CONNECTIONS;
  await listening(server, port, log);
  return {
    name: port.name,
    address: addressOf(server),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function listening(server: Server, { host, port, setting }: HttpPort, log: Log): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) =>
      reject(
        fail(
          "HTTP_PORT_TAKEN",
          `Nothing can listen on ${host} port ${port} (${error.message}): set ${setting} to a free port, or to 0 to switch it off.`,
          { cause: error },
        ),
      ),
    );
    server.listen({ host, port }, () => {
      server.removeAllListeners("error");
      server.on("error", (error) => log.error({ setting, reason: error.message }, "a listener failed"));
      resolve();
    });
  });
}

function addressOf(server: Server): string {
  const { family, address, port } = server.address() as AddressInfo;
  return family === "IPv6" ? `[${address}]:${port}` : `${address}:${port}`;
}
