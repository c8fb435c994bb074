/** systemd: units that start, stop and fail, and the sessions of systemd-logind. */
import { classify, SEVERITY, STATUS } from "@holdfast/ocsf";
import { type DecodedRecord, defineParser, type EventColumns } from "@holdfast/sdk";
import { fillPam } from "./linux/pam.ts";
import { closeLine, openLine, programOf } from "./linux/program.ts";

export default defineParser({
  id: "systemd",
  title: "systemd and systemd-logind",
  docs: "https://www.freedesktop.org/software/systemd/man/latest/systemd.html",
  order: 114,
  form: "text",
  accepts: (record: DecodedRecord) => record.json === undefined && PROGRAMS.has(programOf(record)),
  parse: (record: DecodedRecord) => {
    const { syslog } = record;
    if (syslog === undefined) return { ok: false, reason: "no syslog header" };
    const line = openLine(record, syslog);
    if (!fillPam(line.columns, line.message)) fillSystemd(line.columns, line.message);
    return { ok: true, event: closeLine(line, "syslog") };
  },
  samples: [
    {
      name: "Unit started, description and name",
      in: "Apr  3 13:00:00 web1 systemd[1]: Started nginx.service - A high performance web server.",
      out: { class_uid: 6002, activity_id: 3, status_id: 1, object: "nginx.service", event_code: "started" },
    },
    {
      name: "Unit failed",
      in: "<28>1 2026-04-03T13:01:00.5Z web1 systemd 1 - - shop.service: Failed with result 'exit-code'.",
      out: {
        class_uid: 6002,
        activity_id: 4,
        status_id: 2,
        severity_id: 3,
        object: "shop.service",
        event_code: "failed",
      },
    },
    {
      name: "Login session",
      in: "<38>Apr  3 13:02:00 web1 systemd-logind[700]: New session 41 of user ida.",
      out: { class_uid: 3002, activity_id: 99, user: "ida", session: "41", event_code: "session-new" },
    },
  ],
});

const PROGRAMS = new Set(["systemd", "systemd-logind", "init"]);
const START = classify("application_lifecycle", "start");
const STOP = classify("application_lifecycle", "stop");
const RESTART = classify("application_lifecycle", "restart");
const OTHER = classify("application_lifecycle", "other");
const SESSION = classify("authentication", "other");

const VERBS: readonly {
  readonly prefix: string;
  readonly code: string;
  readonly is: typeof START;
  readonly status: number;
}[] = [
  { prefix: "Started ", code: "started", is: START, status: STATUS.success },
  { prefix: "Starting ", code: "starting", is: START, status: STATUS.unknown },
  { prefix: "Finished ", code: "finished", is: STOP, status: STATUS.success },
  { prefix: "Stopped ", code: "stopped", is: STOP, status: STATUS.success },
  { prefix: "Stopping ", code: "stopping", is: STOP, status: STATUS.unknown },
  { prefix: "Reloading ", code: "reloading", is: RESTART, status: STATUS.unknown },
  { prefix: "Failed to start ", code: "failed", is: START, status: STATUS.failure },
];
const SESSIONS = /^(New|Removed|Session) (?:session )?'?([^' ]{1,32})'? ?(?:of user '?([^'. ]{1,64}))?/;
const UNIT = /^([^ :]{1,200}\.(?:service|socket|timer|mount|scope|slice|target|path|swap|device)): (.{0,60})/;

function fillSystemd(columns: EventColumns, message: string): void {
  columns.class_uid = OTHER.class_uid;
  columns.activity_id = OTHER.activity_id;
  if (columns.product === "systemd-logind") {
    fillSession(columns, message);
    return;
  }
  const verb = VERBS.find((known) => message.startsWith(known.prefix));
  if (verb !== undefined) {
    columns.activity_id = verb.is.activity_id;
    columns.status_id = verb.status;
    columns.event_code = verb.code;
    columns.object = unitOf(message.slice(verb.prefix.length));
    if (verb.status === STATUS.failure) columns.severity_id = SEVERITY.medium;
    return;
  }
  const unit = UNIT.exec(message);
  if (unit === null) return;
  columns.object = unit[1] ?? "";
  const what = unit[2] ?? "";
  if (what.startsWith("Failed with result") || what.startsWith("Main process exited")) {
    columns.activity_id = STOP.activity_id;
    columns.status_id = STATUS.failure;
    columns.severity_id = SEVERITY.medium;
    columns.event_code = what.startsWith("Failed") ? "failed" : "exited";
  } else if (what.startsWith("Scheduled restart job")) {
    columns.activity_id = RESTART.activity_id;
    columns.event_code = "restart-scheduled";
  }
}

/** Newer systemd writes "name.service - Description."; older ones only the description. */
function unitOf(text: string): string {
  const dash = text.indexOf(" - ");
  return (dash < 0 ? text : text.slice(0, dash)).replace(/\.{1,3}$/, "");
}

function fillSession(columns: EventColumns, message: string): void {
  const match = SESSIONS.exec(message);
  columns.class_uid = SESSION.class_uid;
  columns.activity_id = SESSION.activity_id;
  if (match === null) return;
  columns.event_code = match[1] === "New" ? "session-new" : "session-end";
  columns.session = (match[2] ?? "").replace(/\.$/, "");
  columns.user = match[3] ?? "";
}
