/** sshd: OpenSSH server lines. The user name is the attacker's own text and may contain " from 1.2.3.4 port 22", so
 *  addresses are always taken from the right-hand end, which the server writes. */
import { classify, SEVERITY, STATUS } from "@holdfast/ocsf";
import { type DecodedRecord, defineParser, type EventColumns, integerOf } from "@holdfast/sdk";
import { fillPam } from "./linux/pam.ts";
import { closeLine, openLine, programOf } from "./linux/program.ts";

export default defineParser({
  id: "sshd",
  title: "OpenSSH server",
  docs: "https://man.openbsd.org/sshd",
  order: 110,
  form: "text",
  accepts: (record: DecodedRecord) =>
    record.syslog !== undefined && PROGRAMS.has(programOf(record)) && record.json === undefined,
  parse: (record: DecodedRecord) => {
    const { syslog } = record;
    if (syslog === undefined) return { ok: false, reason: "no syslog header" };
    const line = openLine(record, syslog);
    const repeated = REPEATED.exec(line.message);
    if (repeated !== null) line.fields["repeated"] = integerOf(repeated[1]);
    const text = (repeated?.[2] ?? line.message).replace(LEVEL, "");
    line.columns.product = "sshd";
    if (!fillPam(line.columns, text)) fillSshd(line.columns, text, line.fields);
    // "Accepted …" is the logon; PAM's session behind it is not a second one.
    else if (line.columns.event_code === "session-opened") line.columns.activity_id = SESSION.activity_id;
    return { ok: true, event: closeLine(line, "sshd") };
  },
  samples: [
    {
      name: "Failed password, file of /var/log without PRI",
      in: "Mar  9 04:11:52 bastion sshd[7781]: Failed password for root from 198.51.100.23 port 40112 ssh2",
      out: {
        class_uid: 3002,
        activity_id: 1,
        status_id: 2,
        product: "sshd",
        event_code: "failed-password",
        host: "bastion",
        user: "root",
        src_ip: "198.51.100.23",
        src_port: 40112,
        process_pid: 7781,
        message: "Failed password for root from 198.51.100.23 port 40112 ssh2",
      },
      fields: { program: "sshd", user: "root" },
    },
    {
      name: "User name that pretends to be an address",
      in: "<86>1 2026-03-09T04:12:01.100200+01:00 bastion sshd-session 7790 - - Failed password for invalid user x from 10.0.0.1 port 22 ssh2 from 203.0.113.9 port 51000 ssh2",
      out: {
        time_ms: Date.UTC(2026, 2, 9, 3, 12, 1, 100),
        time_ns: 200_000,
        channel: "authpriv",
        status_id: 2,
        user: "x from 10.0.0.1 port 22 ssh2",
        src_ip: "203.0.113.9",
        src_port: 51000,
      },
    },
    {
      name: "Accepted key",
      in: "<38>Mar  9 04:15:00 bastion sshd[7801]: Accepted publickey for ida from 2001:db8::17 port 50022 ssh2: ED25519 SHA256:abcdef",
      out: {
        class_uid: 3002,
        activity_id: 1,
        status_id: 1,
        event_code: "accepted-publickey",
        user: "ida",
        src_ip: "2001:db8::17",
        src_port: 50022,
      },
      fields: { method: "publickey" },
    },
    {
      name: "PAM failure besides the failed password",
      in: "Mar  9 04:11:50 bastion sshd[7781]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=198.51.100.23  user=root",
      out: { class_uid: 3002, activity_id: 6, status_id: 2, user: "root", src_ip: "198.51.100.23" },
    },
    {
      name: "Too many attempts",
      in: "Mar  9 04:11:59 bastion sshd[7781]: error: maximum authentication attempts exceeded for invalid user oracle from 198.51.100.23 port 40112 ssh2 [preauth]",
      out: { event_code: "too-many-attempts", status_id: 2, severity_id: 3, user: "oracle", src_ip: "198.51.100.23" },
    },
    {
      name: "Closed before authentication",
      in: "2026-03-09T04:13:00.000001+00:00 bastion sshd[7800]: Connection closed by authenticating user ida 198.51.100.24 port 40200 [preauth]",
      out: {
        class_uid: 4007,
        activity_id: 2,
        event_code: "connection-closed",
        user: "ida",
        src_ip: "198.51.100.24",
        src_port: 40200,
      },
    },
  ],
});

const PROGRAMS = new Set(["sshd", "sshd-session", "sshd-auth"]);
const REPEATED = /^message repeated (\d{1,9}) times: \[ ?(.*)\]$/;
const LEVEL = /^(?:error|fatal|debug\d?|info): /;
const PREAUTH = / \[preauth\]$/;
const ORIGIN = /^(\S+) port (\d{1,5})(?: |$|:)/;

const LOGON = classify("authentication", "logon");
const SESSION = classify("authentication", "other");
const PREPARE = classify("authentication", "preauth");
const OPEN = classify("ssh_activity", "open");
const CLOSE = classify("ssh_activity", "close");
const FAIL = classify("ssh_activity", "fail");
const LISTEN = classify("ssh_activity", "listen");
const OTHER = classify("ssh_activity", "other");

interface Kind {
  readonly prefix: string;
  readonly code: string;
  readonly is: { readonly class_uid: number; readonly activity_id: number };
  readonly status?: number;
  readonly severity?: number;
  readonly fill: (columns: EventColumns, rest: string, fields: Record<string, unknown>) => void;
}

const KINDS: readonly Kind[] = [
  { prefix: "Failed ", code: "failed", is: LOGON, status: STATUS.failure, severity: SEVERITY.low, fill: attempt },
  { prefix: "Accepted ", code: "accepted", is: LOGON, status: STATUS.success, fill: attempt },
  { prefix: "Postponed ", code: "postponed", is: PREPARE, fill: attempt },
  { prefix: "Invalid user ", code: "invalid-user", is: PREPARE, status: STATUS.failure, fill: userFrom },
  { prefix: "Illegal user ", code: "invalid-user", is: PREPARE, status: STATUS.failure, fill: userFrom },
  {
    prefix: "input_userauth_request: invalid user ",
    code: "invalid-user-request",
    is: PREPARE,
    status: STATUS.failure,
    fill: onlyUser,
  },
  {
    prefix: "User ",
    code: "user-not-allowed",
    is: PREPARE,
    status: STATUS.failure,
    severity: SEVERITY.low,
    fill: userNotAllowed,
  },
  {
    prefix: "maximum authentication attempts exceeded for ",
    code: "too-many-attempts",
    is: PREPARE,
    status: STATUS.failure,
    severity: SEVERITY.medium,
    fill: userFrom,
  },
  {
    prefix: "Disconnecting: Too many authentication failures for ",
    code: "too-many-attempts",
    is: PREPARE,
    status: STATUS.failure,
    severity: SEVERITY.medium,
    fill: onlyUser,
  },
  { prefix: "Disconnecting ", code: "disconnecting", is: CLOSE, fill: farEnd },
  { prefix: "Received disconnect from ", code: "received-disconnect", is: CLOSE, fill: farEnd },
  { prefix: "Disconnected from ", code: "disconnected", is: CLOSE, fill: farEnd },
  { prefix: "Connection closed by ", code: "connection-closed", is: CLOSE, fill: farEnd },
  { prefix: "Connection reset by ", code: "connection-reset", is: CLOSE, fill: farEnd },
  { prefix: "Connection from ", code: "connection", is: OPEN, fill: farEnd },
  { prefix: "Close session: ", code: "session-closed", is: CLOSE, fill: farEnd },
  { prefix: "Timeout before authentication for ", code: "timeout", is: FAIL, fill: farEnd },
  { prefix: "Unable to negotiate with ", code: "negotiation-failed", is: FAIL, fill: farEnd },
  { prefix: "Did not receive identification string from ", code: "no-identification", is: FAIL, fill: farEnd },
  { prefix: "Bad protocol version identification ", code: "bad-protocol", is: FAIL, fill: lastFrom },
  {
    prefix: "reverse mapping checking getaddrinfo for ",
    code: "reverse-mapping-failed",
    is: OTHER,
    fill: reverseMapping,
  },
  { prefix: "Server listening on ", code: "listening", is: LISTEN, fill: () => {} },
];

function fillSshd(columns: EventColumns, message: string, fields: Record<string, unknown>): void {
  const text = message.replace(PREAUTH, "");
  const kind = KINDS.find((known) => text.startsWith(known.prefix));
  columns.class_uid = (kind?.is ?? OTHER).class_uid;
  columns.activity_id = (kind?.is ?? OTHER).activity_id;
  if (kind === undefined) return;
  columns.event_code = kind.code;
  if (kind.status !== undefined) columns.status_id = kind.status;
  if (kind.severity !== undefined) columns.severity_id = kind.severity;
  kind.fill(columns, text.slice(kind.prefix.length), fields);
}

/** "password for invalid user x from 1.2.3.4 port 5 ssh2". */
function attempt(columns: EventColumns, rest: string, fields: Record<string, unknown>): void {
  const split = rest.indexOf(" for ");
  if (split < 0) return;
  const method = rest.slice(0, split);
  columns.event_code = `${columns.event_code}-${method}`.slice(0, 64);
  fields["method"] = method;
  userFrom(columns, rest.slice(split + 5));
}

function userFrom(columns: EventColumns, rest: string): void {
  const from = rest.lastIndexOf(" from ");
  onlyUser(columns, from < 0 ? rest : rest.slice(0, from));
  if (from >= 0) setOrigin(columns, rest.slice(from + 6));
}

function onlyUser(columns: EventColumns, rest: string): void {
  const prefix = "invalid user ";
  columns.user = (rest.startsWith(prefix) ? rest.slice(prefix.length) : rest).trim();
}

/** "x from 1.2.3.4 not allowed because not listed in AllowUsers". */
function userNotAllowed(columns: EventColumns, rest: string): void {
  const end = rest.lastIndexOf(" not allowed because ");
  userFrom(columns, end < 0 ? rest : rest.slice(0, end));
}

function lastFrom(columns: EventColumns, rest: string): void {
  const from = rest.lastIndexOf(" from ");
  if (from >= 0) setOrigin(columns, rest.slice(from + 6));
}

/** "[authenticating user x |invalid user x |user x ]1.2.3.4[ port 5][: reason]": the address is the last before the port. */
function farEnd(columns: EventColumns, rest: string): void {
  const named = /^(?:authenticating |invalid )?user /.exec(rest);
  if (named === null) {
    setOrigin(columns, rest);
    return;
  }
  const port = rest.lastIndexOf(" port ");
  const end = port < 0 ? rest.length : port;
  const space = rest.lastIndexOf(" ", end - 1);
  if (space < named[0].length) {
    columns.user = rest.slice(named[0].length, end);
    return;
  }
  columns.user = rest.slice(named[0].length, space).replace(/ from$/, "");
  setOrigin(columns, rest.slice(space + 1));
}

/** "host.example [1.2.3.4] failed - POSSIBLE BREAK-IN ATTEMPT!" */
function reverseMapping(columns: EventColumns, rest: string): void {
  const match = /^(\S{1,255}) \[([0-9a-fA-F.:]{2,45})\]/.exec(rest);
  columns.peer_host = match?.[1] ?? "";
  columns.src_ip = match?.[2] ?? "";
}

function setOrigin(columns: EventColumns, text: string): void {
  const match = ORIGIN.exec(text);
  if (match !== null) {
    columns.src_ip = match[1] ?? "";
    columns.src_port = integerOf(match[2]);
    return;
  }
  const end = text.search(/: | |$/);
  columns.src_ip = text.slice(0, end);
}
