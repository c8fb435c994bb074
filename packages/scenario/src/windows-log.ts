/** windows-log: one Windows event in the two JSON shapes that are common in the field: flat (NXLog and its like) and Winlogbeat. */
import { nextNumber, type Emission, type Host } from "./world.ts";

export interface WindowsEvent {
  readonly host: Host;
  readonly at_ms: number;
  readonly channel: string;
  readonly provider: string;
  readonly providerGuid: string;
  readonly id: number;
  /** 1 critical, 2 error, 3 warning, 4 information, 0 always. */
  readonly level: number;
  readonly keywords: string;
  readonly task: number;
  readonly message: string;
  /** EventData in the order of the event's manifest. */
  readonly data: Readonly<Record<string, string>>;
}

export function windowsEvent(event: WindowsEvent): Emission {
  return {
    at_ms: event.at_ms,
    input: "http",
    source: event.host.shape === "flat" ? "windows-clients" : "windows-servers",
    write: () => JSON.stringify(event.host.shape === "flat" ? flat(event) : winlogbeat(event)),
  };
}

/** "2026-11-22 08:00:00.000", as Sysmon writes it. */
export const utcTime = (at_ms: number): string => new Date(at_ms).toISOString().replace("T", " ").replace("Z", "");

function flat(event: WindowsEvent): Record<string, unknown> {
  const time = new Date(event.at_ms).toISOString();
  return {
    SourceName: event.provider,
    ProviderGuid: event.providerGuid,
    Level: String(event.level),
    Keywords: event.keywords,
    Channel: event.channel,
    Hostname: event.host.fqdn,
    TimeCreated: time,
    "@timestamp": time,
    EventID: event.id,
    RecordNumber: nextNumber(event.host, event.channel),
    Message: event.message,
    Task: String(event.task),
    ...event.data,
  };
}

function winlogbeat(event: WindowsEvent): Record<string, unknown> {
  return {
    "@timestamp": new Date(event.at_ms).toISOString(),
    agent: { type: "winlogbeat", version: "8.17.0", name: event.host.name },
    ecs: { version: "8.0.0" },
    event: { code: String(event.id), kind: "event", provider: event.provider },
    host: { name: event.host.fqdn },
    log: { level: LEVELS[event.level] ?? "information" },
    message: event.message,
    winlog: {
      api: "wineventlog",
      channel: event.channel,
      computer_name: event.host.fqdn,
      event_data: event.data,
      event_id: String(event.id),
      keywords: [event.keywords === "0x8010000000000000" ? "Audit Failure" : "Audit Success"],
      opcode: "Info",
      process: { pid: 3204, thread: { id: 4412 } },
      provider_guid: event.providerGuid,
      provider_name: event.provider,
      record_id: nextNumber(event.host, event.channel),
      task: String(event.task),
    },
  };
}

const LEVELS: Readonly<Record<number, string>> = {
  1: "critical",
  2: "error",
  3: "warning",
  4: "information",
  0: "information",
};
