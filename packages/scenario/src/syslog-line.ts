/** syslog-line: one syslog message as a relay sends it: RFC 5424 over TCP, RFC 3164 over UDP from the old gateways. */
import { nextPid, type Emission, type Host } from "./world.ts";

export interface SyslogLine {
  readonly host: Host;
  readonly at_ms: number;
  readonly facility: number;
  readonly severity: number;
  readonly app: string;
  /** Undefined draws one; "" writes none (kernel). */
  readonly pid?: number | "";
  readonly message: string;
}

export function syslogLine(line: SyslogLine): Emission {
  const old = line.host.kind === "gateway";
  const pid = line.pid ?? nextPid(line.host);
  const priority = line.facility * 8 + line.severity;
  const time = new Date(line.at_ms).toISOString();
  const text = old
    ? `<${priority}>${bsdTime(time)} ${line.host.name} ${line.app}${pid === "" ? "" : `[${pid}]`}: ${line.message}`
    : `<${priority}>1 ${time} ${line.host.name} ${line.app} ${pid === "" ? "-" : pid} - - ${line.message}`;
  return { at_ms: line.at_ms, input: old ? "syslog-udp" : "syslog-tcp", source: line.host.name, write: () => text };
}

export const FACILITY = { kern: 0, mail: 2, daemon: 3, cron: 9, authpriv: 10, local6: 22, local7: 23 } as const;

/** "Nov 22 08:00:00", the day padded with a space. */
function bsdTime(iso: string): string {
  const month = MONTHS[Number(iso.slice(5, 7)) - 1] ?? "Jan";
  return `${month} ${String(Number(iso.slice(8, 10))).padStart(2, " ")} ${iso.slice(11, 19)}`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
