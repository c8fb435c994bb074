/** cron: jobs that ran and tables that changed: "(user) VERB (detail)". */
import { classify } from "@holdfast/ocsf";
import { type DecodedRecord, defineParser, type EventColumns } from "@holdfast/sdk";
import { fillPam } from "./linux/pam.ts";
import { closeLine, openLine, programOf } from "./linux/program.ts";

export default defineParser({
  id: "cron",
  title: "cron and crontab",
  docs: "https://man7.org/linux/man-pages/man8/cron.8.html",
  order: 113,
  form: "text",
  accepts: (record: DecodedRecord) => record.json === undefined && PROGRAMS.has(programOf(record)),
  parse: (record: DecodedRecord) => {
    const { syslog } = record;
    if (syslog === undefined) return { ok: false, reason: "no syslog header" };
    const line = openLine(record, syslog);
    line.columns.product = "cron";
    if (!fillPam(line.columns, line.message)) fillCron(line.columns, line.message);
    return { ok: true, event: closeLine(line, "cron") };
  },
  samples: [
    {
      name: "Job",
      in: "<78>Apr  3 12:05:01 web1 CRON[4411]: (root) CMD (test -x /usr/sbin/x && /usr/sbin/x (all))",
      out: {
        class_uid: 1006,
        activity_id: 6,
        event_code: "cmd",
        user: "root",
        process_cmd: "test -x /usr/sbin/x && /usr/sbin/x (all)",
        channel: "cron",
      },
    },
    {
      name: "Table replaced",
      in: "2026-04-03T12:06:00.100000+00:00 web1 crontab[4500]: (eve) REPLACE (eve)",
      out: { class_uid: 1006, activity_id: 2, event_code: "replace", user: "eve", object: "eve" },
      fields: { message: "(eve) REPLACE (eve)" },
    },
  ],
});

const PROGRAMS = new Set(["cron", "crond", "crontab", "anacron"]);
const SHAPE = /^\(([^)]{1,64})\) ([A-Z][A-Z ]{0,30}[A-Z]|[A-Z]+) \(/;
const VERBS: ReadonlyMap<string, ReturnType<typeof classify>> = new Map([
  ["CMD", classify("scheduled_job_activity", "start")],
  ["REPLACE", classify("scheduled_job_activity", "update")],
  ["RELOAD", classify("scheduled_job_activity", "update")],
  ["END EDIT", classify("scheduled_job_activity", "update")],
  ["DELETE", classify("scheduled_job_activity", "delete")],
]);
const OTHER = classify("scheduled_job_activity", "other");

function fillCron(columns: EventColumns, message: string): void {
  const match = SHAPE.exec(message);
  const verb = match?.[2] ?? "";
  const is = VERBS.get(verb) ?? OTHER;
  columns.class_uid = is.class_uid;
  columns.activity_id = is.activity_id;
  if (match === null) return;
  const end = message.lastIndexOf(")");
  const detail = message.slice(match[0].length, end < match[0].length ? message.length : end);
  columns.event_code = verb.toLowerCase().replaceAll(" ", "-");
  columns.user = match[1] ?? "";
  if (verb === "CMD") columns.process_cmd = detail;
  else columns.object = detail;
}
