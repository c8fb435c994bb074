/** palo-alto: TRAFFIC, THREAT, SYSTEM, CONFIG and GLOBALPROTECT logs of PAN-OS, values separated by commas. The columns of each
 *  type are those of the vendor's table; only the ones with a use here are named. */
import { type Classification, classify, SEVERITY, STATUS } from "@holdfast/ocsf";
import { type DecodedRecord, defineParser, type EventColumns, integerOf, parseIso, readSeparated } from "@holdfast/sdk";

export default defineParser({
  id: "palo-alto",
  title: "Palo Alto PAN-OS",
  docs: "https://docs.paloaltonetworks.com/pan-os/11-1/pan-os-admin/monitoring/use-syslog-for-monitoring/syslog-field-descriptions",
  order: 200,
  form: "text",
  accepts: (record: DecodedRecord) => {
    if (record.json !== undefined) return false;
    const line = lineOf(record);
    // The year's slash behind the first comma: a look, before a pattern is asked of every line.
    return line[line.indexOf(",") + 5] === "/" && HEAD.test(line.slice(0, 120));
  },
  parse: (record: DecodedRecord) => {
    const values = readSeparated(lineOf(record));
    const type = values[3] ?? "";
    const names = COLUMNS.get(type);
    if (names === undefined || values.length < 8)
      return { ok: false, reason: `the log type "${type.slice(0, 20)}" is not known` };
    const fields: Record<string, string> = { type, subtype: values[4] ?? "", serial: values[2] ?? "" };
    for (const [name, index] of Object.entries(names)) fields[name] = values[index] ?? "";
    const text = (name: string): string => fields[name] ?? "";
    const time = parseIso((values[6] || values[1] || "").replaceAll("/", "-"));
    const refused = /deny|drop|block|reset/.test(text("action"));
    const is = kindOf(type, refused);
    const columns: Partial<EventColumns> = {
      time_ms: time?.time_ms ?? 0,
      product: "paloalto",
      channel: type.toLowerCase(),
      event_code: text("subtype"),
      host: text("device_name"),
      user: text("user"),
      src_ip: text("src_ip"),
      dst_ip: text("dst_ip"),
      src_port: integerOf(text("src_port")),
      dst_port: integerOf(text("dst_port")),
      object: text("app") || text("object"),
      url: type === "THREAT" && text("subtype") === "url" ? text("misc") : "",
      file_path: type === "THREAT" && text("subtype") !== "url" ? text("misc") : "",
      session: text("session"),
      class_uid: is.class_uid,
      activity_id: is.activity_id,
      status_id: refused || text("status") === "failure" ? STATUS.failure : STATUS.success,
      severity_id: LEVELS.get(text("severity")) ?? SEVERITY.informational,
      message: [text("threat") || text("description") || text("action"), text("src_ip"), text("dst_ip"), text("app")]
        .filter(Boolean)
        .join(" "),
    };
    const logsource =
      type === "GLOBALPROTECT"
        ? { product: "paloalto", service: "globalprotect" }
        : { product: "paloalto", category: "firewall" };
    return { ok: true, event: { columns, fields, logsource } };
  },
  samples: [
    {
      name: "Traffic dropped",
      in: "<14>Jul  4 06:40:00 pa1 1,2026/07/04 06:40:00,001801,TRAFFIC,drop,2561,2026/07/04 06:39:59,203.0.113.9,192.0.2.10,0.0.0.0,0.0.0.0,deny-in,,,ssh,vsys1,untrust,trust,ethernet1/1,ethernet1/2,default,2026/07/04 06:39:59,7781,1,51000,22,0,0,0x0,tcp,deny,60,60,0,1,2026/07/04 06:39:59,0,any",
      out: {
        time_ms: Date.UTC(2026, 6, 4, 6, 39, 59),
        class_uid: 4001,
        activity_id: 5,
        status_id: 2,
        src_ip: "203.0.113.9",
        src_port: 51000,
        dst_ip: "192.0.2.10",
        dst_port: 22,
        object: "ssh",
        host: "pa1",
      },
      fields: { action: "deny", rule: "deny-in" },
    },
    {
      name: "A threat",
      in: '1,2026/07/04 06:41:00,001801,THREAT,vulnerability,2561,2026/07/04 06:41:00,203.0.113.9,192.0.2.10,0.0.0.0,0.0.0.0,web,,corp\\ida,web-browsing,vsys1,untrust,dmz,ethernet1/1,ethernet1/3,default,2026/07/04 06:41:00,7790,1,51001,80,0,0,0x0,tcp,reset-server,"a.php",Example Injection(90001),any,high,client-to-server',
      out: { class_uid: 2004, activity_id: 1, severity_id: 4, user: "corp\\ida", file_path: "a.php", status_id: 2 },
      fields: { threat: "Example Injection(90001)" },
    },
  ],
});

const lineOf = (record: DecodedRecord): string => record.syslog?.message ?? record.text;
const HEAD =
  /^(?:[^,]{0,40}),\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d,[^,]{1,40},(?:TRAFFIC|THREAT|SYSTEM|CONFIG|GLOBALPROTECT),/;

const FLOW = {
  src_ip: 7,
  dst_ip: 8,
  rule: 11,
  user: 12,
  app: 14,
  from_zone: 16,
  to_zone: 17,
  session: 22,
  src_port: 24,
  dst_port: 25,
  protocol: 29,
  action: 30,
};
const COLUMNS: ReadonlyMap<string, Readonly<Record<string, number>>> = new Map<
  string,
  Readonly<Record<string, number>>
>([
  ["TRAFFIC", { ...FLOW, bytes: 31, category: 37 }],
  ["THREAT", { ...FLOW, user: 13, misc: 31, threat: 32, category: 33, severity: 34, direction: 35 }],
  ["SYSTEM", { event: 8, object: 9, severity: 13, description: 14, device_name: 22 }],
  ["CONFIG", { src_ip: 7, action: 9, user: 10, client: 11, status: 12, object: 13, device_name: 24 }],
  [
    "GLOBALPROTECT",
    {
      event: 8,
      stage: 9,
      auth_method: 10,
      user: 12,
      country: 13,
      machine: 14,
      src_ip: 15,
      reason: 25,
      description: 26,
      status: 27,
    },
  ],
]);

const LEVELS: ReadonlyMap<string, number> = new Map([
  ["informational", SEVERITY.informational],
  ["low", SEVERITY.low],
  ["medium", SEVERITY.medium],
  ["high", SEVERITY.high],
  ["critical", SEVERITY.critical],
]);

const KINDS = {
  refuse: classify("network_activity", "refuse"),
  traffic: classify("network_activity", "traffic"),
  threat: classify("detection_finding", "create"),
  config: classify("device_config_state_change", "log"),
  logon: classify("authentication", "logon"),
  other: classify("base_event", "other"),
} as const;

function kindOf(type: string, refused: boolean): Classification {
  switch (type) {
    case "TRAFFIC":
      return refused ? KINDS.refuse : KINDS.traffic;
    case "THREAT":
      return KINDS.threat;
    case "CONFIG":
      return KINDS.config;
    case "GLOBALPROTECT":
      return KINDS.logon;
    default:
      return KINDS.other;
  }
}
