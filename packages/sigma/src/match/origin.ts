/**
 * origin: where an event comes from: a Windows channel with event id, or a log source (stated by the caller, else inferred
 * from well-known fields). Reads the flat spellings that real forwarders use.
 */
import { inferLogsource } from "../routing/other-sources.ts";
import { PROVIDER_CHANNELS } from "../routing/windows-services.ts";
import type { Logsource, SigmaEvent } from "../rule.ts";

/** Undefined: not a Windows event. */
export function channelOf({ fields }: SigmaEvent): string | undefined {
  if (fields["EventID"] === undefined) return undefined;
  const channel = fields["Channel"];
  if (typeof channel === "string" && channel !== "") return channel;
  const provider = fields["Provider_Name"] ?? fields["SourceName"];
  return typeof provider === "string" ? PROVIDER_CHANNELS[provider.toLowerCase()] : undefined;
}

export function eventIdOf({ fields }: SigmaEvent): number {
  const id = fields["EventID"];
  return typeof id === "number" ? id : typeof id === "string" ? Number(id) : Number.NaN;
}

export function eventTypeOf({ fields }: SigmaEvent): string {
  const type = fields["EventType"];
  return typeof type === "string" ? type.toLowerCase() : "";
}

export function logsourceOf(event: SigmaEvent): Logsource | undefined {
  return event.logsource ?? inferLogsource(event.fields);
}
