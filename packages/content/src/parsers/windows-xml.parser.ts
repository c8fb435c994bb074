/** windows-xml: Windows events as rendered XML, which NXLog, forwarders and exports of the Event Viewer write, and Sysmon for Linux,
 *  which writes the same XML to syslog. */
import { type DecodedRecord, defineParser } from "@holdfast/sdk";
import { nestedEvent } from "./windows/nested.ts";
import { readEventXml } from "./windows/xml.ts";

export default defineParser({
  id: "windows-xml",
  title: "Windows events and Sysmon for Linux, XML",
  docs: "https://learn.microsoft.com/windows/win32/wes/eventschema-schema",
  order: 102,
  form: "text",
  accepts: (record: DecodedRecord) => {
    if (record.json !== undefined) return false;
    const line = lineOf(record);
    return (
      line.startsWith("<Event>") ||
      line.startsWith("<Event ") ||
      (line.startsWith("<?xml") && line.slice(0, 200).includes("<Event"))
    );
  },
  parse: (record: DecodedRecord) => {
    const event = readEventXml(lineOf(record));
    return event === undefined ? { ok: false, reason: "not one whole Event element" } : nestedEvent(event);
  },
  samples: [
    {
      name: "Sysmon for Linux over syslog: a process",
      in: '<14>Jul  4 12:00:01 web1 sysmon: <Event><System><Provider Name="Linux-Sysmon" Guid="{ff032593-a8d3-4f13-b0d6-01fc615a0f97}"/><EventID>1</EventID><Version>5</Version><Level>4</Level><Task>1</Task><Opcode>0</Opcode><Keywords>0x8000000000000000</Keywords><TimeCreated SystemTime="2026-07-04T12:00:01.250000000Z"/><EventRecordID>812</EventRecordID><Correlation/><Execution ProcessID="411" ThreadID="411"/><Channel>Linux-Sysmon/Operational</Channel><Computer>web1</Computer><Security UserId="0"/></System><EventData><Data Name="RuleName">-</Data><Data Name="UtcTime">2026-07-04 12:00:01.240</Data><Data Name="ProcessGuid">{11111111-2222-3333-4444-555555555555}</Data><Data Name="ProcessId">5012</Data><Data Name="Image">/usr/bin/curl</Data><Data Name="CommandLine">curl -s &quot;http://files.example.net/a&amp;b&quot; -o /tmp/x</Data><Data Name="CurrentDirectory">/tmp</Data><Data Name="User">www-data</Data><Data Name="LogonGuid">{11111111-0000-0000-0000-000000000000}</Data><Data Name="LogonId">33</Data><Data Name="TerminalSessionId">4</Data><Data Name="IntegrityLevel">no level</Data><Data Name="Hashes">SHA256=d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592</Data><Data Name="ParentProcessGuid">{11111111-2222-3333-4444-666666666666}</Data><Data Name="ParentProcessId">5001</Data><Data Name="ParentImage">/usr/bin/bash</Data><Data Name="ParentCommandLine">bash -i</Data><Data Name="ParentUser">www-data</Data></EventData></Event>',
      out: {
        time_ms: Date.UTC(2026, 6, 4, 12, 0, 1, 250),
        class_uid: 1007,
        activity_id: 1,
        host: "web1",
        user: "www-data",
        product: "sysmon",
        process_path: "/usr/bin/curl",
        process_pid: 5012,
        process_cmd: 'curl -s "http://files.example.net/a&b" -o /tmp/x',
        sha256: "d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592",
      },
      fields: { ParentImage: "/usr/bin/bash", CurrentDirectory: "/tmp", LogonId: "33", User: "www-data" },
    },
    {
      name: "Sysmon for Linux: a file",
      in: '<Event><System><Provider Name="Linux-Sysmon"/><EventID>11</EventID><Level>4</Level><TimeCreated SystemTime="2026-07-04T12:00:02Z"/><Channel>Linux-Sysmon/Operational</Channel><Computer>web1</Computer></System><EventData><Data Name="UtcTime">2026-07-04 12:00:02.000</Data><Data Name="ProcessId">5012</Data><Data Name="Image">/usr/bin/curl</Data><Data Name="TargetFilename">/etc/cron.d/x</Data><Data Name="User">www-data</Data></EventData></Event>',
      out: { class_uid: 1001, activity_id: 1, file_path: "/etc/cron.d/x", process_path: "/usr/bin/curl" },
      fields: { TargetFilename: "/etc/cron.d/x" },
    },
    {
      name: "Sysmon for Linux: a connection",
      in: '<Event><System><Provider Name="Linux-Sysmon"/><EventID>3</EventID><Level>4</Level><TimeCreated SystemTime="2026-07-04T12:00:03Z"/><Channel>Linux-Sysmon/Operational</Channel><Computer>web1</Computer></System><EventData><Data Name="ProcessId">5012</Data><Data Name="Image">/usr/bin/curl</Data><Data Name="User">www-data</Data><Data Name="Protocol">tcp</Data><Data Name="Initiated">true</Data><Data Name="SourceIp">192.0.2.9</Data><Data Name="SourcePort">40112</Data><Data Name="DestinationIp">198.51.100.9</Data><Data Name="DestinationHostname">files.example.net</Data><Data Name="DestinationPort">80</Data></EventData></Event>',
      out: { class_uid: 4001, src_ip: "192.0.2.9", dst_ip: "198.51.100.9", dst_port: 80 },
      fields: { Initiated: "true", DestinationHostname: "files.example.net" },
    },
    {
      name: "A logon on Windows, with the rendered text behind it",
      in: "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Security-Auditing' Guid='{54849625-5478-4994-a5ba-3e3b0328c30d}'/><EventID>4625</EventID><Version>0</Version><Level>0</Level><Task>12544</Task><Opcode>0</Opcode><Keywords>0x8010000000000000</Keywords><TimeCreated SystemTime='2026-07-04T12:01:00.1234567Z'/><EventRecordID>99</EventRecordID><Execution ProcessID='700' ThreadID='7'/><Channel>Security</Channel><Computer>PC9.north.example</Computer><Security/></System><EventData><Data Name='SubjectUserName'>-</Data><Data Name='TargetUserName'>ida</Data><Data Name='TargetDomainName'>NORTH</Data><Data Name='Status'>0xc000006d</Data><Data Name='LogonType'>3</Data><Data Name='IpAddress'>203.0.113.9</Data></EventData><RenderingInfo Culture='en-US'><Message>An account failed to log on.</Message><Keywords><Keyword>Audit Failure</Keyword></Keywords></RenderingInfo></Event>",
      out: {
        time_ms: Date.UTC(2026, 6, 4, 12, 1, 0, 123),
        class_uid: 3002,
        status_id: 2,
        event_code: "4625",
        host: "PC9.north.example",
        user: "ida",
        src_ip: "203.0.113.9",
      },
      fields: { EventID: 4625, LogonType: "3", Provider_Name: "Microsoft-Windows-Security-Auditing" },
    },
  ],
});

const lineOf = (record: DecodedRecord): string => (record.syslog?.message ?? record.text).trimStart();
