/** risk-entities: whose risk an alert counts for: the host it happened on, the accounts it names, the address it came from. Pure.
 *  A host that only reports on others, an account that every machine has and our own addresses are nobody's risk. */
import type { Entity } from "@holdfast/contracts/triage";
import type { Collapsed } from "./collapse.ts";
import { isNobody, type Resolve } from "./links.ts";

export interface RiskSubject {
  readonly key: string;
  readonly kind: Entity["kind"];
  readonly value: string;
  readonly assetId: string | null;
  readonly identityId: string | null;
  readonly exerciseId: string | null;
}

const MOST = 20;

export function riskSubjects(alert: Collapsed, resolve: Resolve): RiskSubject[] {
  const found = new Map<string, RiskSubject>();
  const aboutHost = alert.entity.kind === "host";
  for (const { entity } of alert.entities.values()) {
    if (found.size >= MOST) break;
    const { kind, value, role } = entity;
    const { assetId, identityId } = resolve(kind, value);
    if (kind === "host" && (role !== "own" || !aboutHost)) continue;
    if (kind === "user" && isNobody(value)) continue;
    if (kind === "ip" && (role !== "origin" || assetId !== null)) continue;
    if (kind !== "host" && kind !== "user" && kind !== "ip") continue;
    const name = kind === "user" ? plain(value) : value.toLowerCase();
    const base =
      assetId === null ? (identityId === null ? `${kind}:${name}` : `identity:${identityId}`) : `asset:${assetId}`;
    const key = alert.exerciseId === null ? base : `${base}|${alert.exerciseId}`;
    if (!found.has(key)) found.set(key, { key, kind, value, assetId, identityId, exerciseId: alert.exerciseId });
  }
  return [...found.values()];
}

/** Without domain in front or behind: the same account in two spellings is one. */
function plain(user: string): string {
  const name = user.slice(user.lastIndexOf("\\") + 1).toLowerCase();
  const at = name.indexOf("@");
  return at > 0 ? name.slice(0, at) : name;
}
