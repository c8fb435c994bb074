/** security-logon: logons, log-offs, Kerberos and NTLM of the Security channel. `user` is the account that is authenticated.
 *  Fields: https://learn.microsoft.com/windows/security/threat-protection/auditing/basic-audit-logon-events */
import { type Classification, classify, STATUS } from "@holdfast/ocsf";
import { type EventColumns, type Fields, firstText, integerOf, textOf } from "@holdfast/sdk";
import { nameOf, pidOf } from "./columns.ts";

export const LOGON_EVENTS: Readonly<Record<number, (columns: EventColumns, fields: Fields) => void>> = {
  4624: logon({ title: "Logged on", is: classify("authentication", "logon"), status: STATUS.success }),
  4625: logon({ title: "Failed to log on", is: classify("authentication", "logon"), status: STATUS.failure }),
  4626: logon({ title: "User claims of a logon", is: classify("authentication", "logon"), status: STATUS.success }),
  4627: logon({ title: "Groups of a logon", is: classify("authentication", "other"), status: STATUS.success }),
  4634: logon({ title: "Logged off", is: classify("authentication", "logoff"), status: STATUS.success }),
  4647: logon({ title: "User logged off", is: classify("authentication", "logoff"), status: STATUS.success }),
  4648: fillExplicit,
  4672: fillPrivileges,
  4768: kerberos("Kerberos ticket asked for", classify("authentication", "authentication_ticket")),
  4769: kerberos("Kerberos service ticket asked for", classify("authentication", "service_ticket_request")),
  4770: kerberos("Kerberos service ticket renewed", classify("authentication", "service_ticket_renew")),
  4771: kerberos("Kerberos pre-authentication failed", classify("authentication", "preauth")),
  4773: kerberos("Kerberos service ticket refused", classify("authentication", "service_ticket_request")),
  4776: fillNtlm,
  4778: session("Session reconnected", classify("authentication", "logon")),
  4779: session("Session disconnected", classify("authentication", "logoff")),
};

interface LogonKind {
  readonly title: string;
  readonly is: Classification;
  readonly status: number;
}

function logon(kind: LogonKind): (columns: EventColumns, fields: Fields) => void {
  return (columns, fields) => {
    columns.class_uid = kind.is.class_uid;
    columns.activity_id = kind.is.activity_id;
    columns.status_id = kind.status;
    columns.user = nameOf(fields, "TargetUserName");
    columns.user_domain = textOf(fields, "TargetDomainName");
    columns.session = textOf(fields, "TargetLogonId") || textOf(fields, "SubjectLogonId");
    const outbound = nameOf(fields, "TargetOutboundUserName");
    if (outbound !== columns.user) columns.target_user = outbound;
    setOrigin(columns, fields);
    const type = LOGON_TYPES[integerOf(fields["LogonType"])];
    const from = columns.src_ip || columns.peer_host;
    columns.message = `${kind.title}: ${account(columns)}${type === undefined ? "" : ` (${type})`}${from === "" ? "" : ` from ${from}`}`;
  };
}

/** 4648: someone uses another account's password. */
function fillExplicit(columns: EventColumns, fields: Fields): void {
  set(columns, EXPLICIT);
  columns.user = nameOf(fields, "SubjectUserName");
  columns.user_domain = textOf(fields, "SubjectDomainName");
  columns.target_user = nameOf(fields, "TargetUserName");
  columns.session = textOf(fields, "SubjectLogonId");
  setOrigin(columns, fields);
  const server = textOf(fields, "TargetServerName");
  if (server !== "" && server !== "localhost") columns.peer_host = server;
  columns.message = `Logon with explicit credentials: ${account(columns)} as ${columns.target_user} on ${server}`;
}

function fillPrivileges(columns: EventColumns, fields: Fields): void {
  set(columns, PRIVILEGES);
  columns.user = nameOf(fields, "SubjectUserName");
  columns.user_domain = textOf(fields, "SubjectDomainName");
  columns.session = textOf(fields, "SubjectLogonId");
  columns.message = `Special privileges assigned: ${account(columns)}`;
}

function kerberos(title: string, is: Classification): (columns: EventColumns, fields: Fields) => void {
  return (columns, fields) => {
    set(columns, is);
    const name = nameOf(fields, "TargetUserName");
    const at = name.indexOf("@");
    columns.user = at < 0 ? name : name.slice(0, at);
    columns.user_domain = textOf(fields, "TargetDomainName");
    columns.object = textOf(fields, "ServiceName");
    const status = firstText(fields, ["Status", "FailureCode"]);
    columns.status_id = status === "" || integerOf(status) === 0 ? STATUS.success : STATUS.failure;
    setOrigin(columns, fields);
    columns.message = `${title}: ${account(columns)} for ${columns.object} from ${columns.src_ip}`;
  };
}

function fillNtlm(columns: EventColumns, fields: Fields): void {
  set(columns, LOGON);
  columns.user = nameOf(fields, "TargetUserName");
  columns.peer_host = textOf(fields, "Workstation");
  columns.status_id = integerOf(fields["Status"]) === 0 ? STATUS.success : STATUS.failure;
  columns.message = `NTLM credentials checked: ${columns.user} from ${columns.peer_host}`;
}

function session(title: string, is: Classification): (columns: EventColumns, fields: Fields) => void {
  return (columns, fields) => {
    set(columns, is);
    columns.status_id = STATUS.success;
    columns.user = nameOf(fields, "AccountName");
    columns.user_domain = textOf(fields, "AccountDomain");
    columns.session = textOf(fields, "LogonID");
    columns.src_ip = textOf(fields, "ClientAddress");
    columns.peer_host = textOf(fields, "ClientName");
    columns.message = `${title}: ${account(columns)} from ${columns.peer_host}`;
  };
}

const LOGON = classify("authentication", "logon");
const EXPLICIT = classify("authentication", "account_switch");
const PRIVILEGES = classify("authorize_session", "assign_privileges");

const LOGON_TYPES: Readonly<Record<number, string>> = {
  2: "interactive",
  3: "network",
  4: "batch",
  5: "service",
  7: "unlock",
  8: "network, clear text",
  9: "new credentials",
  10: "remote interactive",
  11: "cached interactive",
};

function set(columns: EventColumns, is: Classification): void {
  columns.class_uid = is.class_uid;
  columns.activity_id = is.activity_id;
}

function setOrigin(columns: EventColumns, fields: Fields): void {
  const address = textOf(fields, "IpAddress");
  if (address !== "LOCAL") columns.src_ip = address;
  columns.src_port = integerOf(fields["IpPort"]);
  columns.peer_host = textOf(fields, "WorkstationName").trim();
  columns.process_path = textOf(fields, "ProcessName");
  columns.process_pid = pidOf(fields, "ProcessId");
}

function account(columns: EventColumns): string {
  return columns.user_domain === "" ? columns.user : `${columns.user_domain}\\${columns.user}`;
}
