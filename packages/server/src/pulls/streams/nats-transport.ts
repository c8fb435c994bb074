/** nats-transport: connects the NATS client through egress, so that a source reaches only what it may. The library takes one maker of
 *  transports for all connections; each connection's own way out comes with its options. */
import { isIP, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import {
  type ConnectionOptions,
  type NatsConnection,
  NatsConnectionImpl,
  setTransportFactory,
} from "@nats-io/transport-node";
import { NodeTransport } from "@nats-io/transport-node/lib/node_transport.js";

export type Dial = (host: string, port: number) => Promise<Socket>;

/** As the library understands it; certificates are PEM texts. */
export type NatsOptions = ConnectionOptions & {
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
};

export function connectNats(options: NatsOptions, dial: Dial): Promise<NatsConnection> {
  setTransportFactory({ factory: () => new EgressTransport() });
  // One try: the schedule above tries again, later and later, and shows why.
  return NatsConnectionImpl.connect({
    ...options,
    reconnect: false,
    ignoreClusterUpdates: true,
    [DIAL]: dial,
  } as NatsOptions);
}

const DIAL = "holdfastDial";

class EgressTransport extends NodeTransport {
  #host = "";

  override async dial(place: { hostname: string; port: number }): Promise<Socket> {
    this.#host = place.hostname;
    const dial: unknown = Reflect.get(this.options, DIAL);
    if (typeof dial !== "function") throw new Error("The connection was made without a way out.");
    return (dial as Dial)(place.hostname, place.port);
  }

  /** For an address the library names no host, and the certificate would be checked against "localhost". */
  override startTLS(): Promise<TLSSocket> {
    const tls = { ...this.options.tls, ...(isIP(this.#host) === 0 ? {} : { host: this.#host }) };
    this.options = { ...this.options, tls };
    return super.startTLS();
  }
}
