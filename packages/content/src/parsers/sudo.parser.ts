/** sudo: who ran or was refused which command as whom. The command is the last part and may contain " ; " itself. */
import { classify, SEVERITY, STATUS } from "@holdfast/ocsf";
import { type DecodedRecord, defineParser, type EventColumns } from "@holdfast/sdk";
import { fillPam } from "./linux/pam.ts";
import { closeLine, openLine, programOf } from "./linux/program.ts";

export default defineParser({
  id: "sudo",
  title: "sudo",
  docs: "https://www.sudo.ws/docs/man/sudoers.man/",
  order: 111,
  form: "text",
  accepts: (record: DecodedRecord) => record.json === undefined && programOf(record) === "sudo",
  parse: (record: DecodedRecord) => {
    const { syslog } = record;
    if (syslog === undefined) return { ok: false, reason: "no syslog header" };
    const line = openLine(record, syslog);
    if (!fillPam(line.columns, line.message)) fillSudo(line.columns, line.message.trimStart(), line.fields);
    return { ok: true, event: closeLine(line, "sudo") };
  },
  samples: [
    {
      name: "Command run",
      in: "Apr  3 10:02:11 web1 sudo:      ida : TTY=pts/0 ; PWD=/home/ida ; USER=root ; COMMAND=/usr/bin/sh -c 'id ; whoami'",
      out: {
        class_uid: 1007,
        activity_id: 1,
        status_id: 1,
        event_code: "command",
        user: "ida",
        target_user: "root",
        process_path: "/usr/bin/sh",
        process_cmd: "/usr/bin/sh -c 'id ; whoami'",
      },
      fields: { USER: "root", PWD: "/home/ida", TTY: "pts/0", COMMAND: "/usr/bin/sh -c 'id ; whoami'" },
    },
    {
      name: "Refused after three passwords",
      in: "<85>Apr  3 10:03:00 web1 sudo[990]: eve : 3 incorrect password attempts ; TTY=pts/1 ; PWD=/tmp ; USER=root ; COMMAND=/bin/bash",
      out: {
        status_id: 2,
        severity_id: 3,
        event_code: "refused",
        user: "eve",
        target_user: "root",
        process_path: "/bin/bash",
      },
      fields: { reason: "3 incorrect password attempts" },
    },
    {
      name: "Session opened by PAM",
      in: "<86>1 2026-04-03T10:02:11+00:00 web1 sudo 991 - - pam_unix(sudo:session): session opened for user root(uid=0) by ida(uid=1000)",
      out: { class_uid: 3002, activity_id: 1, status_id: 1, user: "ida", target_user: "root" },
    },
  ],
});

const LAUNCH = classify("process_activity", "launch");

function fillSudo(columns: EventColumns, message: string, fields: Record<string, unknown>): void {
  columns.class_uid = LAUNCH.class_uid;
  columns.activity_id = LAUNCH.activity_id;
  const colon = message.indexOf(" : ");
  if (colon < 0) return;
  columns.user = message.slice(0, colon).trim();
  let reason = "";
  let rest = message.slice(colon + 3);
  while (rest !== "") {
    const isCommand = rest.startsWith("COMMAND=");
    const end = isCommand ? -1 : rest.indexOf(" ; ");
    const part = end < 0 ? rest : rest.slice(0, end);
    rest = end < 0 ? "" : rest.slice(end + 3);
    const equals = part.indexOf("=");
    const name = equals < 0 ? "" : part.slice(0, equals);
    if (KEYS.has(name)) fields[name] = part.slice(equals + 1);
    else if (reason === "") reason = part.trim();
  }
  const command = typeof fields["COMMAND"] === "string" ? fields["COMMAND"] : "";
  columns.process_cmd = command;
  columns.process_path = command.split(" ", 1)[0] ?? "";
  columns.target_user = typeof fields["USER"] === "string" ? fields["USER"] : "";
  columns.event_code = reason === "" ? "command" : "refused";
  columns.status_id = reason === "" ? STATUS.success : STATUS.failure;
  if (reason === "") return;
  fields["reason"] = reason;
  columns.severity_id = SEVERITY.medium;
}

const KEYS = new Set(["TTY", "PWD", "USER", "GROUP", "ENV", "COMMAND", "CHROOT", "TSID", "HOST"]);
