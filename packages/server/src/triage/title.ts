/** title: what an incident is called as long as no person has named it: the furthest step of the attack, and where. Pure. */

export interface TitleAlert {
  readonly title: string;
  readonly rank: number;
  readonly tactics: readonly string[];
  readonly host: string;
  readonly firstMs: number;
  readonly service: { readonly name: string; readonly criticality: number } | undefined;
}

export function incidentTitle(alerts: readonly TitleAlert[]): string {
  const worst = [...alerts].sort(
    (a, b) =>
      b.rank - a.rank ||
      stageOf(b.tactics) - stageOf(a.tactics) ||
      a.firstMs - b.firstMs ||
      (a.title < b.title ? -1 : 1),
  )[0];
  if (worst === undefined) return "Empty incident";
  const hosts = new Set(alerts.map((alert) => alert.host).filter((host) => host !== ""));
  const place =
    worst.host === "" ? "" : ` on ${worst.host}${hosts.size > 1 ? ` and ${count(hosts.size - 1, "more host")}` : ""}`;
  const service = worst.service === undefined ? "" : ` (${worst.service.name})`;
  const title = `${worst.title}${place}${service}`;
  return title.length > MAX_TITLE ? `${title.slice(0, MAX_TITLE - 1)}…` : title;
}

/** Tactics in the order of an intrusion; the further, the worse. */
export const STAGES: readonly string[] = [
  "reconnaissance",
  "resource-development",
  "initial-access",
  "execution",
  "discovery",
  "persistence",
  "defense-evasion",
  "stealth",
  "privilege-escalation",
  "command-and-control",
  "credential-access",
  "collection",
  "lateral-movement",
  "exfiltration",
  "impact",
];

const MAX_TITLE = 300;

/** The furthest step among tactics; -1 when none is known. */
export function stageOf(tactics: readonly string[]): number {
  return Math.max(-1, ...tactics.map((tactic) => STAGES.indexOf(tactic)));
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}
