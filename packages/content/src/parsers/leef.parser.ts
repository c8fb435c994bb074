/** leef: Log Event Extended Format 1.0 and 2.0: a header in bars, then pairs separated by a tab or by the character that the
 *  header of version 2 names. */
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
  id: "leef",
  title: "Log Event Extended Format (LEEF)",
  docs: "https://www.ibm.com/docs/en/dsm?topic=overview-leef-event-components",
  order: 190,
  form: "text",
  accepts: (record: DecodedRecord) => record.json === undefined && startOf(record.text) >= 0,
  parse: (record: DecodedRecord) => {
    const body = record.text.slice(startOf(record.text));
    const version = body.slice(5, 8);
    const parts = body.split("|", version === "2.0" ? 6 : 5);
    if (parts.length < 5) return { ok: false, reason: "the LEEF header has fewer than 5 parts" };
    const [, vendor = "", product = "", productVersion = "", code = "", separator = ""] = parts;
    const extension = body.slice(parts.join("|").length + 1);
    const fields = readPairs(extension, version === "2.0" ? separatorOf(separator) : "\t");
    const columns: EventColumns = { ...EVENT_DEFAULTS };
    const time = parseTime(fields["devTime"]);
    columns.time_ms = time?.time_ms ?? 0;
    columns.time_ns = time?.time_ns ?? 0;
    columns.product = vendor.toLowerCase();
    columns.channel = product;
    columns.event_code = code;
    columns.host = firstText(fields, ["identHostName", "devName", "resource"]);
    columns.user = firstText(fields, ["usrName", "accountName"]);
    columns.src_ip = textOf(fields, "src");
    columns.dst_ip = textOf(fields, "dst");
    columns.src_port = integerOf(fields["srcPort"]);
    columns.dst_port = integerOf(fields["dstPort"]);
    columns.url = textOf(fields, "url");
    columns.object = textOf(fields, "cat");
    columns.severity_id = severityOf(fields["sev"]);
    const refused = REFUSED.test(`${code} ${textOf(fields, "action")}`);
    if (refused) columns.status_id = STATUS.failure;
    const isNetwork = columns.src_ip !== "" && columns.dst_ip !== "";
    const is = isNetwork ? (refused ? NETWORK.refuse : NETWORK.traffic) : OTHER;
    columns.class_uid = is.class_uid;
    columns.activity_id = is.activity_id;
    columns.message = firstText(fields, ["msg", "reason"]) || `${product} ${code}`;
    const all = { ...fields, Vendor: vendor, Product: product, ProductVersion: productVersion, EventID: code };
    return { ok: true, event: { columns, fields: all, logsource: isNetwork ? { category: "firewall" } : undefined } };
  },
  samples: [
    {
      name: "Version 1.0, tabs",
      in: "LEEF:1.0|Example|Gate|3|deny|devTime=Jul 03 2026 10:00:06\tsrc=203.0.113.9\tdst=192.0.2.10\tsrcPort=51022\tdstPort=445\tsev=8\tusrName=ida\tmsg=two words",
      out: {
        time_ms: Date.UTC(2026, 6, 3, 10, 0, 6),
        product: "example",
        event_code: "deny",
        class_uid: 4001,
        activity_id: 5,
        src_ip: "203.0.113.9",
        dst_port: 445,
        severity_id: 4,
        user: "ida",
        message: "two words",
      },
      fields: { dstPort: "445" },
    },
    {
      name: "Version 2.0 with a separator in hex, behind syslog",
      in: "<13>1 2026-07-03T10:00:07Z sensor5 - - - - LEEF:2.0|Example|Gate|3|login|x5E|cat=auth^usrName=bo^src=192.0.2.7^sev=2",
      out: { host: "sensor5", user: "bo", src_ip: "192.0.2.7", severity_id: 2, class_uid: 0, object: "auth" },
    },
  ],
});

const REFUSED = /den|drop|block|reject/i;
const NETWORK = { refuse: classify("network_activity", "refuse"), traffic: classify("network_activity", "traffic") };
const OTHER = classify("base_event", "other");
const LOOKED_AT = 300;

function startOf(text: string): number {
  const at = text.slice(0, LOOKED_AT).search(/LEEF:[12]\.0\|/);
  return at >= 0 && (at === 0 || text.charCodeAt(at - 1) === 32) ? at : -1;
}

/** One character, or its code as x09 or 0x09. */
function separatorOf(text: string): string {
  const code = /^0?x([0-9a-fA-F]{1,4})$/.exec(text)?.[1];
  return code === undefined ? text.slice(0, 1) || "\t" : String.fromCharCode(Number.parseInt(code, 16));
}

function readPairs(text: string, separator: string): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const pair of text.split(separator, 300)) {
    const equals = pair.indexOf("=");
    if (equals > 0) setField(fields, pair.slice(0, equals).trim(), pair.slice(equals + 1));
  }
  return fields;
}

function severityOf(value: unknown): number {
  const number = integerOf(value);
  if (number === 0) return SEVERITY.unknown;
  return number >= 9 ? SEVERITY.critical : number >= 7 ? SEVERITY.high : number >= 4 ? SEVERITY.medium : SEVERITY.low;
}
