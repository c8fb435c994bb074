/** windows-servicing: CBS.log and its kin: the component store and updates of Windows as text lines. */
import { classify, severityOfWord } from "@holdfast/ocsf";
import { type DecodedRecord, defineParser, type EventColumns, parseIso } from "@holdfast/sdk";

export default defineParser({
  id: "windows-servicing",
  title: "Windows servicing log (CBS, CSI)",
  docs: "https://learn.microsoft.com/en-us/troubleshoot/windows-server/installing-updates-features-roles/analyze-sfc-program-log-file-entries",
  order: 250,
  form: "text",
  accepts: (record: DecodedRecord) => record.json === undefined && LINE.test(record.text.slice(0, 100)),
  parse: (record: DecodedRecord) => {
    const match = LINE.exec(record.text);
    if (match === null) return { ok: false, reason: "not a servicing line" };
    const [, stamp = "", level = "", component = "", text = ""] = match;
    const time = parseIso(stamp);
    const failure = /HRESULT = (0x8[0-9a-f]{7})/.exec(text);
    const columns: Partial<EventColumns> = {
      time_ms: time?.time_ms ?? 0,
      product: "windows",
      channel: component,
      event_code: failure?.[1] ?? "",
      severity_id: severityOfWord(level),
      class_uid: OTHER.class_uid,
      activity_id: OTHER.activity_id,
      message: text,
    };
    return { ok: true, event: { columns, fields: { level, component, message: text }, logsource: undefined } };
  },
  samples: [
    {
      name: "CBS",
      in: "2026-07-02 04:30:30, Info                  CBS    Starting TrustedInstaller initialization.",
      out: {
        time_ms: Date.UTC(2026, 6, 2, 4, 30, 30),
        severity_id: 1,
        channel: "CBS",
        message: "Starting TrustedInstaller initialization.",
      },
    },
    {
      name: "An error code",
      in: "2026-07-02 04:30:31, Error                 CBS    Failed to open package. [HRESULT = 0x800f0805 - CBS_E_INVALID_PACKAGE]",
      out: { severity_id: 4, event_code: "0x800f0805" },
    },
  ],
});

const LINE =
  /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d), (Info|Warning|Error|Perf) {2,30}(CBS|CSI|DPX|WCP|SXS|SQM) {1,10}(.*)$/s;
const OTHER = classify("base_event", "other");
