/** windows-flat: Windows events as one flat JSON object, as NXLog's to_json, Fluent Bit's winlog and many exports write them. */
import { type DecodedRecord, defineParser, firstText, integerOf } from "@holdfast/sdk";
import { windowsEvent } from "./windows/event.ts";
import { flatTime } from "./windows/flat-time.ts";

export default defineParser({
  id: "windows-flat",
  title: "Windows events, flat JSON",
  docs: "https://docs.nxlog.co/refman/current/im/msvistalog.html",
  order: 100,
  accepts: (record: DecodedRecord) => {
    const { json } = record;
    if (json === undefined) return false;
    const id = json["EventID"];
    return (
      (typeof id === "number" || (typeof id === "string" && id !== "")) &&
      typeof json["Channel"] === "string" &&
      json["Event"] === undefined
    );
  },
  parse: (record: DecodedRecord) => {
    const fields = record.json;
    if (fields === undefined) return { ok: false, reason: "not a JSON object" };
    const id = integerOf(fields["EventID"]);
    if (id === 0 && String(fields["EventID"]) !== "0") return { ok: false, reason: "EventID is not a number" };
    const event = windowsEvent({
      fields,
      channel: String(fields["Channel"]),
      id,
      provider: firstText(fields, ["SourceName", "ProviderName", "Provider_Name", "Provider"]),
      computer: firstText(fields, ["Hostname", "Computer", "ComputerName", "MachineName"]),
      time: flatTime(fields),
    });
    return { ok: true, event };
  },
  samples: [
    {
      name: "Sysmon process creation, zoned time",
      in: '{"SourceName":"Microsoft-Windows-Sysmon","Level":"4","Keywords":"0x8000000000000000","Channel":"Microsoft-Windows-Sysmon/Operational","Hostname":"PC7.north.example","TimeCreated":"2026-03-02T08:15:04.250Z","@timestamp":"2026-03-02T08:15:04.250Z","EventID":1,"Task":"1","RuleName":"-","UtcTime":"2026-03-02 08:15:04.248","ProcessGuid":"{11112222-0001-0002-0003-000000000100}","ProcessId":"4312","Image":"C:\\\\Windows\\\\System32\\\\cmd.exe","CommandLine":"cmd.exe /c whoami","User":"NORTH\\\\ida","LogonId":"0x3f2a1","Hashes":"MD5=0CC175B9C0F1B6A831C399E269772661,SHA256=CA978112CA1BBDCAFAC231B39A23DC4DA786EFF8147C4E72B9807785AFEE48BB","ParentProcessId":"900","ParentImage":"C:\\\\Windows\\\\explorer.exe","ParentCommandLine":"explorer.exe"}',
      out: {
        time_ms: Date.UTC(2026, 2, 2, 8, 15, 4, 250),
        class_uid: 1007,
        activity_id: 1,
        severity_id: 1,
        product: "sysmon",
        event_code: "1",
        host: "PC7.north.example",
        user: "ida",
        user_domain: "NORTH",
        process_path: "C:\\Windows\\System32\\cmd.exe",
        process_cmd: "cmd.exe /c whoami",
        process_pid: 4312,
        parent_path: "C:\\Windows\\explorer.exe",
        parent_pid: 900,
        session: "0x3f2a1",
        md5: "0cc175b9c0f1b6a831c399e269772661",
        sha256: "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
        message: "Process created: cmd.exe /c whoami",
      },
      fields: { Image: "C:\\Windows\\System32\\cmd.exe", EventID: 1, Provider_Name: "Microsoft-Windows-Sysmon" },
    },
    {
      name: "Failed logon, local time without zone (UTC-4) behind a collector",
      in: '{"EventTime":"2026-07-14 09:30:00","EventReceivedTime":"2026-07-14 09:30:03","@timestamp":"2026-07-14T13:30:03.412Z","host":"collector.example","Hostname":"DC1.north.example","Keywords":-9218868437227405312,"EventType":"AUDIT_FAILURE","SeverityValue":4,"Severity":"ERROR","EventID":4625,"SourceName":"Microsoft-Windows-Security-Auditing","Channel":"security","TargetUserName":"ida","TargetDomainName":"NORTH","Status":"0xc000006d","SubStatus":"0xc000006a","LogonType":"3","WorkstationName":"KALI","IpAddress":"10.20.0.99","IpPort":"50122","ProcessName":"-","SubjectUserName":"-"}',
      out: {
        time_ms: Date.UTC(2026, 6, 14, 13, 30, 0),
        class_uid: 3002,
        activity_id: 1,
        status_id: 2,
        severity_id: 2,
        channel: "Security",
        host: "DC1.north.example",
        user: "ida",
        user_domain: "NORTH",
        src_ip: "10.20.0.99",
        src_port: 50122,
        peer_host: "KALI",
        message: "Failed to log on: NORTH\\ida (network) from 10.20.0.99",
      },
      fields: { Keywords: "-9218868437227405312", LogonType: "3" },
    },
    {
      name: "NXLog over syslog, the JSON is the message",
      in: '<14>1 2026-07-14T13:31:00.100000Z PC7 Service_Control_Manager 640 - - {"EventTime":"2026-07-14T13:31:00.099000+00:00","Hostname":"PC7.north.example","Keywords":"0x8080000000000000","EventID":7045,"SourceName":"Service Control Manager","Channel":"System","Severity":"INFO","ServiceName":"PSEXESVC","ImagePath":"C:\\\\Windows\\\\PSEXESVC.exe","ServiceType":"user mode service","StartType":"demand start","AccountName":"LocalSystem"}',
      out: {
        time_ms: Date.UTC(2026, 6, 14, 13, 31, 0, 99),
        class_uid: 201004,
        activity_id: 1,
        host: "PC7.north.example",
        user: "",
        target_user: "LocalSystem",
        object: "PSEXESVC",
        file_path: "C:\\Windows\\PSEXESVC.exe",
      },
      fields: { Provider_Name: "Service Control Manager", ServiceName: "PSEXESVC" },
    },
  ],
});
