/** links: what can tie two alerts together, and what cannot. Pure.
 *  A link key is offered by one alert and looked for by others; the pair of roles decides whether it ties them.
 *  Paths of files and processes never do: they are the same on every machine. */
import type { EntityRole } from "../detect/index.ts";
import { entityKey } from "./causes.ts";
import type { SeenEntity } from "./collapse.ts";

export type LinkKind = "host" | "lateral" | "hash" | "ip" | "user" | "url" | "domain" | "reporter" | "service";

/** reporter = a host that reports on others (a proxy, a domain controller); near = a service that the own one needs. */
export type LinkRole = EntityRole | "reporter" | "near";

export interface Link {
  readonly key: string;
  readonly role: LinkRole;
  readonly kind: string;
  readonly value: string;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** What the estate knows of an entity. */
export interface Resolution {
  readonly assetId: string | null;
  readonly identityId: string | null;
}

export type Resolve = (kind: string, value: string) => Resolution;

export interface LinkSubject {
  readonly entities: Iterable<SeenEntity>;
  /** Every host that the alert happened on: where it comes from itself, it was not reached from. */
  readonly ownHosts: readonly string[];
  /** False when the alert is about a user, an address or a domain: its host has only reported it. */
  readonly aboutHost: boolean;
  /** An exercise ties to itself only. */
  readonly exerciseId: string | null;
  readonly services: readonly { readonly id: string; readonly name: string; readonly role: "own" | "near" }[];
  readonly firstMs: number;
  readonly lastMs: number;
}

export function linksOf(subject: LinkSubject, resolve: Resolve): Link[] {
  const { exerciseId } = subject;
  const links = entityLinks(subject, resolve);
  for (const { id, name, role } of subject.services) {
    const { firstMs, lastMs } = subject;
    links.push({ key: `service:${id}`, role, kind: "service", value: name, firstMs, lastMs });
  }
  return exerciseId === null ? links : links.map((link) => ({ ...link, key: `${link.key}|${exerciseId}` }));
}

function entityLinks({ entities, ownHosts, aboutHost }: LinkSubject, resolve: Resolve): Link[] {
  const links: Link[] = [];
  const own = new Set(
    ownHosts.flatMap((host) => [entityKey({ kind: "host", value: host }), assetKey(resolve("host", host))]),
  );
  for (const { entity, firstMs, lastMs } of entities) {
    const { kind, value } = entity;
    const role = entity.role === "own" && !aboutHost ? "reporter" : entity.role;
    const { assetId, identityId } = resolve(kind, value);
    const add = (key: string): void => {
      if (role === "own" || role === "reporter" || !own.has(key))
        links.push({ key, role, kind, value, firstMs, lastMs });
    };
    if (kind === "host") {
      if (role === "seen") continue;
      add(entityKey(entity));
      if (assetId !== null) add(`asset:${assetId}`);
    } else if (kind === "ip") {
      // An address of ours is a host, not an indicator: two alerts that both talked to the domain controller have nothing in common.
      if (assetId === null) links.push({ key: entityKey(entity), role: "seen", kind, value, firstMs, lastMs });
      else if (role === "origin") add(`asset:${assetId}`);
    } else if (kind === "user") {
      if (isNobody(value)) continue;
      add(`user:${plainUser(value)}`);
      if (identityId !== null) add(`identity:${identityId}`);
    } else if (kind === "hash" || kind === "domain" || kind === "url") {
      add(entityKey(entity));
    }
  }
  return links;
}

function assetKey({ assetId }: Resolution): string {
  return `asset:${assetId ?? ""}`;
}

/** How a link between two roles counts, or undefined when it does not. */
export function linkKind(mine: Link, theirs: Pick<Link, "role">): LinkKind | undefined {
  if (mine.key.startsWith("service:")) {
    return mine.role === "near" && theirs.role === "near" ? undefined : "service";
  }
  const place = mine.key.startsWith("host:") || mine.key.startsWith("asset:");
  if (place) {
    if (mine.role === "reporter" || theirs.role === "reporter") {
      return mine.role === "origin" || theirs.role === "origin" ? undefined : "reporter";
    }
    if (mine.role === "own" && theirs.role === "own") return "host";
    return mine.role === "own" || theirs.role === "own" ? "lateral" : undefined;
  }
  if (mine.kind === "hash" || mine.kind === "ip" || mine.kind === "user" || mine.kind === "url") return mine.kind;
  return "domain";
}

/** Strongest first: the reason shown is the best one. */
export const LINK_STRENGTH: readonly LinkKind[] = [
  "host",
  "lateral",
  "hash",
  "ip",
  "user",
  "url",
  "domain",
  "reporter",
  "service",
];

/** Neighbourhood alone is no cause: these tie only where the second alert is a later step of an attack, soon after the first. */
export function isWeak(kind: LinkKind): boolean {
  return kind === "reporter" || kind === "service";
}

/** Only "the same host" holds however many alerts share it; everything else is noise beyond a bound. */
export function canBeNoise(kind: LinkKind): boolean {
  return kind !== "host";
}

/** Accounts that exist on every machine, or stand for the machine itself: sharing one says nothing. */
export function isNobody(user: string): boolean {
  const name = plainUser(user);
  return (
    name.endsWith("$") || NOBODY.has(name) || /^(?:dwm|umfd)-\d+$/.test(name) || /^s-1-5-(?:7|1[89]|20)$/.test(name)
  );
}

const NOBODY = new Set([
  "system",
  "local service",
  "localservice",
  "network service",
  "networkservice",
  "anonymous logon",
  "anonymous",
  "unknown",
  "guest",
  "administrator",
  "admin",
  "root",
  "nobody",
  "daemon",
  "www-data",
  "0",
]);

/** Without domain in front or behind, in lower case. */
function plainUser(user: string): string {
  const name = user.slice(user.lastIndexOf("\\") + 1).toLowerCase();
  const at = name.indexOf("@");
  return at > 0 ? name.slice(0, at) : name;
}
