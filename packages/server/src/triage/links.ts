/** links: what can tie two alerts together, and what cannot. Pure.
 *  A link key is offered by one alert and looked for by others; the pair of roles decides whether it ties them.
 *  Paths of files and processes never do: they are the same on every machine. */
import type { EntityRole } from "../detect/index.ts";
import { entityKey, type SeenEntity } from "./collapse.ts";

export type LinkKind = "host" | "lateral" | "hash" | "ip" | "user" | "url" | "domain";

export interface Link {
  readonly key: string;
  readonly role: EntityRole;
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

/** @param ownHosts every host that the alert happened on: where it comes from itself, it was not reached from */
export function linksOf(entities: Iterable<SeenEntity>, resolve: Resolve, ownHosts: readonly string[]): Link[] {
  const links: Link[] = [];
  const own = new Set(
    ownHosts.flatMap((host) => [entityKey({ kind: "host", value: host }), assetKey(resolve("host", host))]),
  );
  for (const { entity, firstMs, lastMs } of entities) {
    const { kind, value, role } = entity;
    const { assetId, identityId } = resolve(kind, value);
    const add = (key: string): void => {
      if (role === "own" || !own.has(key)) links.push({ key, role, kind, value, firstMs, lastMs });
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
  const place = mine.key.startsWith("host:") || mine.key.startsWith("asset:");
  if (place) {
    if (mine.role === "own" && theirs.role === "own") return "host";
    return mine.role === "own" || theirs.role === "own" ? "lateral" : undefined;
  }
  if (mine.kind === "hash" || mine.kind === "ip" || mine.kind === "user" || mine.kind === "url") return mine.kind;
  return "domain";
}

/** Strongest first: the reason shown is the best one. */
export const LINK_STRENGTH: readonly LinkKind[] = ["host", "lateral", "hash", "ip", "user", "url", "domain"];

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
