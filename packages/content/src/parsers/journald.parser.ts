/** journald: entries of systemd's journal with their trusted fields. What the message is, the parser of its program says. */
import { classify, severityOfSyslog } from "@holdfast/ocsf";
import { type DecodedRecord, defineParser, firstText, integerOf, textOf } from "@holdfast/sdk";

export default defineParser({
  id: "journald",
  title: "systemd journal",
  docs: "https://www.freedesktop.org/software/systemd/man/latest/systemd.journal-fields.html",
  order: 94,
  form: "json",
  accepts: ({ json }: DecodedRecord) => json !== undefined && json["__REALTIME_TIMESTAMP"] !== undefined,
  parse: ({ json }: DecodedRecord) => {
    if (json === undefined) return { ok: false, reason: "not a JSON object" };
    const micros = firstText(json, ["_SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP"]);
    const timed = /^\d{1,17}$/.test(micros);
    const app = firstText(json, ["SYSLOG_IDENTIFIER", "_COMM"]);
    const message = textOf(json, "MESSAGE");
    return {
      ok: true,
      event: {
        columns: {
          ...classify("base_event", "other"),
          time_ms: timed ? Math.floor(Number(micros) / 1_000) : 0,
          time_ns: timed ? (Number(micros) % 1_000) * 1_000 : 0,
          host: textOf(json, "_HOSTNAME"),
          product: app,
          channel: firstText(json, ["_SYSTEMD_UNIT", "_TRANSPORT"]),
          severity_id: json["PRIORITY"] === undefined ? 0 : severityOfSyslog(integerOf(json["PRIORITY"])),
          process_pid: integerOf(json["_PID"] ?? json["SYSLOG_PID"]),
          process_path: textOf(json, "_EXE"),
          process_cmd: textOf(json, "_CMDLINE"),
          message,
        },
        fields: json,
        logsource: { product: "linux" },
        inner: { text: message, ...(app === "" ? {} : { app }) },
      },
    };
  },
  samples: [
    {
      name: "A service's message",
      in: '{"__REALTIME_TIMESTAMP":"1795301882123456","_HOSTNAME":"web-1","PRIORITY":"4","SYSLOG_IDENTIFIER":"shopd","_PID":"811","_SYSTEMD_UNIT":"shop.service","MESSAGE":"slow answer from the bank"}',
      out: {
        time_ms: 1795301882123,
        time_ns: 456_000,
        host: "web-1",
        product: "shopd",
        channel: "shop.service",
        process_pid: 811,
        severity_id: 3,
        message: "slow answer from the bank",
      },
      fields: { _SYSTEMD_UNIT: "shop.service" },
    },
    {
      name: "The kernel",
      in: '{"__REALTIME_TIMESTAMP":"1795301882000001","_HOSTNAME":"db-1","PRIORITY":"6","_TRANSPORT":"kernel","SYSLOG_IDENTIFIER":"kernel","MESSAGE":"eth0: link up"}',
      out: { host: "db-1", product: "kernel", channel: "kernel", severity_id: 1, message: "eth0: link up" },
    },
  ],
});
