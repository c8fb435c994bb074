/** security: records of the Windows Security log, fields in the order of each event's manifest. */
import { windowsEvent } from "./windows-log.ts";
import { domainOf, nameOf, sidOf, SYSTEM, type Emission, type Host, type Process } from "./world.ts";

export interface Logon {
  readonly at_ms: number;
  /** Where the logon happens. */
  readonly host: Host;
  /** DOMAIN\name. */
  readonly account: string;
  readonly logonId: string;
  readonly type: number;
  readonly package: string;
  /** Where it comes from; the host itself for local logons. */
  readonly from: { readonly name: string; readonly address: string };
}

export const logon = (logon: Logon): Emission =>
  security({ host: logon.host, at_ms: logon.at_ms }, 4624, {
    ...subject(logon.type === 3 ? undefined : SYSTEM, "0x3e7", logon.host),
    TargetUserSid: sidOf(logon.account),
    TargetUserName: nameOf(logon.account),
    TargetDomainName: domainOf(logon.account),
    TargetLogonId: logon.logonId,
    LogonType: String(logon.type),
    LogonProcessName: logon.package === "NTLM" ? "NtLmSsp " : logon.type === 3 ? "Kerberos" : "User32 ",
    AuthenticationPackageName: logon.package,
    WorkstationName: logon.package === "NTLM" ? logon.from.name.toUpperCase() : "-",
    LogonGuid: "{00000000-0000-0000-0000-000000000000}",
    TransmittedServices: "-",
    LmPackageName: logon.package === "NTLM" ? "NTLM V2" : "-",
    KeyLength: logon.package === "NTLM" ? "128" : "0",
    ProcessId: logon.type === 3 ? "0x0" : "0x2f4",
    ProcessName: logon.type === 3 ? "-" : "C:\\Windows\\System32\\svchost.exe",
    IpAddress: logon.type === 2 || logon.type === 5 ? "-" : logon.from.address,
    IpPort: logon.type === 2 || logon.type === 5 ? "-" : String(logon.host.random.int(49_200, 65_000)),
    ImpersonationLevel: "%%1833",
    RestrictedAdminMode: "-",
    TargetOutboundUserName: "-",
    TargetOutboundDomainName: "-",
    VirtualAccount: "%%1843",
    TargetLinkedLogonId: "0x0",
    ElevatedToken: "%%1842",
  });

export const logoff = (at_ms: number, host: Host, account: { name: string; logonId: string; type: number }): Emission =>
  security({ host, at_ms }, 4634, {
    TargetUserSid: sidOf(account.name),
    TargetUserName: nameOf(account.name),
    TargetDomainName: domainOf(account.name),
    TargetLogonId: account.logonId,
    LogonType: String(account.type),
  });

export const failedLogon = (logon: Omit<Logon, "logonId">): Emission =>
  security({ host: logon.host, at_ms: logon.at_ms }, 4625, {
    SubjectUserSid: "S-1-0-0",
    SubjectUserName: "-",
    SubjectDomainName: "-",
    SubjectLogonId: "0x0",
    TargetUserSid: "S-1-0-0",
    TargetUserName: nameOf(logon.account),
    TargetDomainName: domainOf(logon.account),
    Status: "0xc000006d",
    FailureReason: "%%2313",
    SubStatus: "0xc000006a",
    LogonType: String(logon.type),
    LogonProcessName: logon.package === "NTLM" ? "NtLmSsp " : "User32 ",
    AuthenticationPackageName: logon.package === "NTLM" ? "NTLM" : "Negotiate",
    WorkstationName: logon.from.name.toUpperCase(),
    TransmittedServices: "-",
    LmPackageName: "-",
    KeyLength: "0",
    ProcessId: "0x0",
    ProcessName: "-",
    IpAddress: logon.from.address,
    IpPort: String(logon.host.random.int(49_200, 65_000)),
  });

export const specialPrivileges = (at_ms: number, host: Host, session: { account: string; logonId: string }): Emission =>
  security({ host, at_ms }, 4672, {
    ...subject(session.account, session.logonId, host),
    PrivilegeList: "SeSecurityPrivilege\n\t\t\tSeBackupPrivilege\n\t\t\tSeRestorePrivilege\n\t\t\tSeDebugPrivilege",
  });

export interface Ticket {
  readonly at_ms: number;
  readonly controller: Host;
  readonly account: string;
  readonly from: string;
  /** krbtgt for a ticket-granting ticket, else the account of the service. */
  readonly service: string;
  /** 0x12 AES-256, 0x17 RC4. */
  readonly encryption: string;
  readonly realm: string;
}

export const ticketGranting = (ticket: Ticket): Emission =>
  security({ host: ticket.controller, at_ms: ticket.at_ms }, 4768, {
    TargetUserName: nameOf(ticket.account),
    TargetDomainName: ticket.realm,
    TargetSid: sidOf(ticket.account),
    ServiceName: "krbtgt",
    ServiceSid: sidOf("krbtgt"),
    TicketOptions: "0x40810010",
    Status: "0x0",
    TicketEncryptionType: ticket.encryption,
    PreAuthType: "2",
    IpAddress: `::ffff:${ticket.from}`,
    IpPort: String(ticket.controller.random.int(49_200, 65_000)),
    CertIssuerName: "",
    CertSerialNumber: "",
    CertThumbprint: "",
  });

export const serviceTicket = (ticket: Ticket): Emission =>
  security({ host: ticket.controller, at_ms: ticket.at_ms }, 4769, {
    TargetUserName: `${nameOf(ticket.account)}@${ticket.realm}`,
    TargetDomainName: ticket.realm,
    ServiceName: ticket.service,
    ServiceSid: sidOf(ticket.service),
    TicketOptions: "0x40810000",
    TicketEncryptionType: ticket.encryption,
    IpAddress: `::ffff:${ticket.from}`,
    IpPort: String(ticket.controller.random.int(49_200, 65_000)),
    Status: "0x0",
    LogonGuid: "{00000000-0000-0000-0000-000000000000}",
    TransmittedServices: "-",
  });

export const ntlmValidation = (
  at_ms: number,
  controller: Host,
  from: { account: string; workstation: string },
): Emission =>
  security({ host: controller, at_ms }, 4776, {
    PackageName: "MICROSOFT_AUTHENTICATION_PACKAGE_V1_0",
    TargetUserName: nameOf(from.account),
    Workstation: from.workstation.toUpperCase(),
    Status: "0x0",
  });

export interface ShareAccess {
  readonly at_ms: number;
  readonly host: Host;
  readonly account: string;
  readonly logonId: string;
  readonly from: string;
  /** For example Finance or ADMIN$. */
  readonly share: string;
  /** Relative to the share; "" for the opening of the share itself. */
  readonly path: string;
  readonly mask: string;
}

export function shareAccess(access: ShareAccess): Emission {
  const head = {
    ...subject(access.account, access.logonId, access.host),
    ObjectType: "File",
    IpAddress: access.from,
    IpPort: String(access.host.random.int(49_200, 65_000)),
    ShareName: `\\\\*\\${access.share}`,
    ShareLocalPath: access.share.endsWith("$") ? "\\??\\C:\\Windows" : `\\??\\D:\\Shares\\${access.share}`,
  };
  const tail = { AccessMask: access.mask, AccessList: "%%4416\n\t\t\t\t" };
  if (access.path === "") return security({ host: access.host, at_ms: access.at_ms }, 5140, { ...head, ...tail });
  return security({ host: access.host, at_ms: access.at_ms }, 5145, {
    ...head,
    RelativeTargetName: access.path,
    ...tail,
    AccessReason: "-",
  });
}

export const serviceInstalled = (
  at_ms: number,
  by: { host: Host; account: string; logonId: string },
  service: { name: string; path: string; account: string },
): Emission =>
  security({ host: by.host, at_ms }, 4697, {
    ...subject(by.account, by.logonId, by.host),
    ServiceName: service.name,
    ServiceFileName: service.path,
    ServiceType: "0x10",
    ServiceStartType: "3",
    ServiceAccount: service.account,
  });

export const taskCreated = (
  at_ms: number,
  by: { host: Host; account: string; logonId: string },
  task: { name: string; command: string },
): Emission =>
  security({ host: by.host, at_ms }, 4698, {
    ...subject(by.account, by.logonId, by.host),
    TaskName: task.name,
    TaskContent: `<?xml version="1.0" encoding="UTF-16"?><Task version="1.2"><Actions><Exec><Command>${task.command}</Command></Exec></Actions></Task>`,
  });

export const logCleared = (at_ms: number, by: { host: Host; account: string; logonId: string }): Emission =>
  windowsEvent({
    host: by.host,
    at_ms,
    channel: "Security",
    provider: "Microsoft-Windows-Eventlog",
    providerGuid: "{fc65ddd8-d6ef-4962-83d5-6e5cfe9ce148}",
    id: 1102,
    level: 4,
    keywords: "0x4020000000000000",
    task: 104,
    message: "The audit log was cleared.",
    data: subject(by.account, by.logonId, by.host),
  });

export const credentialsRead = (at_ms: number, by: Process): Emission =>
  security({ host: by.host, at_ms }, 5379, {
    ...subject(by.user, by.logonId, by.host),
    TargetName: "MicrosoftOffice16_Data:orgid",
    Type: "0",
    CountOfCredentialsReturned: "1",
    ReadOperation: "%%8100",
    ReturnCode: "0",
    ProcessCreationTime: new Date(at_ms - 60_000).toISOString(),
    ClientProcessId: String(by.pid),
  });

function security(at: { host: Host; at_ms: number }, id: number, data: Record<string, string>): Emission {
  return windowsEvent({
    ...at,
    channel: "Security",
    provider: "Microsoft-Windows-Security-Auditing",
    providerGuid: "{54849625-5478-4994-a5ba-3e3b0328c30d}",
    id,
    level: 0,
    keywords: id === 4625 ? "0x8010000000000000" : "0x8020000000000000",
    task: 12_544,
    message: TITLES[id] ?? "Security event.",
    data,
  });
}

function subject(account: string | undefined, logonId: string, host: Host): Record<string, string> {
  if (account === undefined)
    return { SubjectUserSid: "S-1-0-0", SubjectUserName: "-", SubjectDomainName: "-", SubjectLogonId: "0x0" };
  if (account === SYSTEM)
    return {
      SubjectUserSid: "S-1-5-18",
      SubjectUserName: `${host.name.toUpperCase()}$`,
      SubjectDomainName: host.netbios,
      SubjectLogonId: "0x3e7",
    };
  return {
    SubjectUserSid: sidOf(account),
    SubjectUserName: nameOf(account),
    SubjectDomainName: domainOf(account),
    SubjectLogonId: logonId,
  };
}

const TITLES: Readonly<Record<number, string>> = {
  4624: "An account was successfully logged on.",
  4625: "An account failed to log on.",
  4634: "An account was logged off.",
  4672: "Special privileges assigned to new logon.",
  4697: "A service was installed in the system.",
  4698: "A scheduled task was created.",
  4768: "A Kerberos authentication ticket (TGT) was requested.",
  4769: "A Kerberos service ticket was requested.",
  4776: "The computer attempted to validate the credentials for an account.",
  5140: "A network share object was accessed.",
  5145: "A network share object was checked to see whether client can be granted desired access.",
  5379: "Credential Manager credentials were read.",
};
