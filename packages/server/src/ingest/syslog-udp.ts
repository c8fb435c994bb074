/** syslog-udp: syslog over UDP: one message a datagram; one line feed at its end is dropped. */
import { type DatagramOptions, listenDatagrams } from "./inputs/datagrams.ts";
import type { Input } from "./inputs/listener.ts";

export type SyslogUdpOptions = Omit<DatagramOptions, "source" | "setting" | "read">;

export function listenSyslogUdp(options: SyslogUdpOptions): Promise<Input> {
  return listenDatagrams({ ...options, source: "syslog-udp", setting: "syslog.udp.port", read: withoutLineFeed });
}

const LF = 10;

const withoutLineFeed = (datagram: Buffer): Buffer => (datagram.at(-1) === LF ? datagram.subarray(0, -1) : datagram);
