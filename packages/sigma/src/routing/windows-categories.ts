/**
 * windows-categories: which events each category of Sigma means on Windows (and Sysmon for Linux): service, event ids,
 * the EventType that tells registry operations apart, and the fields whose names differ from the category's own.
 */

export interface CategoryRoute {
  readonly service: string;
  readonly eventIds: readonly number[];
  readonly eventTypes?: readonly string[];
  /** Category field -> where this source has it, tried in order. */
  readonly aliases?: Readonly<Record<string, readonly string[]>>;
}

const PROCESS_4688: CategoryRoute["aliases"] = {
  Image: ["NewProcessName"],
  ParentImage: ["ParentProcessName"],
  CommandLine: ["CommandLine", "ProcessCommandLine"],
  User: ["SubjectUserName"],
  LogonId: ["SubjectLogonId"],
  ProcessId: ["NewProcessId"],
  ParentProcessId: ["ProcessId"],
};

const DEFENDER_ALIASES: CategoryRoute["aliases"] = { Signature: ["ThreatName"], Filename: ["Path"] };

export const WINDOWS_CATEGORIES: Readonly<Record<string, readonly CategoryRoute[]>> = {
  antivirus: [
    {
      service: "windefend",
      eventIds: [1006, 1007, 1008, 1009, 1010, 1011, 1012, 1017, 1018, 1019, 1115, 1116],
      aliases: DEFENDER_ALIASES,
    },
  ],
  clipboard_capture: sysmon(24),
  clipboard_change: sysmon(24),
  create_remote_thread: sysmon(8),
  create_stream_hash: sysmon(15),
  dns_query: sysmon(22),
  driver_load: sysmon(6),
  file_block: sysmon(27),
  file_block_executable: sysmon(27),
  file_block_shredding: sysmon(28),
  file_change: sysmon(2),
  file_delete: sysmon(23, 26),
  file_delete_detected: sysmon(26),
  file_event: sysmon(11),
  file_executable_detected: sysmon(29),
  image_load: sysmon(7),
  network_connection: sysmon(3),
  pipe_created: sysmon(17, 18),
  process_access: sysmon(10),
  process_creation: [...sysmon(1), { service: "security", eventIds: [4688], aliases: PROCESS_4688 }],
  process_tampering: sysmon(25),
  process_termination: sysmon(5),
  ps_classic_provider_start: [{ service: "powershell-classic", eventIds: [600] }],
  ps_classic_script: [{ service: "powershell-classic", eventIds: [800] }],
  ps_classic_start: [{ service: "powershell-classic", eventIds: [400] }],
  ps_module: [{ service: "powershell", eventIds: [4103] }],
  ps_script: [{ service: "powershell", eventIds: [4104] }],
  raw_access_read: sysmon(9),
  raw_access_thread: sysmon(9),
  registry_add: [{ service: "sysmon", eventIds: [12], eventTypes: ["createkey"] }],
  registry_delete: [{ service: "sysmon", eventIds: [12], eventTypes: ["deletekey", "deletevalue"] }],
  registry_event: sysmon(12, 13, 14),
  registry_rename: sysmon(14),
  registry_set: sysmon(13),
  sysmon_error: sysmon(255),
  sysmon_status: sysmon(4, 16),
  wmi_event: sysmon(19, 20, 21),
};

/** Sysmon for Linux writes the same events to a channel of its own. */
export const LINUX_SYSMON_CHANNEL = "Linux-Sysmon/Operational";
export const LINUX_CATEGORIES: Readonly<Record<string, readonly number[]>> = {
  process_creation: [1],
  network_connection: [3],
  sysmon_status: [4, 16],
  process_termination: [5],
  raw_access_read: [9],
  raw_access_thread: [9],
  file_event: [11],
  file_delete: [23],
};

/** Fields that the forwarders spell in their own way; the first one present is taken. */
export const WINDOWS_ALIASES: Readonly<Record<string, readonly string[]>> = {
  Provider_Name: ["Provider_Name", "SourceName", "ProviderName"],
  Provider_Guid: ["Provider_Guid", "ProviderGuid"],
  Computer: ["Computer", "Hostname", "ComputerName"],
  Security_UserID: ["Security_UserID", "UserID"],
  Execution_ProcessID: ["Execution_ProcessID", "ExecutionProcessID"],
  Execution_ThreadID: ["Execution_ThreadID", "ThreadID"],
};

/** The classic PowerShell log has one unnamed value; forwarders keep it only inside the rendered message. */
export const SERVICE_ALIASES: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  "powershell-classic": { Data: ["Data", "Message"] },
  application: { Data: ["Data", "Message"] },
};

function sysmon(...eventIds: readonly number[]): readonly CategoryRoute[] {
  return [{ service: "sysmon", eventIds }];
}
