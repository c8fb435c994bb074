/** world: the hosts, people and running processes of one run. Everything that two records must agree on lives here:
 *  process ids and GUIDs, logon ids, record numbers, addresses. */
import type { Random } from "./random.ts";
import { digest, seeded } from "./random.ts";
import type { Scenario, ScenarioEstate } from "./scenario.ts";

/** One record to be written. `write` is called once, in order of time, so that record numbers rise. */
export interface Emission {
  readonly at_ms: number;
  readonly input: "syslog-udp" | "syslog-tcp" | "http";
  readonly source: string;
  readonly write: () => string;
}

export interface Person {
  readonly name: string;
  readonly fullName: string;
  readonly privileged: boolean;
  /** DOMAIN\name. */
  readonly account: string;
}

export interface Process {
  readonly host: Host;
  readonly image: string;
  readonly command: string;
  readonly cwd: string;
  readonly pid: number;
  readonly guid: string;
  /** DOMAIN\name or NT AUTHORITY\SYSTEM. */
  readonly user: string;
  readonly logonId: string;
  readonly integrity: string;
  readonly parent: Process | undefined;
}

export interface Host {
  readonly name: string;
  readonly fqdn: string;
  readonly netbios: string;
  readonly address: string;
  readonly os: string;
  readonly kind: string;
  readonly windows: boolean;
  /** Clients send flat JSON, servers Winlogbeat's: both shapes are in the field. */
  readonly shape: "flat" | "winlogbeat";
  readonly random: Random;
  /** Windows: the processes that are there since boot, by file name. */
  readonly standing: Map<string, Process>;
  readonly counters: Map<string, number>;
  nextPid: number;
}

export interface World {
  readonly domain: Scenario["domain"];
  readonly hosts: ReadonlyMap<string, Host>;
  readonly people: ReadonlyMap<string, Person>;
  readonly domainControllers: readonly Host[];
  /** The person who sits at a client; undefined for servers. */
  userOf(host: Host): Person | undefined;
  logonId(host: Host, account: string): string;
}

export const SYSTEM = "NT AUTHORITY\\SYSTEM";

export function buildWorld(scenario: Scenario, estate: ScenarioEstate, seed: string): World {
  const { domain } = scenario;
  const hosts = new Map<string, Host>();
  for (const asset of estate.assets) {
    const random = seeded(`${seed}/host/${asset.name}`);
    const windows = asset.os.startsWith("Windows");
    const host: Host = {
      name: asset.name,
      fqdn: `${asset.name}.${domain.dns}`,
      netbios: domain.netbios,
      address: asset.addresses[0] ?? "",
      os: asset.os,
      kind: asset.kind,
      windows,
      shape: asset.kind === "workstation" ? "flat" : "winlogbeat",
      random,
      standing: new Map(),
      counters: new Map(),
      nextPid: windows ? 4 * random.int(900, 1600) : random.int(1200, 9000),
    };
    hosts.set(asset.name, host);
    if (windows) boot(host);
  }
  const people = new Map<string, Person>();
  for (const identity of estate.identities) {
    people.set(identity.name, {
      name: identity.name,
      fullName: identity.full_name,
      privileged: identity.privileged,
      account: `${domain.netbios}\\${identity.name}`,
    });
  }
  const seats = seatPeople(estate, people);
  for (const [asset, person] of seats) {
    const host = hosts.get(asset);
    if (host?.windows) signIn(host, person);
  }
  return {
    domain,
    hosts,
    people,
    domainControllers: [...hosts.values()].filter((host) => host.kind === "domain-controller"),
    userOf: (host) => seats.get(host.name),
    logonId,
  };
}

/** Starts a process; only its record makes it visible. */
export function spawn(from: Process, image: string, more: Partial<Process> & { at_ms: number }): Process {
  const { host } = from;
  return {
    host,
    image,
    command: more.command ?? `"${image}"`,
    cwd: more.cwd ?? (from.user === SYSTEM ? "C:\\Windows\\system32\\" : `C:\\Users\\${nameOf(from.user)}\\`),
    pid: more.pid ?? nextPid(host),
    guid: guidOf(host, more.at_ms),
    user: more.user ?? from.user,
    logonId: more.logonId ?? from.logonId,
    integrity: more.integrity ?? from.integrity,
    parent: from,
  };
}

export function nextPid(host: Host): number {
  host.nextPid += host.windows ? 4 * host.random.int(1, 40) : host.random.int(1, 30);
  if (host.nextPid > (host.windows ? 65_000 : 4_000_000)) host.nextPid = 4000;
  return host.nextPid;
}

/** The running number of a log of this host; call it while writing. */
export function nextNumber(host: Host, log: string): number {
  const number =
    (host.counters.get(log) ?? 20_000 + (Number.parseInt(digest(`${host.name}/${log}`, 5), 16) % 900_000)) + 1;
  host.counters.set(log, number);
  return number;
}

/** The process with this file name that runs since boot (or since sign-in for explorer.exe). */
export function standing(host: Host, file: string): Process {
  const found = host.standing.get(file) ?? host.standing.get("services.exe");
  if (found === undefined) throw new RangeError(`${host.name} is no Windows host: no ${file} runs there`);
  return found;
}

export const nameOf = (account: string): string => account.slice(account.indexOf("\\") + 1);
export const domainOf = (account: string): string => account.slice(0, Math.max(0, account.indexOf("\\")));
export const fileOf = (path: string): string => path.slice(path.lastIndexOf("\\") + 1);

/** SID of an account as records show it. */
export const sidOf = (account: string): string =>
  domainOf(account) === "NT AUTHORITY"
    ? "S-1-5-18"
    : `${DOMAIN_SID}-${1104 + (Number.parseInt(digest(nameOf(account), 4), 16) % 900)}`;

const DOMAIN_SID = "S-1-5-21-1724653091-884215340-3011927455";

function logonId(host: Host, account: string): string {
  if (account === SYSTEM) return "0x3e7";
  return `0x${(0x40000 + (Number.parseInt(digest(`${host.name}/${account}`, 6), 16) % 0x800000)).toString(16)}`;
}

/** Clients go to people of the owning team in order; whoever is left over shares none. */
function seatPeople(estate: ScenarioEstate, people: ReadonlyMap<string, Person>): Map<string, Person> {
  const seats = new Map<string, Person>();
  const taken = new Set<string>();
  for (const asset of estate.assets) {
    if (asset.kind !== "workstation") continue;
    const identity = estate.identities.find(
      (candidate) => candidate.kind === "person" && candidate.team === asset.owner && !taken.has(candidate.name),
    );
    const person = identity === undefined ? undefined : people.get(identity.name);
    if (person === undefined) continue;
    taken.add(person.name);
    seats.set(asset.name, person);
  }
  return seats;
}

function boot(host: Host): void {
  for (const { image, parent, command } of BOOT) {
    const pid = image === "System" ? 4 : nextPid(host);
    host.standing.set(fileOf(image), {
      host,
      image,
      command: command ?? image,
      cwd: "C:\\Windows\\system32\\",
      pid,
      guid: guidOf(host, BOOT_MS + pid * 1000),
      user: SYSTEM,
      logonId: "0x3e7",
      integrity: "System",
      parent: parent === undefined ? undefined : host.standing.get(parent),
    });
  }
}

/** Some start in the past; only process GUIDs show it. */
const BOOT_MS = Date.UTC(2026, 9, 30, 4, 0, 0);
const DEFENDER = "C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\4.18.25080.5-0";
const S32 = "C:\\Windows\\System32";
const BOOT: readonly { image: string; parent?: string; command?: string }[] = [
  { image: "System" },
  { image: `${S32}\\wininit.exe` },
  { image: `${S32}\\winlogon.exe` },
  { image: `${S32}\\services.exe`, parent: "wininit.exe" },
  { image: `${S32}\\lsass.exe`, parent: "wininit.exe" },
  { image: `${S32}\\svchost.exe`, parent: "services.exe", command: `${S32}\\svchost.exe -k netsvcs -p` },
  { image: `${S32}\\spoolsv.exe`, parent: "services.exe" },
  {
    image: `${S32}\\wbem\\WmiPrvSE.exe`,
    parent: "svchost.exe",
    command: `${S32}\\wbem\\wmiprvse.exe -secured -Embedding`,
  },
  { image: `${DEFENDER}\\MsMpEng.exe`, parent: "services.exe", command: `"${DEFENDER}\\MsMpEng.exe"` },
  { image: "C:\\Program Files\\Fernhill\\Inventory\\inventory-agent.exe", parent: "services.exe" },
];

function signIn(host: Host, person: Person): void {
  host.standing.set("explorer.exe", {
    host,
    image: "C:\\Windows\\explorer.exe",
    command: "C:\\Windows\\Explorer.EXE",
    cwd: "C:\\Windows\\system32\\",
    pid: nextPid(host),
    guid: guidOf(host, BOOT_MS),
    user: person.account,
    logonId: logonId(host, person.account),
    integrity: "Medium",
    parent: standing(host, "winlogon.exe"),
  });
}

/** Like Sysmon's: the machine first, then the time, then a number. */
function guidOf(host: Host, at_ms: number): string {
  const machine = digest(host.name, 8);
  const seconds = Math.floor(at_ms / 1000)
    .toString(16)
    .padStart(8, "0")
    .slice(-8);
  const count = nextNumber(host, "guid").toString(16).padStart(8, "0");
  return `{${machine}-${seconds.slice(0, 4)}-${seconds.slice(4)}-${count.slice(4)}-${count.slice(0, 4)}00000500}`.toLowerCase();
}
