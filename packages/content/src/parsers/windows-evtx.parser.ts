/** windows-evtx: Windows events as the JSON that readers of .evtx files write: {"Event":{"System":…,"EventData":…}}. */
import {
  type DecodedRecord,
  defineParser,
  type EventTime,
  integerOf,
  type JsonObject,
  objectOf,
  parseIso,
  textOf,
} from "@holdfast/sdk";
import { addData, addUserData } from "./windows/data.ts";
import { windowsEvent } from "./windows/event.ts";

export default defineParser({
  id: "windows-evtx",
  title: "Windows events, JSON of an .evtx file",
  docs: "https://learn.microsoft.com/windows/win32/wes/eventschema-schema",
  order: 101,
  accepts: (record: DecodedRecord) => systemOf(record) !== undefined,
  parse: (record: DecodedRecord) => {
    const event = objectOf(record.json?.["Event"]);
    const system = systemOf(record);
    if (event === undefined || system === undefined) return { ok: false, reason: "no Event.System" };
    const id = eventIdOf(system);
    if (id < 0) return { ok: false, reason: "Event.System.EventID is not a number" };
    const fields: Record<string, unknown> = {};
    addData(fields, event["EventData"]);
    addUserData(fields, event["UserData"]);
    // The System part wins: an event about another log has a Channel in its own data, kept as ClearedChannel.
    if (typeof fields["Channel"] === "string") fields["ClearedChannel"] = fields["Channel"];
    addSystem(fields, system);
    return {
      ok: true,
      event: windowsEvent({
        fields,
        channel: textOf(system, "Channel"),
        id,
        provider: attribute(system, "Provider", "Name"),
        computer: textOf(system, "Computer"),
        time: timeOf(system),
      }),
    };
  },
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

function eventIdOf(system: JsonObject): number {
  const value = system["EventID"];
  const id = integerOf(objectOf(value)?.["#text"] ?? value);
  return id === 0 && value !== 0 && value !== "0" ? -1 : id;
}

/** Attribute of an element, in the ways that converters write it. */
function attribute(system: JsonObject, element: string, name: string): string {
  const value = objectOf(system[element]);
  if (value === undefined) return "";
  const found = objectOf(value["#attributes"])?.[name] ?? value[`@${name}`] ?? value[name];
  return typeof found === "string" || typeof found === "number" ? String(found) : "";
}

function timeOf(system: JsonObject): EventTime | undefined {
  return parseIso(attribute(system, "TimeCreated", "SystemTime"));
}

/** System members by the names that Sigma rules use: "Provider_Name", "Execution_ProcessID", "Level" … */
function addSystem(fields: Record<string, unknown>, system: JsonObject): void {
  for (const name of ["Version", "Level", "Task", "Opcode", "Keywords", "EventRecordID"]) {
    const value = system[name];
    if (value !== undefined && fields[name] === undefined) fields[name] = value;
  }
  const user = attribute(system, "Security", "UserID");
  if (user !== "") fields["Security_UserID"] = user;
  const pid = attribute(system, "Execution", "ProcessID");
  if (pid !== "") fields["Execution_ProcessID"] = integerOf(pid);
}
