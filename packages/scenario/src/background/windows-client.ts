/** windows-client: a person's day at a Windows client: signing in, mail, documents, browsing, files on the shares. */
import type { Some } from "../random.ts";
import {
  credentialsRead,
  failedLogon,
  logon,
  logoff,
  serviceTicket,
  shareAccess,
  ticketGranting,
} from "../security.ts";
import {
  connection,
  dnsQuery,
  fileCreate,
  fileDelete,
  imageLoad,
  pipe,
  processCreate,
  processEnd,
  registrySet,
} from "../sysmon.ts";
import { nameOf, sidOf, spawn, standing, type Emission, type Host, type Person } from "../world.ts";
import { workOf, type Activity, type Scene } from "./activity.ts";
import { WINDOWS_CHORES } from "./windows.ts";

export function windowsClient(scene: Scene, records: number): Emission[] {
  const person = scene.world.userOf(scene.host);
  if (person === undefined) return workOf(scene, WINDOWS_CHORES, records);
  const activities: Some<Activity> = [
    { weight: 8, curve: "office", run: browse },
    { weight: 5, curve: "office", run: document },
    { weight: 4, curve: "office", run: mail },
    { weight: 4, curve: "office", run: (at, time) => share(at, time, person) },
    { weight: 2, curve: "office", run: (at, time) => unlock(at, time, person) },
    { weight: 2, curve: "office", run: desktop },
    { weight: 0.15, curve: "office", run: (at, time) => mistyped(at, time, person) },
  ];
  return [
    ...arrival(scene, person).filter((emission) => emission.at_ms < scene.day.end_ms),
    ...workOf(scene, activities, records * 0.7),
    ...workOf(scene, WINDOWS_CHORES, records * 0.3),
  ];
}

const SITES: Some<readonly [string, string]> = [
  ["news.example", "198.51.100.20"],
  ["intranet.fernhill.example", "10.20.0.50"],
  ["search.example", "198.51.100.31"],
  ["maps.example", "198.51.100.44"],
  ["bank.example", "198.51.100.60"],
  ["supplier.example", "198.51.100.71"],
  ["weather.example", "198.51.100.90"],
  ["cdn.search.example", "198.51.100.32"],
];

const EDGE = "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe";
const OFFICE = "C:\\Program Files\\Microsoft Office\\root\\Office16";

/** In the morning: the ticket, the logon, the shell's start. */
function arrival({ world, host, random, day }: Scene, person: Person): Emission[] {
  const at = Math.max(day.start_ms, day.at(7 * 60 + random.int(20, 120)));
  const logonId = world.logonId(host, person.account);
  const [controller] = world.domainControllers;
  const shell = standing(host, "explorer.exe");
  const here = { name: host.name, address: host.address };
  return [
    ...(controller === undefined
      ? []
      : [
          ticketGranting({
            at_ms: at,
            controller,
            account: person.account,
            from: host.address,
            service: "krbtgt",
            encryption: "0x12",
            realm: world.domain.dns.toUpperCase(),
          }),
        ]),
    logon({ at_ms: at + 300, host, account: person.account, logonId, type: 2, package: "Negotiate", from: here }),
    processCreate(at + 2000, shell),
    registrySet(at + 4000, shell, {
      key: `HKU\\${sidOf(person.account)}\\Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\SessionInfo\\1\\ApplicationViewManagement`,
      details: "Binary Data",
    }),
  ];
}

function browse({ host, random }: Scene, at_ms: number): Emission[] {
  const shell = standing(host, "explorer.exe");
  const browser = spawn(shell, EDGE, { at_ms, command: `"${EDGE}" --profile-directory=Default` });
  const tab = spawn(browser, EDGE, {
    at_ms: at_ms + 200,
    command: `"${EDGE}" --type=renderer --lang=en-GB`,
    integrity: "Low",
  });
  const work: Emission[] = [processCreate(at_ms, browser), processCreate(at_ms + 200, tab)];
  for (let visit = random.int(2, 6), at = at_ms + 900; visit > 0; visit--, at += random.int(2000, 90_000)) {
    const [name, address] = random.pick(SITES);
    work.push(dnsQuery(at, browser, { name, address }), connection(at + 40, browser, { address, name, port: 443 }));
    if (random.chance(0.25))
      work.push(
        fileCreate(
          at + 900,
          browser,
          `C:\\Users\\${nameOf(browser.user)}\\AppData\\Local\\Microsoft\\Edge\\User Data\\Default\\Cache\\f_${random.hex(6)}`,
        ),
      );
  }
  work.push(
    pipe(at_ms + 500, browser, {
      name: `\\LOCAL\\crashpad_${browser.pid}_${random.hex(12).toUpperCase()}`,
      created: true,
    }),
    processEnd(at_ms + random.int(100_000, 900_000), tab),
  );
  return work;
}

function document({ host, random }: Scene, at_ms: number): Emission[] {
  const [app, extension] = random.pick([
    ["EXCEL.EXE", "xlsx"],
    ["WINWORD.EXE", "docx"],
    ["POWERPNT.EXE", "pptx"],
  ] as const);
  const image = `${OFFICE}\\${app}`;
  const user = nameOf(standing(host, "explorer.exe").user);
  const file = `C:\\Users\\${user}\\Documents\\${random.pick(["Forecast", "Invoices", "Stock", "Minutes", "Offer", "Plan"])}-${random.int(1, 60)}.${extension}`;
  const editor = spawn(standing(host, "explorer.exe"), image, { at_ms, command: `"${image}" "${file}"` });
  const end = at_ms + random.int(120_000, 2_400_000);
  return [
    processCreate(at_ms, editor),
    imageLoad(at_ms + 200, editor, "C:\\Windows\\System32\\msxml6.dll"),
    dnsQuery(at_ms + 900, editor, { name: "docs.officehost.example", address: "198.51.100.10" }),
    connection(at_ms + 950, editor, { address: "198.51.100.10", name: "docs.officehost.example", port: 443 }),
    fileCreate(at_ms + 1200, editor, `C:\\Users\\${user}\\Documents\\~$${file.slice(file.lastIndexOf("\\") + 3)}`),
    fileCreate(end - 2000, editor, file),
    registrySet(end - 1500, editor, {
      key: `HKU\\${sidOf(editor.user)}\\Software\\Microsoft\\Office\\16.0\\${app === "EXCEL.EXE" ? "Excel" : "Word"}\\File MRU\\Item 1`,
      details: `[F00000000]*${file}`,
    }),
    fileDelete(end - 400, editor, `C:\\Users\\${user}\\Documents\\~$${file.slice(file.lastIndexOf("\\") + 3)}`),
    processEnd(end, editor),
  ];
}

function mail({ host, random }: Scene, at_ms: number): Emission[] {
  const image = `${OFFICE}\\OUTLOOK.EXE`;
  const outlook = spawn(standing(host, "explorer.exe"), image, { at_ms, command: `"${image}"` });
  return [
    processCreate(at_ms, outlook),
    credentialsRead(at_ms + 300, outlook),
    dnsQuery(at_ms + 700, outlook, { name: "mail-01.corp.fernhill.example", address: "10.20.0.50" }),
    connection(at_ms + 720, outlook, { address: "10.20.0.50", name: "mail-01.corp.fernhill.example", port: 993 }),
    fileCreate(
      at_ms + 4000,
      outlook,
      `C:\\Users\\${nameOf(outlook.user)}\\AppData\\Local\\Microsoft\\Outlook\\RoamCache\\Stream_${random.hex(8)}.dat`,
    ),
    processEnd(at_ms + random.int(600_000, 5_000_000), outlook),
  ];
}

/** A file on a share: Kerberos at the controller, the connection here, the access there. */
function share({ world, host, random }: Scene, at_ms: number, person: Person): Emission[] {
  const server = world.hosts.get(random.pick(["fs-01", "fs-02"]));
  const [controller] = world.domainControllers;
  if (server === undefined || controller === undefined) return [];
  const session = world.logonId(server, `${person.account}/${at_ms}`);
  const folder = random.pick(["Sales", "Common", "Projects", "Templates"]);
  return [
    serviceTicket({
      at_ms,
      controller,
      account: person.account,
      from: host.address,
      service: `${server.name.toUpperCase()}$`,
      encryption: "0x12",
      realm: world.domain.dns.toUpperCase(),
    }),
    connection(at_ms + 20, standing(host, "System"), { address: server.address, name: server.fqdn, port: 445 }),
    logon({
      at_ms: at_ms + 60,
      host: server,
      account: person.account,
      logonId: session,
      type: 3,
      package: "Kerberos",
      from: { name: host.name, address: host.address },
    }),
    ...shareReads(server, { at_ms: at_ms + 90, account: person.account, logonId: session, from: host, folder }),
    logoff(at_ms + random.int(20_000, 600_000), server, { name: person.account, logonId: session, type: 3 }),
  ];
}

function shareReads(
  server: Host,
  access: { at_ms: number; account: string; logonId: string; from: Host; folder: string },
): Emission[] {
  const { random } = access.from;
  const one = (at_ms: number, path: string): Emission =>
    shareAccess({
      at_ms,
      host: server,
      account: access.account,
      logonId: access.logonId,
      from: access.from.address,
      share: access.folder,
      path,
      mask: "0x120089",
    });
  return [
    one(access.at_ms, ""),
    ...Array.from({ length: random.int(1, 3) }, (_, at) =>
      one(access.at_ms + 30 + at * 400, `2026\\Note-${random.int(1, 400)}.docx`),
    ),
  ];
}

function unlock({ world, host, random }: Scene, at_ms: number, person: Person): Emission[] {
  const logonId = `0x${random.hex(6)}`;
  const here = { name: host.name, address: "127.0.0.1" };
  const [controller] = world.domainControllers;
  return [
    logon({ at_ms, host, account: person.account, logonId, type: 7, package: "Negotiate", from: here }),
    ...(controller === undefined
      ? []
      : [
          ticketGranting({
            at_ms: at_ms + 20,
            controller,
            account: person.account,
            from: host.address,
            service: "krbtgt",
            encryption: "0x12",
            realm: world.domain.dns.toUpperCase(),
          }),
        ]),
    logoff(at_ms + 900, host, { name: person.account, logonId, type: 7 }),
  ];
}

function desktop({ host, random }: Scene, at_ms: number): Emission[] {
  const tool = random.pick([
    "C:\\Windows\\System32\\notepad.exe",
    "C:\\Windows\\System32\\SnippingTool.exe",
    "C:\\Windows\\System32\\mspaint.exe",
    "C:\\Program Files\\7-Zip\\7zFM.exe",
  ]);
  const process = spawn(standing(host, "explorer.exe"), tool, { at_ms });
  return [
    processCreate(at_ms, process),
    imageLoad(at_ms + 60, process, "C:\\Windows\\System32\\uxtheme.dll"),
    processEnd(at_ms + random.int(9000, 400_000), process),
  ];
}

function mistyped({ host }: Scene, at_ms: number, person: Person): Emission[] {
  return [
    failedLogon({
      at_ms,
      host,
      account: person.account,
      type: 2,
      package: "Negotiate",
      from: { name: host.name, address: "127.0.0.1" },
    }),
  ];
}
