/** windows-evtx: Windows events as the JSON that readers of .evtx files write: {"Event":{"System":…,"EventData":…}}. */
import { type DecodedRecord, defineParser, type JsonObject, objectOf } from "@holdfast/sdk";
import { nestedEvent } from "./windows/nested.ts";

export default defineParser({
  id: "windows-evtx",
  title: "Windows events, JSON of an .evtx file",
  docs: "https://learn.microsoft.com/windows/win32/wes/eventschema-schema",
  order: 101,
  accepts: (record: DecodedRecord) => systemOf(record) !== undefined,
  parse: (record: DecodedRecord) => nestedEvent(objectOf(record.json?.["Event"]) ?? {}),
  samples: [
    {
      name: "Sysmon access to another process, attributes kept apart",
      in: '{"Event":{"#attributes":{"xmlns":"http://schemas.microsoft.com/win/2004/08/events/event"},"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Sysmon","Guid":"5770385F-C22A-43E0-BF4C-06F5698FFBD9"}},"EventID":10,"Version":3,"Level":4,"Task":10,"Opcode":0,"Keywords":"0x8000000000000000","TimeCreated":{"#attributes":{"SystemTime":"2026-02-11T09:40:10.165324Z"}},"EventRecordID":9001,"Execution":{"#attributes":{"ProcessID":3544,"ThreadID":4272}},"Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"PC9.north.example","Security":{"#attributes":{"UserID":"S-1-5-18"}}},"EventData":{"RuleName":"-","UtcTime":"2026-02-11 09:40:10.132","SourceProcessGUID":"0197231E-005A-6928-A50B-000000000D00","SourceProcessId":4460,"SourceImage":"C:\\\\Temp\\\\dump.exe","TargetProcessId":712,"TargetImage":"C:\\\\Windows\\\\System32\\\\lsass.exe","GrantedAccess":"0x1fffff","CallTrace":"ntdll.dll+1284","SourceUser":"NORTH\\\\ida","TargetUser":"NT AUTHORITY\\\\SYSTEM"}}}',
      out: {
        time_ms: Date.UTC(2026, 1, 11, 9, 40, 10, 165),
        time_ns: 324_000,
        class_uid: 1007,
        activity_id: 3,
        host: "PC9.north.example",
        user: "ida",
        target_user: "SYSTEM",
        process_path: "C:\\Temp\\dump.exe",
        process_pid: 4460,
        object: "C:\\Windows\\System32\\lsass.exe",
      },
      fields: {
        TargetImage: "C:\\Windows\\System32\\lsass.exe",
        EventID: 10,
        Channel: "Microsoft-Windows-Sysmon/Operational",
        Provider_Name: "Microsoft-Windows-Sysmon",
        Execution_ProcessID: 3544,
      },
    },
    {
      name: "Audit log cleared: data in UserData, a log name of its own",
      in: '{"Event":{"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Eventlog"}},"EventID":{"#attributes":{"Qualifiers":0},"#text":104},"Level":4,"Keywords":"0x8000000000000000","TimeCreated":{"#attributes":{"SystemTime":"2026-02-11T09:45:00Z"}},"Channel":"System","Computer":"PC9"},"UserData":{"LogFileCleared":{"#attributes":{"xmlns":"http://manifests.microsoft.com/win/2004/08/windows/eventlog"},"SubjectUserName":"ida","SubjectDomainName":"NORTH","Channel":"Security","BackupPath":""}}}}',
      out: {
        class_uid: 1008,
        activity_id: 1,
        severity_id: 4,
        channel: "System",
        event_code: "104",
        user: "ida",
        object: "Security",
      },
      fields: { Channel: "System", SubjectUserName: "ida", EventID: 104 },
    },
    {
      name: "Service installed",
      in: '{"Event":{"System":{"Provider":{"#attributes":{"Name":"Service Control Manager"}},"EventID":7045,"Level":4,"TimeCreated":{"#attributes":{"SystemTime":"2026-02-11T09:46:00.5Z"}},"Channel":"System","Computer":"PC9"},"EventData":{"ServiceName":"PSEXESVC","ImagePath":"%SystemRoot%\\\\PSEXESVC.exe","ServiceType":"user mode service","StartType":"demand start","AccountName":"LocalSystem"}}}',
      out: {
        class_uid: 201004,
        activity_id: 1,
        severity_id: 2,
        object: "PSEXESVC",
        file_path: "%SystemRoot%\\PSEXESVC.exe",
        target_user: "LocalSystem",
      },
    },
    {
      name: "Values without names",
      in: '{"Event":{"System":{"Provider":{"#attributes":{"Name":"PowerShell"}},"EventID":400,"Level":4,"TimeCreated":{"#attributes":{"SystemTime":"2026-02-11T09:50:00Z"}},"Channel":"Windows PowerShell","Computer":"PC9"},"EventData":{"Data":["Available","None","\\tNewEngineState=Available\\r\\n\\tHostApplication=powershell.exe -nop -w hidden\\r\\n\\tHostId=1234"]}}}',
      out: {
        class_uid: 6002,
        activity_id: 3,
        product: "powershell",
        process_path: "powershell.exe",
        process_cmd: "powershell.exe -nop -w hidden",
        session: "1234",
      },
    },
  ],
});

function systemOf(record: DecodedRecord): JsonObject | undefined {
  const event = record.json?.["Event"];
  return event === undefined ? undefined : objectOf(objectOf(event)?.["System"]);
}
