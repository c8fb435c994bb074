/** windows: what any Windows host does all day without a person: services, tasks, updates, its protection. */
import type { Some } from "../random.ts";
import {
  connection,
  dnsQuery,
  fileCreate,
  imageLoad,
  pipe,
  processAccess,
  processCreate,
  processEnd,
  registrySet,
} from "../sysmon.ts";
import { defender, serviceStartType, serviceState, taskFinished, taskStarted } from "../windows-system.ts";
import { spawn, standing, type Emission } from "../world.ts";
import type { Activity, Scene } from "./activity.ts";

export const WINDOWS_CHORES: Some<Activity> = [
  { weight: 5, curve: "even", run: taskRun },
  { weight: 4, curve: "even", run: serviceHost },
  { weight: 3, curve: "even", run: nameLookups },
  { weight: 3, curve: "even", run: settingsWritten },
  { weight: 2, curve: "even", run: protection },
  { weight: 2, curve: "even", run: inventory },
  { weight: 1, curve: "even", run: serviceStates },
  { weight: 1, curve: "night", run: update },
];

const TASKS: Some<readonly [string, string, string]> = [
  ["\\Microsoft\\Windows\\Defrag\\ScheduledDefrag", "C:\\Windows\\System32\\defrag.exe", "-c -h -k -g -$"],
  ["\\Microsoft\\Windows\\DiskCleanup\\SilentCleanup", "C:\\Windows\\System32\\cleanmgr.exe", "/autoclean /d C:"],
  [
    "\\Microsoft\\Windows\\Customer Experience Improvement Program\\Consolidator",
    "C:\\Windows\\System32\\wsqmcons.exe",
    "",
  ],
  ["\\Microsoft\\Windows\\Time Synchronization\\SynchronizeTime", "C:\\Windows\\System32\\taskhostw.exe", ""],
  [
    "\\MicrosoftEdgeUpdateTaskMachineUA",
    "C:\\Program Files (x86)\\Microsoft\\EdgeUpdate\\MicrosoftEdgeUpdate.exe",
    "/ua /installsource scheduler",
  ],
];

function taskRun({ host, random }: Scene, at_ms: number): Emission[] {
  const [task, image, args] = random.pick(TASKS);
  const process = spawn(standing(host, "svchost.exe"), image, { at_ms, command: `"${image}" ${args}`.trimEnd() });
  const end = at_ms + random.int(2000, 40_000);
  return [
    taskStarted(at_ms, host, { task, account: "NT AUTHORITY\\SYSTEM" }),
    processCreate(at_ms + 12, process),
    imageLoad(at_ms + 30, process, "C:\\Windows\\System32\\taskschd.dll"),
    processEnd(end, process),
    taskFinished(end + 8, host, { task, action: image }),
  ];
}

function serviceHost({ host, random }: Scene, at_ms: number): Emission[] {
  const group = random.pick([
    "netsvcs -p -s wuauserv",
    "netsvcs -p -s BITS",
    "LocalService -p -s NcbService",
    "appmodel -p -s camsvc",
  ]);
  const process = spawn(standing(host, "services.exe"), "C:\\Windows\\System32\\svchost.exe", {
    at_ms,
    command: `C:\\Windows\\System32\\svchost.exe -k ${group}`,
  });
  return [
    processCreate(at_ms, process),
    imageLoad(at_ms + 20, process, "C:\\Windows\\System32\\policymanager.dll"),
    processAccess(at_ms + 25, standing(host, "services.exe"), { target: process, mask: "0x1400" }),
    processEnd(at_ms + random.int(20_000, 400_000), process),
  ];
}

function nameLookups({ world, host, random }: Scene, at_ms: number): Emission[] {
  const by = standing(host, "svchost.exe");
  const controller = world.domainControllers[0];
  if (controller === undefined) return [];
  return [
    dnsQuery(at_ms, by, { name: controller.fqdn, address: controller.address }),
    connection(at_ms + 15, by, {
      address: controller.address,
      name: controller.fqdn,
      port: random.pick([88, 389, 135, 445]),
    }),
  ];
}

function settingsWritten({ host, random }: Scene, at_ms: number): Emission[] {
  const by = standing(host, random.pick(["svchost.exe", "inventory-agent.exe"]));
  const keys = [
    "HKLM\\System\\CurrentControlSet\\Services\\W32Time\\Config\\LastKnownGoodTime",
    "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update\\LastOnlineScanTimeForAppCategory",
    "HKLM\\System\\CurrentControlSet\\Services\\bam\\State\\UserSettings\\S-1-5-18\\Version",
    "HKLM\\SOFTWARE\\Fernhill\\Inventory\\LastRun",
  ] as const;
  return Array.from({ length: random.int(1, 4) }, (_, at) =>
    registrySet(at_ms + at * 30, by, {
      key: random.pick(keys),
      details: `QWORD (0x01dc${random.hex(4)}-0x${random.hex(8)})`,
    }),
  );
}

function protection({ host, random }: Scene, at_ms: number): Emission[] {
  const engine = standing(host, "MsMpEng.exe");
  const scan = `{${random.hex(8).toUpperCase()}-0000-4000-8000-${random.hex(12).toUpperCase()}}`;
  return [
    processAccess(at_ms, engine, { target: standing(host, "lsass.exe"), mask: "0x1000" }),
    random.chance(0.3)
      ? defender({ at_ms: at_ms + 40, host }, 2000, {
          "Current security intelligence Version": `1.441.${random.int(100, 900)}.0`,
        })
      : defender({ at_ms: at_ms + 40, host }, 1000, {
          "Scan ID": scan,
          "Scan Type": "Antimalware",
          "Scan Parameters": "Quick Scan",
        }),
    fileCreate(
      at_ms + 90,
      engine,
      `C:\\ProgramData\\Microsoft\\Windows Defender\\Scans\\History\\Service\\${random.hex(8)}.bin`,
    ),
  ];
}

function inventory({ host, random }: Scene, at_ms: number): Emission[] {
  const agent = standing(host, "inventory-agent.exe");
  return [
    processAccess(at_ms, agent, { target: standing(host, "svchost.exe"), mask: "0x1400" }),
    dnsQuery(at_ms + 20, agent, { name: "inventory.fernhill.example", address: "10.20.0.41" }),
    connection(at_ms + 40, agent, { address: "10.20.0.41", name: "inventory.fernhill.example", port: 443 }),
    fileCreate(at_ms + 60, agent, `C:\\ProgramData\\Fernhill\\Inventory\\report-${random.hex(6)}.json`),
    pipe(at_ms + 80, agent, { name: "\\fernhill-inventory", created: false }),
  ];
}

function serviceStates({ host, random }: Scene, at_ms: number): Emission[] {
  const service = random.pick([
    "Windows Update",
    "Windows Modules Installer",
    "WinHTTP Web Proxy Auto-Discovery Service",
    "Software Protection",
  ]);
  if (random.chance(0.2)) return [serviceStartType(at_ms, host, { from: "auto start", to: "demand start" })];
  return [
    serviceState(at_ms, host, { service, state: "running" }),
    serviceState(at_ms + random.int(60_000, 600_000), host, { service, state: "stopped" }),
  ];
}

function update({ host, random }: Scene, at_ms: number): Emission[] {
  const installer = spawn(standing(host, "services.exe"), "C:\\Windows\\servicing\\TrustedInstaller.exe", { at_ms });
  const worker = spawn(
    standing(host, "svchost.exe"),
    "C:\\Windows\\WinSxS\\amd64_microsoft-windows-servicingstack_31bf3856ad364e35_10.0.22621.1_none\\TiWorker.exe",
    { at_ms: at_ms + 50 },
  );
  const files = Array.from({ length: random.int(3, 8) }, (_, at) =>
    fileCreate(
      at_ms + 1000 + at * 200,
      worker,
      `C:\\Windows\\SoftwareDistribution\\Download\\${random.hex(16)}\\package-${at}.cab`,
    ),
  );
  return [
    processCreate(at_ms, installer),
    processCreate(at_ms + 50, worker),
    ...files,
    processEnd(at_ms + 90_000, worker),
  ];
}
