/** shadow: accounts and groups that useradd, usermod, userdel, groupadd, groupdel, gpasswd, passwd, chage and chsh change. */
import { classify, SEVERITY, STATUS } from "@holdfast/ocsf";
import { type DecodedRecord, defineParser, type EventColumns } from "@holdfast/sdk";
import { fillPam } from "./linux/pam.ts";
import { closeLine, openLine, programOf } from "./linux/program.ts";

export default defineParser({
  id: "shadow",
  title: "useradd, usermod, groupadd, passwd and their kin",
  docs: "https://github.com/shadow-maint/shadow",
  order: 115,
  form: "text",
  accepts: (record: DecodedRecord) => record.json === undefined && PROGRAMS.has(programOf(record)),
  parse: (record: DecodedRecord) => {
    const { syslog } = record;
    if (syslog === undefined) return { ok: false, reason: "no syslog header" };
    const line = openLine(record, syslog);
    line.columns.severity_id = SEVERITY.low;
    if (!fillPam(line.columns, line.message)) fillChange(line.columns, line.message);
    return { ok: true, event: closeLine(line, "auth") };
  },
  samples: [
    {
      name: "User created",
      in: "Apr  3 14:00:00 web1 useradd[5100]: new user: name=eve, UID=1002, GID=1002, home=/home/eve, shell=/bin/bash, from=/dev/pts/0",
      out: {
        class_uid: 3007,
        activity_id: 1,
        status_id: 1,
        target_user: "eve",
        event_code: "user-created",
        product: "useradd",
      },
      fields: { target_user: "eve" },
    },
    {
      name: "Added to a group",
      in: "<86>Apr  3 14:00:01 web1 usermod[5101]: add 'eve' to group 'sudo'",
      out: { class_uid: 3006, activity_id: 3, target_user: "eve", object: "sudo", event_code: "group-member-added" },
    },
    {
      name: "Password changed",
      in: "Apr  3 14:01:00 web1 passwd[5110]: pam_unix(passwd:chauthtok): password changed for eve",
      out: { class_uid: 3007, activity_id: 8, target_user: "eve", event_code: "password-changed" },
    },
    {
      name: "Group created",
      in: "2026-04-03T14:02:00+02:00 web1 groupadd[5120]: new group: name=devs, GID=1003",
      out: { class_uid: 3006, activity_id: 6, object: "devs" },
    },
  ],
});

const PROGRAMS = new Set([
  "useradd",
  "usermod",
  "userdel",
  "groupadd",
  "groupmod",
  "groupdel",
  "gpasswd",
  "passwd",
  "chage",
  "chsh",
  "chfn",
  "newusers",
  "adduser",
  "chpasswd",
]);

type Filled = "target_user" | "object" | "user";

interface Change {
  readonly pattern: RegExp;
  readonly is: ReturnType<typeof classify>;
  readonly code: string;
  /** Columns of the pattern's groups, in order. */
  readonly into: readonly Filled[];
}

const CHANGES: readonly Change[] = [
  {
    pattern: /^new user: name=([^,]{1,64})/,
    is: classify("user_management", "create"),
    code: "user-created",
    into: ["target_user"],
  },
  {
    pattern: /^new group: name=([^,]{1,64})/,
    is: classify("group_management", "create"),
    code: "group-created",
    into: ["object"],
  },
  {
    pattern: /^group added to \S{1,64}: name=([^,]{1,64})/,
    is: classify("group_management", "create"),
    code: "group-created",
    into: ["object"],
  },
  {
    pattern: /^add '([^']{1,64})' to (?:shadow )?group '([^']{1,64})'/,
    is: classify("group_management", "add_user"),
    code: "group-member-added",
    into: ["target_user", "object"],
  },
  {
    pattern: /^delete '([^']{1,64})' from (?:shadow )?group '([^']{1,64})'/,
    is: classify("group_management", "remove_user"),
    code: "group-member-removed",
    into: ["target_user", "object"],
  },
  {
    pattern: /^(?:user|member) (\S{1,64}) added by (\S{1,64}) to group (\S{1,64})/,
    is: classify("group_management", "add_user"),
    code: "group-member-added",
    into: ["target_user", "user", "object"],
  },
  {
    pattern: /^(?:user|member) (\S{1,64}) removed by (\S{1,64}) from group (\S{1,64})/,
    is: classify("group_management", "remove_user"),
    code: "group-member-removed",
    into: ["target_user", "user", "object"],
  },
  {
    pattern: /^delete user '([^']{1,64})'/,
    is: classify("user_management", "delete"),
    code: "user-deleted",
    into: ["target_user"],
  },
  {
    pattern: /^(?:removed )?group '([^']{1,64})'(?: removed| owned)/,
    is: classify("group_management", "delete"),
    code: "group-deleted",
    into: ["object"],
  },
  {
    pattern: /^lock user '([^']{1,64})' password/,
    is: classify("user_management", "lock"),
    code: "user-locked",
    into: ["target_user"],
  },
  {
    pattern: /^unlock user '([^']{1,64})' password/,
    is: classify("user_management", "unlock"),
    code: "user-unlocked",
    into: ["target_user"],
  },
  {
    pattern: /^password for '([^']{1,64})' changed by '([^']{1,64})'/,
    is: classify("user_management", "password_change"),
    code: "password-changed",
    into: ["target_user", "user"],
  },
  {
    pattern: /^(?:change|changed) user '([^']{1,64})'/,
    is: classify("user_management", "update"),
    code: "user-changed",
    into: ["target_user"],
  },
];
const OTHER = classify("user_management", "other");

function fillChange(columns: EventColumns, message: string): void {
  columns.class_uid = OTHER.class_uid;
  columns.activity_id = OTHER.activity_id;
  if (message.startsWith("failed ")) columns.status_id = STATUS.failure;
  for (const change of CHANGES) {
    const match = change.pattern.exec(message);
    if (match === null) continue;
    columns.class_uid = change.is.class_uid;
    columns.activity_id = change.is.activity_id;
    columns.event_code = change.code;
    columns.status_id = STATUS.success;
    change.into.forEach((column, i) => {
      columns[column] = match[i + 1] ?? "";
    });
    return;
  }
}
