/** event: the one normalised record that every parser produces and every store, rule and page reads.
 *  Column names are the same here, in the event store, in the search language and in the API (one word per thing).
 *  Absent text is "", absent numbers are 0, absent addresses are "": a column never holds null. */

/** Columns that a parser fills; everything else about the record (id, source, raw text) is added by the pipeline. */
export interface EventColumns {
  /** Event time, whole milliseconds since the epoch (UTC). */
  time_ms: number;
  /** The rest of the event time below a millisecond, 0..999_999 nanoseconds. */
  time_ns: number;
  /** OCSF class, for example 1007 (process activity). 0 = base event. */
  class_uid: number;
  /** OCSF activity within the class; 0 = unknown, 99 = other. */
  activity_id: number;
  /** OCSF severity: 0 unknown, 1 informational, 2 low, 3 medium, 4 high, 5 critical, 6 fatal. */
  severity_id: number;
  /** OCSF status: 0 unknown, 1 success, 2 failure. */
  status_id: number;
  /** What wrote it: "windows", "sysmon", "sshd", "auditd", "aws" … */
  product: string;
  /** The log it stood in: a Windows channel, a syslog facility, a cloud log name. */
  channel: string;
  /** The product's own number or name of the kind of event: "4625", "1", "ConsoleLogin". */
  event_code: string;
  /** The host it happened on (not the collector), as written. */
  host: string;
  /** The acting user, as written, without domain when the record keeps the two apart. */
  user: string;
  user_domain: string;
  /** The user acted upon (created, switched to, logged on as) when it differs. */
  target_user: string;
  src_ip: string;
  src_port: number;
  dst_ip: string;
  dst_port: number;
  /** Host name of the far side of a connection or logon. */
  peer_host: string;
  process_path: string;
  process_cmd: string;
  process_pid: number;
  process_guid: string;
  parent_path: string;
  parent_cmd: string;
  parent_pid: number;
  file_path: string;
  reg_path: string;
  reg_value: string;
  /** Hex digest, lower case. */
  sha256: string;
  md5: string;
  /** DNS name that was asked for, or the host of a URL. */
  domain: string;
  url: string;
  http_method: string;
  http_status: number;
  /** Windows service, systemd unit, scheduled task, cloud service, Kubernetes resource. */
  object: string;
  /** Logon id or session id, as written. */
  session: string;
  /** One readable line for lists; made by the parser when the record has none. At most 1,000 characters. */
  message: string;
}

export const EVENT_DEFAULTS: Readonly<EventColumns> = Object.freeze({
  time_ms: 0,
  time_ns: 0,
  class_uid: 0,
  activity_id: 0,
  severity_id: 0,
  status_id: 0,
  product: "",
  channel: "",
  event_code: "",
  host: "",
  user: "",
  user_domain: "",
  target_user: "",
  src_ip: "",
  src_port: 0,
  dst_ip: "",
  dst_port: 0,
  peer_host: "",
  process_path: "",
  process_cmd: "",
  process_pid: 0,
  process_guid: "",
  parent_path: "",
  parent_cmd: "",
  parent_pid: 0,
  file_path: "",
  reg_path: "",
  reg_value: "",
  sha256: "",
  md5: "",
  domain: "",
  url: "",
  http_method: "",
  http_status: 0,
  object: "",
  session: "",
  message: "",
});

/** The kinds of thing an event can be about; the estate, alerts and pivots hang on these. */
export type ObservableKind = "host" | "user" | "ip" | "domain" | "hash" | "file" | "process" | "url";

export interface Observable {
  readonly kind: ObservableKind;
  readonly value: string;
}

/** The distinct observables of an event, in a fixed order; loopback, unspecified addresses and machine noise ("-", "") are left out. */
export function observablesOf(event: EventColumns): Observable[] {
  const seen = new Set<string>();
  const found: Observable[] = [];
  const add = (kind: ObservableKind, value: string): void => {
    if (value === "" || value === "-" || NOT_AN_ADDRESS.has(value)) return;
    const key = `${kind}\u0000${value.toLowerCase()}`;
    if (seen.has(key)) return;
    seen.add(key);
    found.push({ kind, value });
  };
  add("host", event.host);
  add("host", event.peer_host);
  add("user", event.user);
  add("user", event.target_user);
  add("ip", event.src_ip);
  add("ip", event.dst_ip);
  add("domain", event.domain);
  add("hash", event.sha256);
  add("hash", event.md5);
  add("process", event.process_path);
  add("process", event.parent_path);
  add("file", event.file_path);
  add("url", event.url);
  return found;
}

const NOT_AN_ADDRESS = new Set(["0.0.0.0", "127.0.0.1", "::", "::1", "::ffff:0.0.0.0", "::ffff:127.0.0.1", "LOCAL"]);
