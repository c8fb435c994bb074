/** links: the address of every page and thing. Areas link to each other by these, not by importing each other. */
import type { Entity } from "@holdfast/contracts/triage";

export const links = {
  floor: () => "/",
  events: (state: { q?: string; from?: string; to?: string; event?: string } = {}) => at("/events", state),
  event: (id: string) => `/events/${encodeURIComponent(id)}`,
  alerts: (state: Readonly<Record<string, string>> = {}) => at("/alerts", state),
  alert: (id: string) => at("/alerts", { alert: id }),
  incidents: () => "/incidents",
  incident: (id: string | number) => `/incidents/${encodeURIComponent(String(id))}`,
  approvals: () => "/approvals",
  approval: (id: string) => at("/approvals", { approval: id }),
  changes: (state: Readonly<Record<string, string>> = {}) => at("/changes", state),
  change: (id: string) => at("/changes", { change: id }),
  playbook: (id: string) => `/playbooks/${encodeURIComponent(id)}`,
  run: (id: string) => `/playbooks/runs/${encodeURIComponent(id)}`,
  exerciseRun: (id: string) => `/exercises/runs/${encodeURIComponent(id)}`,
  asset: (id: string) => at("/estate", { tab: "assets", asset: id }),
  identity: (id: string) => at("/estate", { tab: "identities", identity: id }),
  service: (id: string) => at("/estate", { tab: "services", service: id }),
  rule: (id: string) => at("/rules", { rule: id }),
  rulePage: (id: string) => `/rules/${encodeURIComponent(id)}`,
  source: (id: string) => at("/sources", { source: id }),
  quarantine: (source: string) => at("/sources", { tab: "quarantine", from: source }),
};

/** Where a person reads more about an entity: the estate when it is known there, else the events that name it. */
export function entityLink(entity: Entity, exerciseId: string | null = null): string {
  if (entity.assetId !== null) return links.asset(entity.assetId);
  if (entity.identityId !== null) return links.identity(entity.identityId);
  return links.events({ q: within(exerciseId, entityQuery(entity)) });
}

/** The search for everything that an entity did. */
export function entityQuery(entity: Pick<Entity, "kind" | "value">): string {
  return `${ENTITY_FIELD[entity.kind]}:${quote(entity.value)}`;
}

/** A search among what an exercise sent, where that is what is looked at: other searches leave it out. */
export function within(exerciseId: string | null, query: string): string {
  return exerciseId === null ? query : `exercise:${quote(exerciseId)} ${query}`.trim();
}

/** A value as the search language takes it literally. */
export function quote(value: string): string {
  return `"${value.replace(/\\/g, "\\\\").replace(/"/g, '\\"')}"`;
}

const ENTITY_FIELD: Readonly<Record<Entity["kind"], string>> = {
  host: "host",
  user: "user",
  ip: "ip",
  domain: "domain",
  hash: "hash",
  file: "file_path",
  process: "process_path",
  url: "url",
  source: "source",
};

function at(path: string, state: Readonly<Record<string, string | undefined>>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(state)) if (value !== undefined && value !== "") params.set(name, value);
  const query = params.toString();
  return query === "" ? path : `${path}?${query}`;
}
