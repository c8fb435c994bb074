/** cef: Common Event Format, the header in bars and the extension in key=value pairs whose values may hold spaces.
 *  Escapes: "\|" and "\\" in the header, "\=", "\\", "\n" in values. */
import { classify, SEVERITY, STATUS } from "@holdfast/ocsf";
import {
  type DecodedRecord,
  defineParser,
  EVENT_DEFAULTS,
  type EventColumns,
  firstText,
  integerOf,
  parseTime,
  setField,
  textOf,
} from "@holdfast/sdk";

export default defineParser({
  id: "cef",
  title: "Common Event Format (CEF)",
  docs: "https://www.microfocus.com/documentation/arcsight/arcsight-smartconnectors-8.4/pdfdoc/cef-implementation-standard/cef-implementation-standard.pdf",
  order: 190,
  form: "text",
  accepts: (record: DecodedRecord) => record.json === undefined && startOf(record.text) >= 0,
  parse: (record: DecodedRecord) => {
    const header = readHeader(record.text, startOf(record.text));
    if (header === undefined) return { ok: false, reason: "the CEF header has fewer than 7 parts" };
    const [version = "", vendor = "", product = "", deviceVersion = "", code = "", name = "", severity = ""] =
      header.parts;
    const fields = readExtension(record.text.slice(header.end));
    const columns: EventColumns = { ...EVENT_DEFAULTS };
    const time = parseTime(fields["rt"]) ?? parseTime(fields["end"]) ?? parseTime(fields["start"]);
    columns.time_ms = time?.time_ms ?? 0;
    columns.time_ns = time?.time_ns ?? 0;
    columns.product = vendor.toLowerCase();
    columns.channel = product;
    columns.event_code = code;
    fill(columns, fields);
    columns.severity_id = severityOf(severity);
    const outcome = `${textOf(fields, "act")} ${textOf(fields, "outcome")}`.toLowerCase();
    if (REFUSED.test(outcome)) columns.status_id = STATUS.failure;
    else if (outcome !== " ") columns.status_id = STATUS.success;
    const is = kindOf(columns);
    columns.class_uid = is.class_uid;
    columns.activity_id = is.activity_id;
    columns.message = textOf(fields, "msg") === "" ? name : `${name}: ${textOf(fields, "msg")}`;
    const all = {
      ...fields,
      CEFVersion: version.slice(version.indexOf(":") + 1),
      DeviceVendor: vendor,
      DeviceProduct: product,
      DeviceVersion: deviceVersion,
      DeviceEventClassID: code,
      Name: name,
      LogSeverity: severity,
    };
    return { ok: true, event: { columns, fields: all, logsource: logsourceOf(columns) } };
  },
  samples: [
    {
      name: "A firewall's block, behind a syslog header",
      in: "<134>Jul  3 10:00:04 fw1 CEF:0|Example|Wall \\| Guard|4.2|100|Connection blocked|7|rt=1783072804000 src=203.0.113.9 spt=51022 dst=192.0.2.10 dpt=22 proto=TCP act=blocked msg=rule \\= 17, two words",
      out: {
        time_ms: 1783072804000,
        product: "example",
        channel: "Wall | Guard",
        event_code: "100",
        severity_id: 4,
        status_id: 2,
        class_uid: 4001,
        activity_id: 5,
        host: "fw1",
        src_ip: "203.0.113.9",
        src_port: 51022,
        dst_ip: "192.0.2.10",
        dst_port: 22,
        message: "Connection blocked: rule = 17, two words",
      },
      fields: { dpt: "22", DeviceVendor: "Example", msg: "rule = 17, two words" },
    },
    {
      name: "A file, no header, severity in words",
      in: "CEF:0|Example|Sensor|1|malware|Malware found|High|dvchost=ws-7 suser=ida filePath=C:\\\\Users\\\\ida\\\\a b.exe fileHash=9E107D9D372BB6826BD81D3542A419D6 end=Jul 03 2026 10:00:05",
      out: { host: "ws-7", user: "ida", severity_id: 4, class_uid: 2004, md5: "9e107d9d372bb6826bd81d3542a419d6" },
      fields: { filePath: "C:\\Users\\ida\\a b.exe" },
    },
  ],
});

const REFUSED = /block|den|drop|reject|fail|quarantin/;
const NETWORK = { refuse: classify("network_activity", "refuse"), traffic: classify("network_activity", "traffic") };
const HTTP = classify("http_activity", "other");
const FINDING = classify("detection_finding", "create");
const OTHER = classify("base_event", "other");
const LOOKED_AT = 300;

function startOf(text: string): number {
  const at = text.slice(0, LOOKED_AT).indexOf("CEF:");
  return at >= 0 && (at === 0 || text.charCodeAt(at - 1) === 32) ? at : -1;
}

function readHeader(text: string, at: number): { readonly parts: string[]; readonly end: number } | undefined {
  const parts: string[] = [];
  let part = "";
  for (let i = at; i < text.length; i++) {
    const char = text[i] ?? "";
    if (char === "\\" && (text[i + 1] === "|" || text[i + 1] === "\\")) {
      part += text[i + 1] ?? "";
      i++;
    } else if (char === "|") {
      parts.push(part);
      part = "";
      if (parts.length === 7) return { parts, end: i + 1 };
    } else part += char;
  }
  return undefined;
}

/** A key starts behind a space and ends at an unescaped "="; what stands before it is the value of the key before. */
function readExtension(text: string): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  const keys = [...text.matchAll(KEY)];
  for (const [index, match] of keys.entries()) {
    const start = match.index + match[0].length;
    const end = keys[index + 1]?.index ?? text.length;
    setField(fields, match[1] ?? "", unescape(text.slice(start, end).trimEnd()));
  }
  return fields;
}

const KEY = /(?:^|(?<= ))([A-Za-z0-9_.[\]-]{1,64})(?<!\\)=/g;

function unescape(value: string): string {
  return value.includes("\\")
    ? value.replace(/\\([=\\nr|])/g, (_, char: string) => (char === "n" ? "\n" : char === "r" ? "\r" : char))
    : value;
}

function fill(columns: EventColumns, fields: Record<string, unknown>): void {
  columns.host = firstText(fields, ["dvchost", "deviceHostName", "shost", "dvc"]);
  columns.user = firstText(fields, ["suser", "suid", "duser"]);
  columns.target_user = columns.user === textOf(fields, "duser") ? "" : textOf(fields, "duser");
  columns.src_ip = firstText(fields, ["src", "sourceAddress", "c6a2"]);
  columns.dst_ip = firstText(fields, ["dst", "destinationAddress", "c6a3"]);
  columns.src_port = integerOf(fields["spt"]);
  columns.dst_port = integerOf(fields["dpt"]);
  columns.peer_host = textOf(fields, "dhost");
  columns.url = textOf(fields, "request");
  columns.http_method = textOf(fields, "requestMethod");
  columns.file_path = firstText(fields, ["filePath", "fname"]);
  columns.process_path = firstText(fields, ["sproc", "dproc"]);
  columns.object = textOf(fields, "cat");
  const digest = firstText(fields, ["fileHash", "oldFileHash"]).toLowerCase();
  if (/^[0-9a-f]{64}$/.test(digest)) columns.sha256 = digest;
  if (/^[0-9a-f]{32}$/.test(digest)) columns.md5 = digest;
}

function kindOf(columns: EventColumns) {
  if (columns.url !== "") return HTTP;
  if (columns.src_ip !== "" && columns.dst_ip !== "")
    return columns.status_id === STATUS.failure ? NETWORK.refuse : NETWORK.traffic;
  return columns.sha256 !== "" || columns.md5 !== "" || columns.severity_id >= 4 ? FINDING : OTHER;
}

/** 0 to 10, or a word: 0-3 low, 4-6 medium, 7-8 high, 9-10 very high. */
function severityOf(text: string): number {
  const word = WORDS.get(text.toLowerCase());
  if (word !== undefined) return word;
  const number = Number(text);
  if (text === "" || !Number.isFinite(number)) return SEVERITY.unknown;
  return number >= 9 ? SEVERITY.critical : number >= 7 ? SEVERITY.high : number >= 4 ? SEVERITY.medium : SEVERITY.low;
}

const WORDS: ReadonlyMap<string, number> = new Map([
  ["low", SEVERITY.low],
  ["medium", SEVERITY.medium],
  ["high", SEVERITY.high],
  ["very-high", SEVERITY.critical],
]);

function logsourceOf(columns: EventColumns) {
  if (columns.class_uid === FINDING.class_uid) return { category: "antivirus" };
  return columns.class_uid === NETWORK.traffic.class_uid ? { category: "firewall" } : undefined;
}
