/** sysmon: records of Sysmon 15 (Microsoft-Windows-Sysmon/Operational), fields in the order of its manifest. */
import { digest } from "./random.ts";
import { utcTime, windowsEvent } from "./windows-log.ts";
import { fileOf, type Emission, type Host, type Process } from "./world.ts";

export function processCreate(at_ms: number, process: Process): Emission {
  const file = fileOf(process.image);
  const product = process.image.startsWith("C:\\Windows\\")
    ? "Microsoft® Windows® Operating System"
    : file.replace(/\.exe$/i, "");
  return sysmon({ host: process.host, at_ms }, 1, {
    RuleName: "-",
    UtcTime: utcTime(at_ms),
    ProcessGuid: process.guid,
    ProcessId: String(process.pid),
    Image: process.image,
    FileVersion: process.image.startsWith("C:\\Windows\\") ? "10.0.22621.1 (WinBuild.160101.0800)" : "-",
    Description: file.replace(/\.exe$/i, ""),
    Product: product,
    Company: process.image.startsWith("C:\\Windows\\") ? "Microsoft Corporation" : "-",
    OriginalFileName: ORIGINAL_NAMES[file.toLowerCase()] ?? file,
    CommandLine: process.command,
    CurrentDirectory: process.cwd,
    User: process.user,
    LogonGuid: `{${digest(process.host.name, 8)}-${digest(process.logonId, 4)}-6921-${digest(process.user, 4)}-000000000000}`,
    LogonId: process.logonId,
    TerminalSessionId: process.integrity === "System" ? "0" : "1",
    IntegrityLevel: process.integrity,
    Hashes: hashes(process.image),
    ParentProcessGuid: process.parent?.guid ?? "{00000000-0000-0000-0000-000000000000}",
    ParentProcessId: String(process.parent?.pid ?? 0),
    ParentImage: process.parent?.image ?? "-",
    ParentCommandLine: process.parent?.command ?? "-",
    ParentUser: process.parent?.user ?? "-",
  });
}

export const processEnd = (at_ms: number, by: Process): Emission =>
  sysmon({ host: by.host, at_ms }, 5, { RuleName: "-", ...actor(at_ms, by), User: by.user });

export function connection(
  at_ms: number,
  by: Process,
  to: { address: string; name?: string; port: number; udp?: boolean },
): Emission {
  return sysmon({ host: by.host, at_ms }, 3, {
    RuleName: "-",
    ...actor(at_ms, by),
    User: by.user,
    Protocol: to.udp === true ? "udp" : "tcp",
    Initiated: "true",
    SourceIsIpv6: "false",
    SourceIp: by.host.address,
    SourceHostname: by.host.fqdn,
    SourcePort: String(by.host.random.int(49_200, 65_000)),
    SourcePortName: "-",
    DestinationIsIpv6: "false",
    DestinationIp: to.address,
    DestinationHostname: to.name ?? "-",
    DestinationPort: String(to.port),
    DestinationPortName: "-",
  });
}

export const imageLoad = (at_ms: number, by: Process, library: string): Emission =>
  sysmon({ host: by.host, at_ms }, 7, {
    RuleName: "-",
    ...actor(at_ms, by),
    ImageLoaded: library,
    FileVersion: "10.0.22621.1 (WinBuild.160101.0800)",
    Description: fileOf(library),
    Product: "Microsoft® Windows® Operating System",
    Company: "Microsoft Corporation",
    OriginalFileName: fileOf(library),
    Hashes: hashes(library),
    Signed: "true",
    Signature: "Microsoft Windows",
    SignatureStatus: "Valid",
    User: by.user,
  });

export const remoteThread = (at_ms: number, by: Process, target: Process): Emission =>
  sysmon({ host: by.host, at_ms }, 8, {
    RuleName: "-",
    UtcTime: utcTime(at_ms),
    SourceProcessGuid: by.guid,
    SourceProcessId: String(by.pid),
    SourceImage: by.image,
    TargetProcessGuid: target.guid,
    TargetProcessId: String(target.pid),
    TargetImage: target.image,
    NewThreadId: String(by.host.random.int(2000, 12_000)),
    StartAddress: `0x000001${by.host.random.hex(10).toUpperCase()}`,
    StartModule: "-",
    StartFunction: "-",
    SourceUser: by.user,
    TargetUser: target.user,
  });

export const processAccess = (
  at_ms: number,
  by: Process,
  { target, mask }: { target: Process; mask: string },
): Emission =>
  sysmon({ host: by.host, at_ms }, 10, {
    RuleName: "-",
    UtcTime: utcTime(at_ms),
    SourceProcessGUID: by.guid,
    SourceProcessId: String(by.pid),
    SourceThreadId: String(by.host.random.int(2000, 12_000)),
    SourceImage: by.image,
    TargetProcessGUID: target.guid,
    TargetProcessId: String(target.pid),
    TargetImage: target.image,
    GrantedAccess: mask,
    CallTrace: "C:\\Windows\\SYSTEM32\\ntdll.dll+9d4c4|C:\\Windows\\System32\\KERNELBASE.dll+2c13e",
    SourceUser: by.user,
    TargetUser: target.user,
  });

export const fileCreate = (at_ms: number, by: Process, path: string): Emission =>
  sysmon({ host: by.host, at_ms }, 11, {
    RuleName: "-",
    ...actor(at_ms, by),
    TargetFilename: path,
    CreationUtcTime: utcTime(at_ms),
    User: by.user,
  });

export const registrySet = (at_ms: number, by: Process, { key, details }: { key: string; details: string }): Emission =>
  sysmon({ host: by.host, at_ms }, 13, {
    RuleName: "-",
    EventType: "SetValue",
    ...actor(at_ms, by),
    TargetObject: key,
    Details: details,
    User: by.user,
  });

export const pipe = (at_ms: number, by: Process, { name, created }: { name: string; created: boolean }): Emission =>
  sysmon({ host: by.host, at_ms }, created ? 17 : 18, {
    RuleName: "-",
    EventType: created ? "CreatePipe" : "ConnectPipe",
    UtcTime: utcTime(at_ms),
    ProcessGuid: by.guid,
    ProcessId: String(by.pid),
    PipeName: name,
    Image: by.image,
    User: by.user,
  });

export const dnsQuery = (at_ms: number, by: Process, { name, address }: { name: string; address: string }): Emission =>
  sysmon({ host: by.host, at_ms }, 22, {
    RuleName: "-",
    UtcTime: utcTime(at_ms),
    ProcessGuid: by.guid,
    ProcessId: String(by.pid),
    QueryName: name,
    QueryStatus: "0",
    QueryResults: `::ffff:${address};`,
    Image: by.image,
    User: by.user,
  });

export const fileDelete = (at_ms: number, by: Process, path: string): Emission =>
  sysmon({ host: by.host, at_ms }, 26, {
    RuleName: "-",
    UtcTime: utcTime(at_ms),
    ProcessGuid: by.guid,
    ProcessId: String(by.pid),
    User: by.user,
    Image: by.image,
    TargetFilename: path,
    Hashes: hashes(path),
    IsExecutable: "false",
  });

function sysmon(at: { host: Host; at_ms: number }, id: number, data: Record<string, string>): Emission {
  const lines = Object.entries(data).map(([key, value]) => `${key}: ${value}`);
  return windowsEvent({
    ...at,
    channel: "Microsoft-Windows-Sysmon/Operational",
    provider: "Microsoft-Windows-Sysmon",
    providerGuid: "{5770385f-c22a-43e0-bf4c-06f5698ffbd9}",
    id,
    level: 4,
    keywords: "0x8000000000000000",
    task: id,
    message: [`${TITLES[id] ?? "Sysmon event"}:`, ...lines].join("\r\n"),
    data,
  });
}

const actor = (at_ms: number, by: Process): Record<string, string> => ({
  UtcTime: utcTime(at_ms),
  ProcessGuid: by.guid,
  ProcessId: String(by.pid),
  Image: by.image,
});

const hashes = (path: string): string => {
  const name = path.toLowerCase();
  return `MD5=${digest(`md5/${name}`, 32).toUpperCase()},SHA256=${digest(`sha256/${name}`, 64).toUpperCase()},IMPHASH=${digest(`imp/${name}`, 32).toUpperCase()}`;
};

const TITLES: Readonly<Record<number, string>> = {
  1: "Process Create",
  3: "Network connection detected",
  5: "Process terminated",
  7: "Image loaded",
  8: "CreateRemoteThread detected",
  10: "Process accessed",
  11: "File created",
  13: "Registry value set",
  17: "Pipe Created",
  18: "Pipe Connected",
  22: "Dns query",
  26: "File Delete logged",
};

/** Only where the name in the version resource differs from the file's. */
const ORIGINAL_NAMES: Readonly<Record<string, string>> = {
  "powershell.exe": "PowerShell.EXE",
  "cmd.exe": "Cmd.Exe",
  "rundll32.exe": "RUNDLL32.EXE",
  "winword.exe": "WinWord.exe",
  "excel.exe": "Excel.exe",
  "vssadmin.exe": "VSSADMIN.EXE",
  "schtasks.exe": "schtasks.exe",
};
