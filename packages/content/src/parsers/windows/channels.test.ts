/** channels: one record per kind of Windows event through the EVTX parser: class, activity and the columns that matter. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CLASSES, classNameOf } from "@holdfast/ocsf";
import { createNormaliser, decodeRecord, type EventColumns, type NormalisedEvent } from "@holdfast/sdk";
import { catalog } from "../../catalog.gen.ts";
import { flatTime } from "./flat-time.ts";

const normalise = createNormaliser(catalog.parsers);

interface Given {
  readonly channel: string;
  readonly id: number;
  readonly data: Record<string, unknown>;
  readonly provider?: string;
  readonly keywords?: string;
}

function event(given: Given): NormalisedEvent {
  const record = {
    Event: {
      System: {
        Provider: { "#attributes": { Name: given.provider ?? "Provider" } },
        EventID: given.id,
        Level: 4,
        Keywords: given.keywords ?? "0x8000000000000000",
        TimeCreated: { "#attributes": { SystemTime: "2026-02-11T09:40:10.165324Z" } },
        Channel: given.channel,
        Computer: "PC9",
      },
      EventData: given.data,
    },
  };
  return normalise(
    decodeRecord({ text: JSON.stringify(record), received: Date.UTC(2026, 10, 22), peer: "", kind: "import" }),
  );
}

type Row = readonly [id: number, data: Record<string, unknown>, kind: string, columns: Partial<EventColumns>];

function check(channel: string, rows: readonly Row[], provider?: string): void {
  for (const [id, data, kind, columns] of rows) {
    const result = event({ channel, id, data, ...(provider === undefined ? {} : { provider }) });
    const { class_uid, activity_id } = result.columns;
    const known: ReadonlyMap<number, string> | undefined = activities(class_uid);
    assert.equal(`${classNameOf(class_uid)} ${known?.get(activity_id)}`, kind, `${channel} ${id}`);
    for (const [name, wanted] of Object.entries(columns)) {
      const got: unknown = Object.entries(result.columns).find(([key]) => key === name)?.[1];
      assert.equal(got, wanted, `${name} of ${channel} ${id}`);
    }
    assert.notEqual(result.columns.message, "", `${channel} ${id} has a message`);
    assert.equal(result.columns.host, "PC9");
  }
}

function activities(uid: number): ReadonlyMap<number, string> | undefined {
  const found = Object.values(CLASSES).find((one) => one.uid === uid);
  return found === undefined ? undefined : new Map(Object.entries(found.activities).map(([name, id]) => [id, name]));
}

const BY = { Image: "C:\\a.exe", ProcessId: 7, ProcessGuid: "{g}", User: "NORTH\\ida" };

test("Sysmon", () => {
  check("Microsoft-Windows-Sysmon/Operational", [
    [
      1,
      { ...BY, CommandLine: "a -x", ParentImage: "p.exe", ParentProcessId: "3", LogonId: "0x9" },
      "process_activity launch",
      {
        process_cmd: "a -x",
        parent_path: "p.exe",
        parent_pid: 3,
        user: "ida",
        user_domain: "NORTH",
        session: "0x9",
        process_guid: "{g}",
      },
    ],
    [2, { ...BY, TargetFilename: "f" }, "file_activity set_attributes", { file_path: "f" }],
    [
      3,
      {
        ...BY,
        SourceIp: "10.0.0.1",
        SourcePort: 50,
        DestinationIp: "10.0.0.2",
        DestinationPort: "443",
        DestinationHostname: "x.example",
      },
      "network_activity open",
      { src_ip: "10.0.0.1", src_port: 50, dst_ip: "10.0.0.2", dst_port: 443, peer_host: "x.example" },
    ],
    [4, { State: "Started" }, "application_lifecycle other", {}],
    [5, BY, "process_activity terminate", { process_path: "C:\\a.exe", process_pid: 7 }],
    [
      6,
      { ImageLoaded: "d.sys", Hashes: `SHA256=${"A".repeat(64)}` },
      "kernel_extension_activity load",
      { file_path: "d.sys", sha256: "a".repeat(64) },
    ],
    [7, { ...BY, ImageLoaded: "l.dll", Hashes: "MD5=AB" }, "module_activity load", { file_path: "l.dll", md5: "ab" }],
    [
      8,
      { SourceImage: "s.exe", SourceProcessId: 1, TargetImage: "t.exe" },
      "process_activity inject",
      { process_path: "s.exe", object: "t.exe" },
    ],
    [9, { ...BY, Device: "\\Device\\X" }, "file_activity read", { file_path: "\\Device\\X" }],
    [
      10,
      {
        SourceImage: "s.exe",
        SourceProcessGUID: "{s}",
        TargetImage: "lsass.exe",
        GrantedAccess: "0x1410",
        SourceUser: "N\\a",
        TargetUser: "N\\b",
      },
      "process_activity open",
      { process_guid: "{s}", user: "a", target_user: "b", object: "lsass.exe" },
    ],
    [11, { ...BY, TargetFilename: "f" }, "file_activity create", { file_path: "f" }],
    [
      12,
      { ...BY, EventType: "CreateKey", TargetObject: "HKLM\\K" },
      "registry_key_activity create",
      { reg_path: "HKLM\\K" },
    ],
    [12, { ...BY, EventType: "DeleteKey", TargetObject: "HKLM\\K" }, "registry_key_activity delete", {}],
    [12, { ...BY, EventType: "DeleteValue", TargetObject: "HKLM\\K" }, "registry_value_activity delete", {}],
    [
      13,
      { ...BY, TargetObject: "HKLM\\K\\V", Details: "DWORD (0x1)" },
      "registry_value_activity set",
      { reg_path: "HKLM\\K\\V", reg_value: "DWORD (0x1)" },
    ],
    [
      14,
      { ...BY, TargetObject: "HKLM\\K", NewName: "HKLM\\L" },
      "registry_key_activity rename",
      { reg_value: "HKLM\\L" },
    ],
    [15, { ...BY, TargetFilename: "f:z", Hash: "MD5=AB" }, "file_activity create", { file_path: "f:z", md5: "ab" }],
    [16, { Configuration: "c.xml" }, "application_lifecycle update", { file_path: "c.xml", severity_id: 3 }],
    [17, { ...BY, PipeName: "\\p" }, "file_activity create", { file_path: "\\p" }],
    [18, { ...BY, PipeName: "\\p" }, "file_activity open", { file_path: "\\p" }],
    [19, { Name: "n", Query: "q", User: "N\\a" }, "entity_management create", { object: "n", user: "a" }],
    [20, { Name: "n", Destination: "d" }, "entity_management create", { object: "n" }],
    [21, { Consumer: "c", Filter: "f" }, "entity_management create", { object: "f" }],
    [
      22,
      { ...BY, QueryName: "x.example", QueryStatus: "9003" },
      "dns_activity query",
      { domain: "x.example", status_id: 2 },
    ],
    [23, { ...BY, TargetFilename: "f" }, "file_activity delete", { file_path: "f" }],
    [24, BY, "base_event other", {}],
    [25, { ...BY, Type: "Image is replaced" }, "process_activity inject", {}],
    [26, { ...BY, TargetFilename: "f" }, "file_activity delete", {}],
    [27, { ...BY, TargetFilename: "f" }, "file_activity create", { status_id: 2 }],
    [28, { ...BY, TargetFilename: "f" }, "file_activity delete", { status_id: 2 }],
    [29, { ...BY, TargetFilename: "f" }, "file_activity create", {}],
    [255, { Description: "broken\r\nmore" }, "application_error general_error", { message: "Sysmon error: broken" }],
  ]);
});

const SUBJECT = { SubjectUserName: "ida", SubjectDomainName: "NORTH", SubjectLogonId: "0x5" };
const TARGET = { TargetUserName: "eve", TargetDomainName: "NORTH" };

test("Security: logons", () => {
  check("Security", [
    [
      4624,
      { ...TARGET, LogonType: 3, IpAddress: "::ffff:10.0.0.9", IpPort: "500", TargetLogonId: "0x7" },
      "authentication logon",
      { user: "eve", status_id: 1, src_ip: "10.0.0.9", session: "0x7" },
    ],
    [
      4625,
      { ...TARGET, LogonType: 10, WorkstationName: "KALI" },
      "authentication logon",
      { status_id: 2, peer_host: "KALI" },
    ],
    [4634, { ...TARGET, TargetLogonId: "0x7" }, "authentication logoff", { user: "eve" }],
    [4647, TARGET, "authentication logoff", { user: "eve" }],
    [
      4648,
      { ...SUBJECT, ...TARGET, TargetServerName: "fs1" },
      "authentication account_switch",
      { user: "ida", target_user: "eve", peer_host: "fs1" },
    ],
    [4672, SUBJECT, "authorize_session assign_privileges", { user: "ida" }],
    [
      4768,
      { TargetUserName: "eve", Status: "0x6", IpAddress: "10.0.0.9", ServiceName: "krbtgt" },
      "authentication authentication_ticket",
      { user: "eve", status_id: 2, object: "krbtgt" },
    ],
    [
      4769,
      { TargetUserName: "eve@NORTH.EXAMPLE", Status: "0x0", ServiceName: "svc" },
      "authentication service_ticket_request",
      { user: "eve", status_id: 1 },
    ],
    [4771, { TargetUserName: "eve", Status: "0x18" }, "authentication preauth", { status_id: 2 }],
    [
      4776,
      { TargetUserName: "eve", Workstation: "PC1", Status: "0xc000006a" },
      "authentication logon",
      { status_id: 2, peer_host: "PC1" },
    ],
    [
      4778,
      { AccountName: "eve", ClientName: "PC1", ClientAddress: "10.0.0.9" },
      "authentication logon",
      { user: "eve", src_ip: "10.0.0.9" },
    ],
  ]);
});

test("Security: processes, tasks, services, accounts, objects, policy, filtering", () => {
  check("Security", [
    [
      4688,
      {
        ...SUBJECT,
        NewProcessName: "n.exe",
        NewProcessId: "0x1c30",
        ProcessId: "0x3c0",
        CommandLine: "n -x",
        ParentProcessName: "p.exe",
      },
      "process_activity launch",
      { process_path: "n.exe", process_pid: 0x1c30, parent_pid: 0x3c0, process_cmd: "n -x", user: "ida" },
    ],
    [4689, { ...SUBJECT, ProcessName: "n.exe", ProcessId: "0x10" }, "process_activity terminate", { process_pid: 16 }],
    [
      4697,
      { ...SUBJECT, ServiceName: "s", ServiceFileName: "f.exe" },
      "windows_service_activity create",
      { object: "s", file_path: "f.exe" },
    ],
    [
      4698,
      {
        ...SUBJECT,
        TaskName: "\\t",
        TaskContent: "<Exec><Command>cmd.exe</Command><Arguments>/c x</Arguments></Exec>",
      },
      "scheduled_job_activity create",
      { object: "\\t", process_cmd: "cmd.exe /c x" },
    ],
    [
      4702,
      { ...SUBJECT, TaskName: "\\t", TaskContentNew: "<Command>x</Command>" },
      "scheduled_job_activity update",
      { process_cmd: "x" },
    ],
    [4720, { ...SUBJECT, ...TARGET }, "user_management create", { user: "ida", target_user: "eve", severity_id: 2 }],
    [4724, { ...SUBJECT, ...TARGET }, "user_management password_reset", {}],
    [4726, { ...SUBJECT, ...TARGET }, "user_management delete", {}],
    [4740, { ...SUBJECT, ...TARGET }, "user_management lock", {}],
    [4767, { ...SUBJECT, ...TARGET }, "user_management unlock", {}],
    [
      4732,
      { ...SUBJECT, TargetUserName: "Administrators", MemberName: "CN=Eve,OU=x", MemberSid: "S-1" },
      "group_management add_user",
      { object: "Administrators", target_user: "Eve" },
    ],
    [
      4733,
      { ...SUBJECT, TargetUserName: "Administrators", MemberName: "-", MemberSid: "S-1" },
      "group_management remove_user",
      { target_user: "S-1" },
    ],
    [
      4656,
      { ...SUBJECT, ObjectType: "Key", ObjectName: "\\REGISTRY\\X" },
      "registry_key_activity read",
      { reg_path: "\\REGISTRY\\X" },
    ],
    [4663, { ...SUBJECT, ObjectType: "File", ObjectName: "C:\\f" }, "file_activity open", { file_path: "C:\\f" }],
    [
      4657,
      { ...SUBJECT, ObjectName: "\\REGISTRY\\X", ObjectValueName: "v", NewValue: "1" },
      "registry_value_activity modify",
      { reg_path: "\\REGISTRY\\X\\v", reg_value: "1" },
    ],
    [
      5140,
      { ...SUBJECT, ShareName: "\\\\*\\C$", IpAddress: "10.0.0.9", IpPort: "5" },
      "smb_activity file_open",
      { object: "\\\\*\\C$", src_ip: "10.0.0.9" },
    ],
    [
      5145,
      { ...SUBJECT, ShareName: "\\\\*\\C$", RelativeTargetName: "f" },
      "smb_activity file_open",
      { file_path: "f" },
    ],
    [1102, SUBJECT, "event_log_activity clear", { severity_id: 4, user: "ida" }],
    [4719, { ...SUBJECT, SubcategoryGuid: "{g}" }, "device_config_state_change log", { object: "{g}", severity_id: 3 }],
    [
      5156,
      {
        Application: "a.exe",
        ProcessID: "9",
        SourceAddress: "10.0.0.1",
        SourcePort: "1",
        DestAddress: "10.0.0.2",
        DestPort: "2",
      },
      "network_activity open",
      { process_pid: 9, dst_port: 2, status_id: 1 },
    ],
    [
      5157,
      { Application: "a.exe", ProcessID: "9", SourceAddress: "10.0.0.1", DestAddress: "10.0.0.2" },
      "network_activity refuse",
      { status_id: 2 },
    ],
    [
      5158,
      { Application: "a.exe", SourceAddress: "0.0.0.0", SourcePort: "80" },
      "network_activity listen",
      { src_port: 80 },
    ],
    [9999, SUBJECT, "base_event other", { user: "ida" }],
  ]);
  const refused = event({ channel: "Security", id: 4673, data: SUBJECT, keywords: "0x8010000000000000" });
  assert.deepEqual([refused.columns.status_id, refused.columns.severity_id], [2, 2]);
});

test("System and Application belong to their providers", () => {
  check(
    "System",
    [
      [
        7045,
        { ServiceName: "s", ImagePath: "f.exe", AccountName: "LocalSystem" },
        "windows_service_activity create",
        { object: "s", user: "" },
      ],
    ],
    "Service Control Manager",
  );
  check(
    "System",
    [[7036, { param1: "Spooler", param2: "stopped" }, "windows_service_activity stop", { object: "Spooler" }]],
    "Service Control Manager",
  );
  check("System", [[7045, { a: "1" }, "base_event unknown", { message: "Other event 7045: a=1" }]], "Other");
  check(
    "System",
    [[104, { Channel: "Application" }, "event_log_activity clear", { object: "Application", severity_id: 4 }]],
    "Microsoft-Windows-Eventlog",
  );
});

test("PowerShell, tasks, WMI, Defender, firewall, remote desktop, BITS", () => {
  check("Microsoft-Windows-PowerShell/Operational", [
    [
      4104,
      { ScriptBlockText: "\n  iex x\nmore", ScriptBlockId: "b" },
      "script_activity execute",
      { process_cmd: "\n  iex x\nmore", session: "b", message: "PowerShell script block: iex x" },
    ],
    [
      4103,
      {
        ContextInfo:
          "  Host Application = C:\\ps.exe -enc A\r\n  Command Name = Start-Sleep\r\n  User = NORTH\\ida\r\n",
        Payload: "P",
      },
      "script_activity execute",
      { process_path: "C:\\ps.exe", process_cmd: "C:\\ps.exe -enc A", object: "Start-Sleep", user: "ida" },
    ],
  ]);
  check("Windows PowerShell", [
    [
      400,
      { Data: 'x\n\tHostApplication="C:\\a b\\ps.exe" -x\n' },
      "application_lifecycle start",
      { process_path: "C:\\a b\\ps.exe" },
    ],
  ]);
  check("Microsoft-Windows-TaskScheduler/Operational", [
    [
      106,
      { TaskName: "\\t", UserContext: "NORTH\\ida" },
      "scheduled_job_activity create",
      { object: "\\t", user: "ida" },
    ],
  ]);
  check("Microsoft-Windows-WMI-Activity/Operational", [
    [5861, { ESS: "f", CONSUMER: "c", Namespace: "n" }, "entity_management create", { object: "c", severity_id: 3 }],
    [
      5858,
      { Message: "Id = {x}; ClientMachine = PC1; User = NORTH\\ida; Operation = Start y; ResultCode = 0x1" },
      "api_activity other",
      { peer_host: "PC1", user: "ida", object: "Start y" },
    ],
  ]);
  check("Microsoft-Windows-Windows Defender/Operational", [
    [
      1116,
      { "Threat Name": "T", Path: "file:_C:\\x; file:_C:\\y" },
      "detection_finding create",
      { object: "T", file_path: "C:\\x", severity_id: 4 },
    ],
    [5001, {}, "application_lifecycle disable", { severity_id: 4 }],
  ]);
  check("Microsoft-Windows-TerminalServices-LocalSessionManager/Operational", [
    [
      21,
      { User: "NORTH\\ida", Address: "10.0.0.9", SessionID: 2 },
      "authentication logon",
      { user: "ida", src_ip: "10.0.0.9", session: "2" },
    ],
  ]);
  check("Microsoft-Windows-RemoteDesktopServices-RdpCoreTS/Operational", [
    [131, { ClientIP: "[fe80::1]:50122" }, "network_activity open", { src_ip: "fe80::1", src_port: 50122 }],
  ]);
  check("Microsoft-Windows-Bits-Client/Operational", [
    [59, { url: "http://x", name: "j" }, "network_activity traffic", { url: "http://x", object: "j" }],
  ]);
  check("Unknown/Channel", [
    [5, { User: "NORTH\\ida" }, "base_event unknown", { user: "ida", channel: "Unknown/Channel" }],
  ]);
});

test("data never replaces the system part, and hostile names stay data", () => {
  const result = event({
    channel: "Security",
    id: 1102,
    data: JSON.parse('{"Channel":"fake","Computer":"fake","EventID":4,"__proto__":{"polluted":1}}'),
  });
  assert.equal(result.fields["Channel"], "Security");
  assert.equal(result.fields["Computer"], "PC9");
  assert.equal(result.fields["EventID"], 1102);
  assert.equal(result.columns.channel, "Security");
  const plain: Record<string, unknown> = {};
  assert.equal(plain["polluted"], undefined);
});

test("the zone of a local time follows from the collector's two stamps", () => {
  const time = (fields: Record<string, unknown>): string => {
    const found = flatTime(fields);
    return found === undefined ? "none" : new Date(found.time_ms).toISOString();
  };
  const stamps = { EventReceivedTime: "2026-09-18 13:07:52", "@timestamp": "2026-09-18T17:07:52.019Z" };
  assert.equal(time({ EventTime: "2026-09-18 13:05:52", ...stamps }), "2026-09-18T17:05:52.000Z");
  assert.equal(
    time({ EventTime: "2026-09-18 13:05:52", UtcTime: "2026-09-18 17:05:52.782", ...stamps }),
    "2026-09-18T17:05:52.782Z",
  );
  assert.equal(
    time({ EventTime: "2026-09-18 13:05:52", UtcTime: "2026-09-18 03:00:00.000", ...stamps }),
    "2026-09-18T17:05:52.000Z",
  );
  assert.equal(time({ EventTime: "2026-09-18T13:05:52+02:00", ...stamps }), "2026-09-18T11:05:52.000Z");
  assert.equal(time({ EventTime: "2026-09-18 13:05:52" }), "2026-09-18T13:05:52.000Z");
  assert.equal(
    time({
      EventTime: "2026-09-18 18:50:52",
      EventReceivedTime: "2026-09-18 18:52:52",
      "@timestamp": "2026-09-18T13:22:53Z",
    }),
    "2026-09-18T13:20:52.000Z",
  );
  assert.equal(
    time({ TimeCreated: "2026-09-18T13:05:52.5Z", UtcTime: "2026-09-18 03:00:00.000" }),
    "2026-09-18T13:05:52.500Z",
  );
  assert.equal(time({}), "none");
});
