/** cisco-ios: messages of Cisco routers and switches ("%SYS-5-CONFIG_I"): configuration, logins, commands, access lists, BGP. */
import { type Classification, classify, severityOfSyslog, STATUS } from "@holdfast/ocsf";
import { type DecodedRecord, defineParser, type EventColumns, integerOf } from "@holdfast/sdk";

export default defineParser({
  id: "cisco-ios",
  title: "Cisco IOS, IOS XE and NX-OS",
  docs: "https://www.cisco.com/c/en/us/td/docs/ios-xml/ios/esm/configuration/15-mt/esm-15-mt-book.html",
  order: 201,
  form: "text",
  accepts: (record: DecodedRecord) => record.json === undefined && TAG.test(record.text.slice(0, LOOKED_AT)),
  parse: (record: DecodedRecord) => {
    const tag = TAG.exec(record.text.slice(0, LOOKED_AT));
    if (tag === null) return { ok: false, reason: "no %FACILITY-SEVERITY-MNEMONIC tag" };
    const [whole, facility = "", level = "", mnemonic = ""] = tag;
    const text = record.text.slice(tag.index + whole.length).trim();
    const packet = PACKET.exec(text);
    const failed = /FAIL|DENY|DENIED|INVALID/.test(mnemonic) || / denied /.test(text);
    const login = facility === "SEC_LOGIN" || /LOGIN|AUTH/.test(mnemonic);
    const configured = mnemonic === "CONFIG_I" || mnemonic === "CFGLOG_LOGGEDCMD";
    const is: Classification =
      packet !== null ? (failed ? REFUSE : TRAFFIC) : login ? LOGON : configured ? CHANGED : OTHER;
    const columns: Partial<EventColumns> = {
      product: "cisco",
      channel: facility,
      event_code: `${facility}-${level}-${mnemonic}`,
      severity_id: severityOfSyslog(Number(level)),
      user: /(?:\buser:? ?|by )\[?([A-Za-z0-9._@-]{1,100})\]?/.exec(text)?.[1] ?? "",
      src_ip: packet?.[1] ?? SOURCE.exec(text)?.[1] ?? "",
      src_port: integerOf(packet?.[2]),
      dst_ip: packet?.[3] ?? "",
      dst_port: integerOf(packet?.[4]),
      process_cmd: /logged command:(.{1,1000})/.exec(text)?.[1] ?? "",
      class_uid: is.class_uid,
      activity_id: is.activity_id,
      status_id: failed ? STATUS.failure : login ? STATUS.success : STATUS.unknown,
      message: text,
    };
    const host = record.syslog?.host ?? "";
    // IOS puts a sequence number or nothing where the host belongs.
    if (/^\d+:?$/.test(host) || host.startsWith("%") || host.startsWith("*")) columns.host = record.peer;
    const fields = { facility, mnemonic, message: text, CmdSet: columns.process_cmd };
    const service = facility === "BGP" ? "bgp" : facility === "LDP" ? "ldp" : "aaa";
    return { ok: true, event: { columns, fields, logsource: { product: "cisco", service } } };
  },
  samples: [
    {
      name: "Configured by a person",
      in: "<189>Jul  4 06:20:00 rt7 %SYS-5-CONFIG_I: Configured from console by ida on vty0 (192.0.2.7)",
      out: {
        host: "rt7",
        event_code: "SYS-5-CONFIG_I",
        user: "ida",
        src_ip: "192.0.2.7",
        severity_id: 2,
        product: "cisco",
      },
    },
    {
      name: "A login refused",
      in: "<188>Jul  4 06:20:01 rt7 %SEC_LOGIN-4-LOGIN_FAILED: Login failed [user: bo] [Source: 203.0.113.9] [localport: 22] [Reason: Login Authentication Failed]",
      out: { class_uid: 3002, status_id: 2, user: "bo", src_ip: "203.0.113.9", severity_id: 3 },
    },
    {
      name: "An access list",
      in: "<190>Jul  4 06:20:02 rt7 %SEC-6-IPACCESSLOGP: list 101 denied tcp 203.0.113.9(51000) -> 192.0.2.10(23), 1 packet",
      out: {
        class_uid: 4001,
        activity_id: 5,
        src_ip: "203.0.113.9",
        src_port: 51000,
        dst_ip: "192.0.2.10",
        dst_port: 23,
      },
    },
  ],
});

const LOOKED_AT = 200;
const TAG = /%([A-Z][A-Z0-9_]{1,30}(?:-[A-Z0-9_]{1,30})?)-([0-7])-([A-Z0-9_]{2,60}): ?/;
const PACKET = /([0-9.]{7,15})(?:\((\d{1,5})\))?(?: \S{1,40})? -> ([0-9.]{7,15})(?:\((\d{1,5})\))?/;
const SOURCE = /(?:\[Source: |\(|from )([0-9a-fA-F.:]{7,45})/;
const LOGON = classify("authentication", "logon");
const CHANGED = classify("device_config_state_change", "log");
const REFUSE = classify("network_activity", "refuse");
const TRAFFIC = classify("network_activity", "traffic");
const OTHER = classify("base_event", "other");
