/** changed: what people and the program changed lately, from the audit log, rule loads and opened incidents. The first
 *  suspects when something looks different. */
import type { Floor } from "@holdfast/contracts/measure";
import type { RulesLoaded } from "../detect/index.ts";
import type { AuditLog } from "../platform/audit-log/index.ts";

export type Change = Floor["changed"][number];
type AuditEntry = Awaited<ReturnType<AuditLog["list"]>>[number];

/** Actions on alerts and logins are left out: they are work, not change. */
export async function auditedChanges(audit: AuditLog): Promise<Change[]> {
  const entries = await Promise.all(KINDS.map(({ prefix }) => audit.list({ limit: EACH, action: prefix })));
  return entries.flat().map(fromEntry);
}

export function loadChanges(loads: readonly RulesLoaded[]): Change[] {
  return loads.map((load) => ({
    at: load.at,
    title: `${load.rules} rules loaded${load.problems === 0 ? "" : `, ${load.problems} problems`}`,
    actor: "Holdfast",
    link: load.problems === 0 ? "/rules" : "/rules?tab=problems",
  }));
}

export function openedChanges(
  opened: readonly { readonly id: string; readonly number: number; readonly title: string; readonly at: string }[],
): Change[] {
  return opened.map((incident) => ({
    at: incident.at,
    title: `INC-${incident.number} opened: ${incident.title}`,
    actor: "Holdfast",
    link: `/incidents/${incident.id}`,
  }));
}

export function newestFirst(changes: readonly Change[], limit: number): Change[] {
  return [...changes].sort((a, b) => (a.at > b.at ? -1 : a.at < b.at ? 1 : 0)).slice(0, limit);
}

interface Kind {
  /** What the names of these actions begin with. */
  readonly prefix: string;
  readonly link: (target: string) => string | null;
}

const EACH = 10;
const KINDS: readonly Kind[] = [
  { prefix: "rule.", link: (id) => `/rules?rule=${encodeURIComponent(id)}` },
  { prefix: "source.", link: (id) => `/sources?source=${encodeURIComponent(id)}` },
  { prefix: "service.", link: (id) => `/estate?tab=services&service=${encodeURIComponent(id)}` },
  { prefix: "asset.", link: (id) => `/estate?tab=assets&asset=${encodeURIComponent(id)}` },
  { prefix: "change.", link: (id) => `/changes?change=${encodeURIComponent(id)}` },
  { prefix: "estate.", link: () => "/estate" },
  { prefix: "user.", link: () => "/settings" },
  { prefix: "incident.", link: (id) => `/incidents/${encodeURIComponent(id)}` },
];

function fromEntry(entry: AuditEntry): Change {
  const kind = KINDS.find(({ prefix }) => entry.action.startsWith(prefix));
  const named = ["title", "name"].map((key) => entry.details[key]).find((value) => typeof value === "string");
  const number = entry.details["number"];
  const subject = typeof named === "string" ? named : typeof number === "number" ? `INC-${number}` : "";
  return {
    at: new Date(entry.at).toISOString(),
    title: `${sentence(entry.action)}${subject === "" ? "" : `: ${subject}`}`,
    actor: entry.actor.name,
    link: kind?.link(entry.target) ?? null,
  };
}

/** "incident.member.removed" as "Incident member removed". */
function sentence(action: string): string {
  const words = action.replaceAll(/[.-]/g, " ");
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}
