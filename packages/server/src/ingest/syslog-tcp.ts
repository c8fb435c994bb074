/** syslog-tcp: syslog over TCP, plain or inside TLS. The protocol has no acknowledgement, so its back-pressure is the socket: while the
 *  spool does not take records, a connection is not read, and its sender waits. The address of the peer is kept with every record. */
import type { Clock } from "../platform/clock/index.ts";
import type { Log } from "../platform/log/index.ts";
import type { Certificates } from "./inputs/certificates.ts";
import { type Input, listenStream } from "./inputs/listener.ts";
import { converseUnacknowledged } from "./inputs/unacknowledged.ts";
import type { Intake } from "./intake.ts";
import type { SourceRegistry } from "./source-registry.ts";
import { createSyslogFramer } from "./syslog-framing.ts";

export interface SyslogTcpOptions {
  readonly host: string;
  readonly port: number;
  readonly recordBytes: number;
  readonly intake: Intake;
  readonly sources: SourceRegistry;
  readonly clock: Clock;
  readonly log: Log;
  /** Given: only over TLS. */
  readonly tls?: Certificates;
}

export function listenSyslogTcp(options: SyslogTcpOptions): Promise<Input> {
  const { tls, recordBytes } = options;
  const source = tls === undefined ? "syslog-tcp" : "syslog-tls";
  return listenStream({
    ...options,
    source,
    tls,
    setting: tls === undefined ? "syslog.tcp.port" : "syslog.tls.port",
    converse: (socket) => converseUnacknowledged(socket, createSyslogFramer(recordBytes), { ...options, source }),
  });
}
