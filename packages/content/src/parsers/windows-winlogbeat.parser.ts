/** windows-winlogbeat: Windows events as Winlogbeat, Elastic Agent and others with ECS names write them. */
import {
  type DecodedRecord,
  defineParser,
  firstText,
  integerOf,
  type JsonObject,
  objectOf,
  parseTime,
  textOf,
} from "@holdfast/sdk";
import { addData } from "./windows/data.ts";
import { windowsEvent } from "./windows/event.ts";

export default defineParser({
  id: "windows-winlogbeat",
  title: "Windows events, Winlogbeat and ECS",
  docs: "https://www.elastic.co/docs/reference/beats/winlogbeat/exported-fields-winlog",
  order: 102,
  accepts: (record: DecodedRecord) => {
    const winlog = objectOf(record.json?.["winlog"]);
    return winlog !== undefined && (winlog["event_id"] !== undefined || winlog["channel"] !== undefined);
  },
  parse: (record: DecodedRecord) => {
    const { json } = record;
    const winlog = objectOf(json?.["winlog"]);
    if (json === undefined || winlog === undefined) return { ok: false, reason: "no winlog object" };
    const code = winlog["event_id"] ?? objectOf(json["event"])?.["code"];
    const id = integerOf(code);
    if (id === 0 && code !== 0 && code !== "0") return { ok: false, reason: "winlog.event_id is not a number" };
    const fields: Record<string, unknown> = {};
    addData(fields, winlog["event_data"]);
    addData(fields, winlog["user_data"]);
    if (typeof fields["Channel"] === "string") fields["ClearedChannel"] = fields["Channel"];
    addRest(fields, json, winlog);
    return {
      ok: true,
      event: windowsEvent({
        fields,
        channel: textOf(winlog, "channel"),
        id,
        provider: firstText(winlog, ["provider_name", "source_name"]),
        computer: firstText(winlog, ["computer_name"]) || textOf(objectOf(json["host"]) ?? {}, "name"),
        time: parseTime(json["@timestamp"]) ?? parseTime(winlog["time_created"]),
      }),
    };
  },
  samples: [
    {
      name: "Failed logon",
      in: '{"@timestamp":"2026-04-01T06:30:00.125Z","host":{"name":"srv2.north.example"},"event":{"code":"4625","kind":"event","provider":"Microsoft-Windows-Security-Auditing","outcome":"failure"},"log":{"level":"information"},"message":"An account failed to log on.\\n\\nSubject:","winlog":{"channel":"Security","computer_name":"srv2.north.example","event_id":"4625","provider_name":"Microsoft-Windows-Security-Auditing","keywords":["Audit Failure"],"record_id":"99120","event_data":{"TargetUserName":"admin","TargetDomainName":"NORTH","Status":"0xc000006d","LogonType":"10","IpAddress":"192.0.2.77","IpPort":"0","WorkstationName":"-"}}}',
      out: {
        time_ms: Date.UTC(2026, 3, 1, 6, 30, 0, 125),
        class_uid: 3002,
        activity_id: 1,
        status_id: 2,
        event_code: "4625",
        host: "srv2.north.example",
        user: "admin",
        src_ip: "192.0.2.77",
        message: "Failed to log on: NORTH\\admin (remote interactive) from 192.0.2.77",
      },
      fields: { LogonType: "10", EventID: 4625, Channel: "Security" },
    },
    {
      name: "Sysmon DNS query, number as id",
      in: '{"@timestamp":"2026-04-01T06:31:00.000Z","host":{"name":"pc3"},"log":{"level":"information"},"winlog":{"channel":"Microsoft-Windows-Sysmon/Operational","event_id":22,"provider_name":"Microsoft-Windows-Sysmon","computer_name":"pc3.north.example","event_data":{"QueryName":"files.example.net","QueryStatus":"0","QueryResults":"192.0.2.8;","Image":"C:\\\\Windows\\\\explorer.exe","ProcessId":"5120","User":"NORTH\\\\ida"}}}',
      out: {
        class_uid: 4003,
        activity_id: 1,
        status_id: 1,
        domain: "files.example.net",
        process_pid: 5120,
        user: "ida",
      },
      fields: { QueryName: "files.example.net" },
    },
    {
      name: "Defender finding: field names with blanks",
      in: '{"@timestamp":"2026-04-01T06:35:00.000Z","host":{"name":"pc3"},"log":{"level":"warning"},"winlog":{"channel":"Microsoft-Windows-Windows Defender/Operational","event_id":"1116","provider_name":"Microsoft-Windows-Windows Defender","computer_name":"pc3.north.example","event_data":{"Threat Name":"Trojan:Win32/Sample","Severity Name":"Severe","Path":"file:_C:\\\\Users\\\\ida\\\\x.exe","Detection User":"NORTH\\\\ida","Process Name":"C:\\\\Windows\\\\explorer.exe"}}}',
      out: {
        class_uid: 2004,
        activity_id: 1,
        severity_id: 4,
        product: "defender",
        object: "Trojan:Win32/Sample",
        file_path: "C:\\Users\\ida\\x.exe",
        user: "ida",
      },
      fields: { ThreatName: "Trojan:Win32/Sample" },
    },
  ],
});

/** The parts that rules read outside event_data; the agent's own metadata stays in the raw record. */
function addRest(fields: Record<string, unknown>, json: JsonObject, winlog: JsonObject): void {
  fields["Level"] = objectOf(json["log"])?.["level"] ?? winlog["level"] ?? "information";
  if (fields["Message"] === undefined && typeof json["message"] === "string") fields["Message"] = json["message"];
  const keywords = winlog["keywords"];
  if (Array.isArray(keywords) && keywords.includes("Audit Failure")) fields["Keywords"] = "0x8010000000000000";
  else if (Array.isArray(keywords) && keywords.includes("Audit Success")) fields["Keywords"] = "0x8020000000000000";
  const user = objectOf(winlog["user"]);
  if (user === undefined) return;
  if (user["identifier"] !== undefined) fields["Security_UserID"] = user["identifier"];
  // The account that wrote the event, by the names that forwarders of flat events use.
  fields["AccountName"] ??= user["name"];
  fields["Domain"] ??= user["domain"];
}
