/** reason: why an alert stands in an incident, in words that a tired reader takes in at once. Pure. */
import type { LinkKind } from "./links.ts";

export interface SharedLink {
  readonly kind: LinkKind;
  /** The entity as written in the alert itself. */
  readonly entityKind: string;
  readonly value: string;
  /** For a lateral link: true when the alert's own host was reached from the other's. */
  readonly reachedFrom: boolean;
}

export function reasonOf(input: {
  readonly shared: readonly SharedLink[];
  readonly otherTitle: string;
  readonly otherHost: string;
  /** Own start minus the other's: positive when the other came first. */
  readonly afterMs: number;
}): string {
  const other = `"${input.otherTitle}"${input.otherHost === "" ? "" : ` on ${input.otherHost}`}`;
  const lateral = input.shared.find((link) => link.kind === "lateral");
  const same = input.shared.filter((link) => link.kind !== "lateral");
  const parts: string[] = [];
  if (same.length > 0) parts.push(`shares ${list(same.map(named))} with ${other}`);
  if (lateral !== undefined) parts.push(lateralWords(lateral, parts.length === 0 ? other : "it"));
  return capital(`${parts.join(" and ")}, ${apart(input.afterMs)}.`);
}

/** What an alert shares with others without being tied to them. */
export interface Apart {
  readonly kind: string;
  readonly value: string;
  readonly reason: string;
}

/** @param hub what the settings call it; "" when it was learnt from how many alerts hold it */
export function hubReason(about: { readonly hub: string; readonly holders: number; readonly joinMs: number }): string {
  if (about.hub !== "") return `Not joined by it: the settings name it a hub (${about.hub}).`;
  const hours = Math.round(about.joinMs / 3_600_000);
  return `Not joined by it: it stands in ${about.holders} alerts within ${hours} hours, so it says nothing about the cause.`;
}

export function stepReason(kind: LinkKind, stepMs: number): string {
  const what = kind === "service" ? "the same or a neighbouring service" : "the host that reported it";
  return `Not joined by ${what} alone: neither is a later step of the other's attack within ${Math.round(stepMs / 60_000)} minutes.`;
}

/** @param entities how many entities the rule has to fire on, and within which time, to count as one wave */
export function waveReason(title: string, entities: number, waveMs: number): string {
  return `Part of a wave: "${title}" fired on more than ${entities} entities within ${Math.round(waveMs / 60_000)} minutes. One cause is likelier than that many.`;
}

export function aloneReason(
  severity: string,
  service: { readonly name: string; readonly criticality: number } | undefined,
): string {
  if (severity === "critical") return "Opened the incident alone: its severity is critical.";
  return service === undefined
    ? "Opened the incident."
    : `Opened the incident alone: severity ${severity} on ${service.name}, a service of criticality ${service.criticality}.`;
}

/** "3 minutes later", "at the same time". */
export function apart(afterMs: number): string {
  const size = Math.abs(afterMs);
  if (size < 1_000) return "at the same time";
  return `${duration(size)} ${afterMs > 0 ? "later" : "earlier"}`;
}

const MAX_NAMED = 3;

function named(link: SharedLink): string {
  return `${link.entityKind} ${link.value.length > 80 ? `${link.value.slice(0, 79)}…` : link.value}`;
}

function lateralWords(link: SharedLink, other: string): string {
  return link.reachedFrom
    ? `was reached from ${link.value}, where ${other} was raised`
    : `reached out from ${link.value} to the host of ${other}`;
}

function list(names: readonly string[]): string {
  const shown = [...new Set(names)];
  if (shown.length > MAX_NAMED) return `${shown.slice(0, MAX_NAMED).join(", ")} and ${shown.length - MAX_NAMED} more`;
  const last = shown[shown.length - 1] ?? "";
  return shown.length < 2 ? last : `${shown.slice(0, -1).join(", ")} and ${last}`;
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return count(seconds, "second");
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return count(minutes, "minute");
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  return rest === 0 || hours >= 24 ? count(hours, "hour") : `${hours} h ${rest} min`;
}

function count(n: number, unit: string): string {
  return `${n} ${unit}${n === 1 ? "" : "s"}`;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
