/** web-access: a line of a web server's access log in the combined format, as nginx sends it by syslog. */
import { FACILITY, syslogLine } from "./syslog-line.ts";
import type { Emission, Host } from "./world.ts";

export interface WebRequest {
  readonly host: Host;
  readonly at_ms: number;
  readonly from: string;
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly bytes: number;
  readonly agent: string;
  readonly referer?: string;
}

export function webRequest(request: WebRequest): Emission {
  const message = `${request.from} - - [${clfTime(request.at_ms)}] "${request.method} ${request.url} HTTP/1.1" ${request.status} ${request.bytes} "${request.referer ?? "-"}" "${request.agent}"`;
  return syslogLine({
    host: request.host,
    at_ms: request.at_ms,
    facility: FACILITY.local7,
    severity: 6,
    app: "nginx",
    pid: "",
    message,
  });
}

/** "22/Nov/2026:08:00:00 +0000". */
function clfTime(at_ms: number): string {
  const date = new Date(at_ms);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${two(date.getUTCDate())}/${MONTHS[date.getUTCMonth()] ?? "Jan"}/${date.getUTCFullYear()}:${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
