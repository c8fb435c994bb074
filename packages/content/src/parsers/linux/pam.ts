/** pam: lines of Linux-PAM modules, the same in every program: "pam_unix(sshd:auth): authentication failure; …".
 *  A PAM failure is written besides the program's own "Failed password" line, so it is pre-authentication here:
 *  counting logon failures then counts each attempt once. */
import { classify, SEVERITY, STATUS } from "@holdfast/ocsf";
import type { EventColumns } from "@holdfast/sdk";

/** Fills the columns and says true when the message is PAM's. */
export function fillPam(columns: EventColumns, message: string): boolean {
  const more = MORE.test(message);
  const head = more ? null : HEAD.exec(message);
  if (!more && head === null) return false;
  const body = more ? message : message.slice(head?.[0].length ?? 0);
  columns.object = head?.[1] ?? "";
  if (more || body.startsWith("authentication failure")) {
    set(columns, FAILURE, "pam-authentication-failure");
    columns.severity_id = SEVERITY.low;
    columns.status_id = STATUS.failure;
    columns.user = value(body, "user=");
    columns.src_ip = value(body, "rhost=");
    return true;
  }
  if (body.startsWith("session opened for user ")) {
    set(columns, OPENED, "session-opened");
    columns.status_id = STATUS.success;
    sessionUsers(columns, body.slice(24));
    return true;
  }
  if (body.startsWith("session closed for user ")) {
    set(columns, CLOSED, "session-closed");
    columns.status_id = STATUS.success;
    sessionUsers(columns, body.slice(24));
    return true;
  }
  if (body.startsWith("password changed for ")) {
    set(columns, PASSWORD, "password-changed");
    columns.status_id = STATUS.success;
    columns.target_user = body.slice(21).trim();
    return true;
  }
  set(columns, FAILURE, body.startsWith("check pass; user unknown") ? "pam-unknown-user" : "pam");
  if (columns.event_code === "pam-unknown-user") columns.status_id = STATUS.failure;
  return true;
}

const HEAD = /^pam_[a-z0-9_]{1,32}\(([^():]{1,64}):[a-z_]{1,32}\): /;
const MORE = /^PAM \d{1,6} more authentication failures?;/;
const FAILURE = classify("authentication", "preauth");
const OPENED = classify("authentication", "logon");
const PASSWORD = classify("user_management", "password_change");
const CLOSED = classify("authentication", "logoff");

function set(
  columns: EventColumns,
  is: { readonly class_uid: number; readonly activity_id: number },
  code: string,
): void {
  columns.class_uid = is.class_uid;
  columns.activity_id = is.activity_id;
  columns.event_code = code;
}

/** "root(uid=0) by ida(uid=1000)", "root by (uid=0)", "fztu": the session is of the first, opened by the second. */
function sessionUsers(columns: EventColumns, text: string): void {
  const by = text.lastIndexOf(" by ");
  const owner = bare(by < 0 ? text : text.slice(0, by));
  const opener = by < 0 ? "" : bare(text.slice(by + 4));
  columns.user = opener === "" ? owner : opener;
  if (opener !== "" && opener !== owner) columns.target_user = owner;
}

function bare(name: string): string {
  const open = name.indexOf("(uid=");
  return (open < 0 ? name : name.slice(0, open)).trim();
}

/** The value behind " name=": up to the next blank. */
function value(text: string, name: string): string {
  const found = text.lastIndexOf(` ${name}`);
  if (found < 0) return "";
  const start = found + name.length + 1;
  const end = text.indexOf(" ", start);
  return end < 0 ? text.slice(start) : text.slice(start, end);
}
