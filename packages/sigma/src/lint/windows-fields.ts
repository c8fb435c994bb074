/**
 * windows-fields: the fields of the Windows events that each category is fed by (Sysmon, and 4688 for processes). Only sources
 * whose fields are fixed stand here; of all others lint does not claim to know what they have.
 */

/** What the system adds to every event, under the names that collectors use. */
const SYSTEM =
  "AccountName AccountType Category Channel Computer ComputerName Domain EventID EventRecordID EventTime EventType ExecutionProcessID Execution_ProcessID Execution_ThreadID Hostname Keywords Level Message Opcode ProviderGuid ProviderName Provider_Guid Provider_Name RecordNumber Security_UserID Severity SourceName Task ThreadID TimeCreated TimeCreated_SystemTime UserID Version";
const PROCESS = "RuleName UtcTime ProcessGuid ProcessId Image User";
const FILE = `${PROCESS} TargetFilename Hashes IsExecutable Archived`;
const REGISTRY = `${PROCESS} EventType TargetObject Details NewName`;
const TWO_PROCESSES =
  "RuleName UtcTime SourceProcessGuid SourceProcessGUID SourceProcessId SourceImage TargetProcessGuid TargetProcessGUID TargetProcessId TargetImage SourceUser TargetUser";

const CATEGORIES: Readonly<Record<string, string>> = {
  clipboard_change: `${PROCESS} Session ClientInfo Hashes Archived`,
  create_remote_thread: `${TWO_PROCESSES} NewThreadId StartAddress StartModule StartFunction`,
  create_stream_hash: `${PROCESS} TargetFilename CreationUtcTime Hash Contents`,
  dns_query: `${PROCESS} QueryName QueryStatus QueryResults`,
  driver_load: "RuleName UtcTime ImageLoaded Hashes Signed Signature SignatureStatus",
  file_block_executable: FILE,
  file_block_shredding: FILE,
  file_change: `${PROCESS} TargetFilename CreationUtcTime PreviousCreationUtcTime`,
  file_delete: FILE,
  file_delete_detected: FILE,
  file_event: `${PROCESS} TargetFilename CreationUtcTime`,
  file_executable_detected: FILE,
  image_load: `${PROCESS} ImageLoaded FileVersion Description Product Company OriginalFileName Hashes Signed Signature SignatureStatus`,
  network_connection: `${PROCESS} Protocol Initiated SourceIsIpv6 SourceIp SourceHostname SourcePort SourcePortName DestinationIsIpv6 DestinationIp DestinationHostname DestinationPort DestinationPortName`,
  pipe_created: `${PROCESS} EventType PipeName`,
  process_access: `${TWO_PROCESSES} SourceThreadId GrantedAccess CallTrace`,
  process_creation: `${PROCESS} FileVersion Description Product Company OriginalFileName CommandLine CurrentDirectory LogonGuid LogonId TerminalSessionId IntegrityLevel Hashes ParentProcessGuid ParentProcessId ParentImage ParentCommandLine ParentUser SubjectUserSid SubjectUserName SubjectDomainName SubjectLogonId NewProcessId NewProcessName TokenElevationType TargetUserSid TargetUserName TargetDomainName TargetLogonId ParentProcessName MandatoryLabel ProcessCommandLine`,
  process_tampering: `${PROCESS} Type`,
  process_termination: PROCESS,
  ps_module: "ContextInfo UserData Payload",
  ps_script: "MessageNumber MessageTotal ScriptBlockText ScriptBlockId Path",
  raw_access_thread: `${PROCESS} Device`,
  registry_add: REGISTRY,
  registry_delete: REGISTRY,
  registry_event: REGISTRY,
  registry_rename: REGISTRY,
  registry_set: REGISTRY,
};

const sets = new Map<string, ReadonlySet<string>>(
  Object.entries(CATEGORIES).map(([category, fields]) => [category, new Set(`${SYSTEM} ${fields}`.split(" "))]),
);

/** Undefined: nothing is known about what events of this category have. */
export function fieldsOfCategory(category: string): ReadonlySet<string> | undefined {
  return sets.get(category);
}
