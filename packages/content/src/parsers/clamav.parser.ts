/** clamav: what ClamAV found, from clamd, clamdscan and clamonacc. */
import { classify, SEVERITY } from "@holdfast/ocsf";
import { type DecodedRecord, defineParser, type EventColumns, parseCtime } from "@holdfast/sdk";

export default defineParser({
  id: "clamav",
  title: "ClamAV",
  docs: "https://docs.clamav.net/manual/Usage/Scanning.html",
  order: 212,
  form: "text",
  accepts: (record: DecodedRecord) => {
    if (record.json !== undefined) return false;
    const app = record.syslog?.app ?? "";
    if (app === "clamd" || app === "clamonacc" || app === "freshclam") return true;
    // Every line is asked, and the pattern tries many ways before it gives up.
    const line = record.text.slice(0, 2000);
    return line.endsWith(" FOUND") && LINE.test(line);
  },
  parse: (record: DecodedRecord) => {
    const line = record.syslog?.message ?? record.text;
    const found = LINE.exec(line.slice(0, 2000));
    const time = found?.[1] === undefined ? undefined : parseCtime(found[1]);
    const is = found === null ? OTHER : FINDING;
    const columns: Partial<EventColumns> = {
      time_ms: time?.time_ms ?? 0,
      product: "clamav",
      channel: record.syslog?.app ?? "clamd",
      event_code: found === null ? "" : "FOUND",
      file_path: found?.[2] ?? "",
      object: found?.[3] ?? "",
      md5: found?.[4] ?? "",
      class_uid: is.class_uid,
      activity_id: is.activity_id,
      severity_id: found === null ? SEVERITY.informational : SEVERITY.high,
      message: line,
    };
    const fields = { Signature: columns.object, Filename: columns.file_path, message: line };
    const logsource =
      found === null
        ? { product: "linux", service: "clamav" }
        : { category: "antivirus", product: "linux", service: "clamav" };
    return { ok: true, event: { columns, fields, logsource } };
  },
  samples: [
    {
      name: "Over syslog",
      in: "<22>Jul  4 10:00:00 mx1 clamd[91]: /srv/in/a b.zip: Win.Test.EICAR_HDB-1(44d88612fea8a8f36de82e1278abb02f:68) FOUND",
      out: {
        host: "mx1",
        class_uid: 2004,
        severity_id: 4,
        file_path: "/srv/in/a b.zip",
        object: "Win.Test.EICAR_HDB-1",
        md5: "44d88612fea8a8f36de82e1278abb02f",
      },
      fields: { Signature: "Win.Test.EICAR_HDB-1" },
    },
    {
      name: "From its own log",
      in: "Sat Jul  4 10:00:01 2026 -> /tmp/x.php: Php.Webshell.Generic-1 FOUND",
      out: { time_ms: Date.UTC(2026, 6, 4, 10, 0, 1), file_path: "/tmp/x.php", object: "Php.Webshell.Generic-1" },
    },
  ],
});

const LINE =
  /^(?:([A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}) -> )?([^:]{1,1000}): ([A-Za-z0-9._-]{3,200}?)(?:\(([0-9a-f]{32}):\d{1,12}\))? FOUND$/;
const FINDING = classify("detection_finding", "create");
const OTHER = classify("base_event", "other");
