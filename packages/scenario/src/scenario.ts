/** scenario: the words of this package: what a scenario file says, what an estate must offer to it, and the records that come out. */

export interface ScenarioRecord {
  readonly at_ms: number;
  readonly input: "syslog-udp" | "syslog-tcp" | "http";
  /** Name of the HTTP source that would send it; for syslog the host that does. */
  readonly source: string;
  /** The record in its real format; syslog without the framing of the transport. */
  readonly text: string;
  readonly label: "background" | "attack";
  readonly step?: string;
  readonly techniques?: readonly string[];
}

/** The part of an estate file that scenarios read (structurally the contract of `holdfast estate import`). */
export interface ScenarioEstate {
  readonly assets: readonly {
    readonly name: string;
    readonly kind: string;
    readonly os: string;
    readonly addresses: readonly string[];
    readonly owner: string;
    readonly tags: readonly string[];
  }[];
  readonly identities: readonly {
    readonly name: string;
    readonly full_name: string;
    readonly kind: string;
    readonly team: string;
    readonly privileged: boolean;
  }[];
}

export interface Problem {
  /** 1-based line in the scenario file; 0 when the problem is between the file and the estate. */
  readonly line: number;
  readonly message: string;
}

export interface Scenario {
  readonly id: string;
  readonly title: string;
  readonly story: string;
  readonly duration_ms: number;
  /** What the office clock shows at the end of the run, minutes after midnight: places the working day in the run. */
  readonly ends_at_minutes: number;
  readonly domain: { readonly netbios: string; readonly dns: string };
  /** Role -> asset name. */
  readonly hosts: ReadonlyMap<string, string>;
  /** Role -> identity name. */
  readonly people: ReadonlyMap<string, string>;
  readonly background: readonly BackgroundPart[];
  readonly attack: readonly Step[];
}

export const PROFILES = [
  "windows-client",
  "windows-server",
  "domain-controller",
  "linux-server",
  "web-access",
  "cloudtrail",
  "kubernetes-audit",
] as const;
export type Profile = (typeof PROFILES)[number];

export interface BackgroundPart {
  readonly profile: Profile;
  /** Assets with this tag or of this kind. */
  readonly select: { readonly tag?: string; readonly kind?: string };
  /** Records per host in 24 hours. */
  readonly records: number;
  readonly line: number;
}

export interface Step {
  readonly id: string;
  readonly title: string;
  /** Milliseconds before the end of the run. */
  readonly before_end_ms: number;
  readonly techniques: readonly string[];
  /** Role of the host and of the person acting, unless an action says otherwise. */
  readonly on: string;
  readonly as: string;
  readonly actions: readonly PlacedAction[];
  readonly line: number;
}

export interface PlacedAction {
  readonly action: Action;
  /** Pause since the action before; undefined takes a few seconds. */
  readonly after_ms: number | undefined;
  readonly on: string | undefined;
  readonly as: string | undefined;
  readonly line: number;
}

export type Action =
  | { kind: "process"; id: string; parent: string; image: string; command: string; integrity: string; cwd: string }
  | { kind: "end"; by: string }
  | { kind: "file"; by: string; path: string }
  | { kind: "delete"; by: string; path: string }
  | { kind: "encrypt"; by: string; folder: string; extension: string; count: number; over_ms: number }
  | { kind: "dns"; by: string; name: string; address: string }
  | { kind: "connect"; by: string; to: string; port: number; count: number; over_ms: number }
  | { kind: "registry"; by: string; key: string; value: string }
  | { kind: "access"; by: string; target: string; mask: string }
  | { kind: "thread"; by: string; target: string }
  | { kind: "pipe"; by: string; name: string; created: boolean }
  | { kind: "script"; by: string; text: string }
  | { kind: "logon"; from: string; type: number; package: string; failed: number }
  | { kind: "ticket"; from: string; service: string; encryption: string }
  | { kind: "service"; name: string; path: string; account: string }
  | { kind: "task"; name: string; command: string }
  | { kind: "share"; from: string; share: string; path: string }
  | { kind: "log-cleared"; channel: string }
  | { kind: "defender"; event: string; text: string }
  | { kind: "ssh"; from: string; method: string; failed: number }
  | { kind: "sudo"; command: string }
  | { kind: "shell"; user: string; exe: string; command: string }
  | {
      kind: "web";
      from: string;
      method: string;
      url: string;
      status: number;
      agent: string;
      bytes: number;
      count: number;
    }
  | { kind: "cloud"; from: string; service: string; event: string; identity: string; parameters: string }
  | {
      kind: "kubernetes";
      from: string;
      verb: string;
      resource: string;
      name: string;
      namespace: string;
      request: string;
    };

export type ActionKind = Action["kind"];
export type ActionOf<K extends ActionKind> = Extract<Action, { kind: K }>;

/** {{role}} or {{role.part}} in the texts of actions. */
export const PLACEHOLDER = /\{\{([a-z0-9_-]+)(?:\.(address|fqdn|account|sid))?\}\}/g;

/** Programs that run on every Windows host since boot or sign-in: parents and targets without being started first. */
export const STANDING: readonly string[] = [
  "System",
  "wininit.exe",
  "winlogon.exe",
  "services.exe",
  "lsass.exe",
  "svchost.exe",
  "spoolsv.exe",
  "WmiPrvSE.exe",
  "MsMpEng.exe",
  "inventory-agent.exe",
  "explorer.exe",
];
