/** openstack: the logs of OpenStack's services (oslo.log's default layout), with the file's name in front or not. */
import { classify, severityOfWord, STATUS } from "@holdfast/ocsf";
import { type DecodedRecord, defineParser, type EventColumns, integerOf, parseIso } from "@holdfast/sdk";

export default defineParser({
  id: "openstack",
  title: "OpenStack services (oslo.log)",
  docs: "https://docs.openstack.org/oslo.log/latest/configuration/index.html",
  order: 245,
  form: "text",
  accepts: (record: DecodedRecord) => record.json === undefined && LINE.test(lineOf(record).slice(0, 500)),
  parse: (record: DecodedRecord) => {
    const match = LINE.exec(lineOf(record));
    if (match === null) return { ok: false, reason: "not in oslo.log's layout" };
    const [, stamp = "", process = "", level = "", module = "", request = "", text = ""] = match;
    const time = parseIso(stamp);
    const http = HTTP.exec(text);
    const status = integerOf(http?.[4]);
    const is = http === null ? OTHER : REQUEST;
    const columns: Partial<EventColumns> = {
      time_ms: time?.time_ms ?? 0,
      time_ns: time?.time_ns ?? 0,
      product: "openstack",
      channel: module,
      process_pid: integerOf(process),
      severity_id: severityOfWord(level),
      session: request.split(" ", 1)[0] ?? "",
      src_ip: http?.[1] ?? "",
      http_method: http?.[2] ?? "",
      url: http?.[3] ?? "",
      http_status: status,
      status_id: status >= 400 ? STATUS.failure : status > 0 ? STATUS.success : STATUS.unknown,
      class_uid: is.class_uid,
      activity_id: is.activity_id,
      message: text,
    };
    return {
      ok: true,
      event: { columns, fields: { level, module, request, message: text }, logsource: { product: "openstack" } },
    };
  },
  samples: [
    {
      name: "An API call, file name in front",
      in: 'nova-api.log.1 2026-07-02 00:00:00.008 25746 INFO nova.osapi_compute.wsgi.server [req-38101a0b 113d3a99 54fadb41 - - -] 10.11.10.1 "GET /v2/servers/detail HTTP/1.1" status: 200 len: 1893 time: 0.247',
      out: {
        time_ms: Date.UTC(2026, 6, 2, 0, 0, 0, 8),
        class_uid: 4002,
        http_method: "GET",
        http_status: 200,
        src_ip: "10.11.10.1",
        session: "req-38101a0b",
        process_pid: 25746,
      },
    },
    {
      name: "A warning",
      in: "2026-07-02 00:00:04.500 2931 WARNING nova.virt.libvirt.imagecache [req-addc1839 - - - - -] Unknown base file: /var/lib/nova/instances/_base/a489",
      out: {
        severity_id: 3,
        channel: "nova.virt.libvirt.imagecache",
        message: "Unknown base file: /var/lib/nova/instances/_base/a489",
      },
    },
  ],
});

const lineOf = (record: DecodedRecord): string => record.syslog?.message ?? record.text;
const LINE =
  /^(?:[\w.:-]{1,100} )?(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) (\d{1,10}) (TRACE|DEBUG|INFO|AUDIT|WARNING|ERROR|CRITICAL) ([\w.-]{1,120}) (?:\[([^\]]{0,300})\] )?(.*)$/s;
const HTTP =
  /^([0-9a-fA-F.:]{2,45})(?:,[0-9a-fA-F.:]{2,45})? "([A-Z]{1,20}) (\S{1,2000}) HTTP\/[\d.]{1,3}" status: (\d{3})/;
const OTHER = classify("base_event", "other");
const REQUEST = classify("http_activity", "other");
