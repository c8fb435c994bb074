/** su: who became whom, in the words of util-linux, shadow and PAM. */
import { classify, SEVERITY, STATUS } from "@holdfast/ocsf";
import { type DecodedRecord, defineParser, type EventColumns } from "@holdfast/sdk";
import { fillPam } from "./linux/pam.ts";
import { closeLine, openLine, programOf } from "./linux/program.ts";

export default defineParser({
  id: "su",
  title: "su",
  docs: "https://man7.org/linux/man-pages/man1/su.1.html",
  order: 112,
  form: "text",
  accepts: (record: DecodedRecord) => record.json === undefined && PROGRAMS.has(programOf(record)),
  parse: (record: DecodedRecord) => {
    const { syslog } = record;
    if (syslog === undefined) return { ok: false, reason: "no syslog header" };
    const line = openLine(record, syslog);
    if (!fillPam(line.columns, line.message)) fillSu(line.columns, line.message);
    return { ok: true, event: closeLine(line, "auth") };
  },
  samples: [
    {
      name: "util-linux",
      in: "Apr  3 11:00:00 web1 su[2210]: (to root) ida on pts/1",
      out: { class_uid: 3002, activity_id: 7, status_id: 1, user: "ida", target_user: "root", event_code: "switched" },
    },
    {
      name: "Refused",
      in: "<85>Apr  3 11:00:05 web1 su[2211]: FAILED SU (to root) eve on pts/1",
      out: { activity_id: 7, status_id: 2, severity_id: 3, user: "eve", target_user: "root" },
    },
    {
      name: "Old PAM form with the module in the tag",
      in: "Jun 15 04:06:18 combo su(pam_unix)[21416]: session opened for user cyrus by (uid=0)",
      out: { class_uid: 3002, activity_id: 1, user: "cyrus", product: "su" },
    },
  ],
});

const PROGRAMS = new Set(["su", "su-l", "runuser"]);
const SWITCH = classify("authentication", "account_switch");
const UTIL_LINUX = /^(FAILED SU )?\(to ([^)]{1,64})\) (\S{1,64}) on /;
const SHADOW = /^(Successful|FAILED) su for (\S{1,64}) by (\S{1,64})/;
const SIGN = /^([+-]) \S{1,64} ([^:\s]{1,64})[:-](\S{1,64})/;

function fillSu(columns: EventColumns, message: string): void {
  columns.class_uid = SWITCH.class_uid;
  columns.activity_id = SWITCH.activity_id;
  const linux = UTIL_LINUX.exec(message);
  const shadow = linux === null ? SHADOW.exec(message) : null;
  const sign = linux === null && shadow === null ? SIGN.exec(message) : null;
  if (linux === null && shadow === null && sign === null) return;
  const failed = linux?.[1] !== undefined || shadow?.[1] === "FAILED" || sign?.[1] === "-";
  columns.user = linux?.[3] ?? shadow?.[3] ?? sign?.[2] ?? "";
  columns.target_user = linux?.[2] ?? shadow?.[2] ?? sign?.[3] ?? "";
  columns.event_code = failed ? "refused" : "switched";
  columns.status_id = failed ? STATUS.failure : STATUS.success;
  columns.severity_id = failed ? SEVERITY.medium : SEVERITY.low;
}
