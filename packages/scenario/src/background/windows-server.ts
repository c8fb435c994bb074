/** windows-server: a Windows server's day: service accounts, monitoring, the nightly backup, an administrator now and then; a domain controller's tickets. */
import type { Some } from "../random.ts";
import { logoff, logon, ntlmValidation, serviceTicket, specialPrivileges, ticketGranting } from "../security.ts";
import { connection, fileCreate, pipe, processCreate, processEnd } from "../sysmon.ts";
import { scriptBlock } from "../windows-system.ts";
import { fileOf, spawn, standing, type Emission, type Person } from "../world.ts";
import { workOf, type Activity, type Scene } from "./activity.ts";
import { WINDOWS_CHORES } from "./windows.ts";

export const windowsServer = (scene: Scene, records: number): Emission[] => [
  ...workOf(scene, SERVER_WORK, records * 0.6),
  ...workOf(scene, WINDOWS_CHORES, records * 0.4),
];

export const domainController = (scene: Scene, records: number): Emission[] => [
  ...workOf(scene, CONTROLLER_WORK, records * 0.7),
  ...workOf(scene, WINDOWS_CHORES, records * 0.3),
];

const SERVER_WORK: Some<Activity> = [
  { weight: 6, curve: "even", run: serviceSession },
  { weight: 4, curve: "even", run: application },
  { weight: 2, curve: "even", run: healthScript },
  { weight: 1, curve: "night", run: backup },
  { weight: 0.4, curve: "office", run: administration },
];

const CONTROLLER_WORK: Some<Activity> = [
  { weight: 10, curve: "office", run: machineTickets },
  { weight: 6, curve: "even", run: serviceTickets },
  { weight: 3, curve: "even", run: replication },
  { weight: 1, curve: "even", run: oldApplication },
];

/** A network logon of a service account from the monitoring or the application. */
function serviceSession({ world, host, random }: Scene, at_ms: number): Emission[] {
  const account = `${world.domain.netbios}\\${random.pick(["svc-backup", "svc-payroll", "svc-sql"])}`;
  const logonId = `0x${random.hex(6)}`;
  const from = { name: "pay-app-01", address: "10.20.0.30" };
  return [
    logon({ at_ms, host, account, logonId, type: 3, package: "Kerberos", from }),
    ...(random.chance(0.3) ? [specialPrivileges(at_ms + 1, host, { account, logonId })] : []),
    logoff(at_ms + random.int(2000, 90_000), host, { name: account, logonId, type: 3 }),
  ];
}

const APPLICATIONS: Readonly<Record<string, Some<string>>> = {
  "pay-app-01": ["C:\\Program Files\\Fernhill Payroll\\payroll-server.exe"],
  "pay-db-01": ["C:\\Program Files\\Microsoft SQL Server\\MSSQL16.PAYROLL\\MSSQL\\Binn\\sqlservr.exe"],
  "wsus-01": ["C:\\Program Files\\Update Services\\Services\\WsusService.exe"],
};

function application({ host, random }: Scene, at_ms: number): Emission[] {
  const image = random.pick(APPLICATIONS[host.name] ?? ["C:\\Windows\\System32\\dfsrs.exe"]);
  const service = spawn(standing(host, "services.exe"), image, { at_ms, pid: 2000 + 4 * (image.length % 90) });
  const folder = host.name.startsWith("pay-db") ? "D:\\SQL\\Log" : "D:\\Data\\Temp";
  return [
    connection(at_ms, service, { address: "10.20.0.31", name: "pay-db-01.corp.fernhill.example", port: 1433 }),
    fileCreate(at_ms + 60, service, `${folder}\\${fileOf(image).slice(0, 5)}-${random.hex(6)}.trn`),
    ...(random.chance(0.3) ? [pipe(at_ms + 80, service, { name: "\\sql\\query", created: false })] : []),
  ];
}

/** Signed monitoring script run by a task: PowerShell that nobody should wonder about. */
function healthScript({ host, random }: Scene, at_ms: number): Emission[] {
  const image = "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe";
  const script = "C:\\Program Files\\Fernhill\\Health\\check-disk.ps1";
  const shell = spawn(standing(host, "svchost.exe"), image, {
    at_ms,
    command: `"${image}" -NoProfile -File "${script}"`,
  });
  return [
    processCreate(at_ms, shell),
    scriptBlock(at_ms + 600, shell, {
      text: "$free = (Get-PSDrive -Name C).Free\nif ($free -lt 20GB) { Write-EventLog -LogName Application -Source Health -EventId 7 -Message $free }",
      path: script,
    }),
    processEnd(at_ms + random.int(1500, 6000), shell),
  ];
}

function backup({ host, random }: Scene, at_ms: number): Emission[] {
  const agent = spawn(standing(host, "services.exe"), "C:\\Program Files\\Fernhill Backup\\backup-agent.exe", {
    at_ms,
  });
  return [
    processCreate(at_ms, agent),
    connection(at_ms + 300, agent, { address: "10.20.0.60", name: "backup-01.corp.fernhill.example", port: 8443 }),
    ...Array.from({ length: random.int(2, 6) }, (_, at) =>
      fileCreate(at_ms + 900 + at * 4000, agent, `D:\\Backup\\Staging\\block-${random.hex(8)}.dat`),
    ),
    processEnd(at_ms + random.int(60_000, 900_000), agent),
  ];
}

/** A named administrator by remote desktop from the own workstation through the jump host. */
function administration({ world, host, random }: Scene, at_ms: number): Emission[] {
  const admin = administratorOf(world.people.get(random.pick(["adm-hall", "adm-kaur"])));
  if (admin === undefined) return [];
  const logonId = world.logonId(host, admin.account);
  const tool = spawn(
    { ...standing(host, "services.exe"), user: admin.account, logonId, integrity: "High" },
    "C:\\Windows\\System32\\mmc.exe",
    {
      at_ms: at_ms + 9000,
      command: '"C:\\Windows\\System32\\mmc.exe" "C:\\Windows\\System32\\compmgmt.msc"',
    },
  );
  return [
    logon({
      at_ms,
      host,
      account: admin.account,
      logonId,
      type: 10,
      package: "Negotiate",
      from: { name: "jump-01", address: "10.20.0.40" },
    }),
    specialPrivileges(at_ms + 2, host, { account: admin.account, logonId }),
    processCreate(at_ms + 9000, tool),
    processEnd(at_ms + 300_000, tool),
    logoff(at_ms + 600_000, host, { name: admin.account, logonId, type: 10 }),
  ];
}

const administratorOf = (person: Person | undefined): Person | undefined =>
  person?.privileged === true ? person : undefined;

function machineTickets({ world, host, random }: Scene, at_ms: number): Emission[] {
  const machines = [...world.hosts.values()].filter((candidate) => candidate.windows);
  const machine = machines[random.int(0, machines.length - 1)];
  if (machine === undefined) return [];
  const account = `${world.domain.netbios}\\${machine.name.toUpperCase()}$`;
  const realm = world.domain.dns.toUpperCase();
  const logonId = `0x${random.hex(6)}`;
  return [
    ticketGranting({
      at_ms,
      controller: host,
      account,
      from: machine.address,
      service: "krbtgt",
      encryption: "0x12",
      realm,
    }),
    serviceTicket({
      at_ms: at_ms + 14,
      controller: host,
      account,
      from: machine.address,
      service: `${host.name.toUpperCase()}$`,
      encryption: "0x12",
      realm,
    }),
    logon({
      at_ms: at_ms + 30,
      host,
      account,
      logonId,
      type: 3,
      package: "Kerberos",
      from: { name: machine.name, address: machine.address },
    }),
    logoff(at_ms + random.int(9000, 60_000), host, { name: account, logonId, type: 3 }),
  ];
}

function serviceTickets({ world, host, random }: Scene, at_ms: number): Emission[] {
  const account = `${world.domain.netbios}\\${random.pick(["svc-backup", "svc-payroll", "svc-sql"])}`;
  return [
    serviceTicket({
      at_ms,
      controller: host,
      account,
      from: "10.20.0.30",
      service: random.pick(["PAY-DB-01$", "FS-01$", "svc-sql"]),
      encryption: "0x12",
      realm: world.domain.dns.toUpperCase(),
    }),
  ];
}

function replication({ world, host, random }: Scene, at_ms: number): Emission[] {
  const partner = world.domainControllers.find((controller) => controller !== host);
  if (partner === undefined) return [];
  const account = `${world.domain.netbios}\\${partner.name.toUpperCase()}$`;
  const logonId = `0x${random.hex(6)}`;
  return [
    logon({
      at_ms,
      host,
      account,
      logonId,
      type: 3,
      package: "Kerberos",
      from: { name: partner.name, address: partner.address },
    }),
    connection(at_ms + 40, standing(host, "lsass.exe"), { address: partner.address, name: partner.fqdn, port: 135 }),
    logoff(at_ms + random.int(1000, 20_000), host, { name: account, logonId, type: 3 }),
  ];
}

/** The scanners' old software still validates by NTLM. */
function oldApplication({ world, host }: Scene, at_ms: number): Emission[] {
  return [ntlmValidation(at_ms, host, { account: `${world.domain.netbios}\\svc-payroll`, workstation: "pay-app-01" })];
}
