/** derived: what an incident is by its members: title, severity with its arithmetic, counts, times, hosts, services.
 *  Pure. Worked out anew after every change, so taking a member out restores what was before. */
import type { ServiceBrief } from "@holdfast/contracts/estate";
import { raisedRank, severityOf } from "./severity.ts";
import { incidentTitle } from "./title.ts";

export interface DerivedMember {
  readonly title: string;
  readonly rank: number;
  readonly tactics: readonly string[];
  readonly host: string;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly services: readonly ServiceBrief[];
}

export interface Derived {
  readonly title: string;
  readonly severity: number;
  readonly severityWhy: string;
  readonly alerts: number;
  readonly signals: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly tactics: readonly string[];
  readonly hosts: readonly string[];
  readonly services: readonly ServiceBrief[];
}

export function derive(members: readonly DerivedMember[]): Derived {
  const services = mostCritical(members.flatMap((member) => member.services));
  const worst = members.reduce((max, member) => Math.max(max, member.rank), 0);
  let severity = 0;
  let by: DerivedMember | undefined;
  for (const member of members) {
    const raised = raisedRank(member.rank, member.services[0]?.criticality ?? 0);
    if (by !== undefined && raised <= severity) continue;
    severity = raised;
    by = member;
  }
  return {
    title: incidentTitle(members.map((member) => ({ ...member, service: member.services[0] }))),
    severity,
    severityWhy: severityWords(by, worst, severity),
    alerts: members.length,
    signals: members.reduce((sum, member) => sum + member.count, 0),
    firstMs: members.reduce((min, member) => Math.min(min, member.firstMs), Number.POSITIVE_INFINITY),
    lastMs: members.reduce((max, member) => Math.max(max, member.lastMs), 0),
    tactics: unique(members.flatMap((member) => member.tactics)),
    hosts: unique(members.map((member) => member.host).filter((host) => host !== "")),
    services,
  };
}

/** Distinct, most critical first. */
export function mostCritical(services: readonly ServiceBrief[]): ServiceBrief[] {
  const byId = new Map(services.map((service) => [service.id, service]));
  return [...byId.values()].sort((a, b) => b.criticality - a.criticality || (a.name < b.name ? -1 : 1));
}

function severityWords(by: DerivedMember | undefined, worst: number, severity: number): string {
  if (by === undefined) return "";
  const service = by.services[0];
  if (severity === worst || service === undefined) return `The highest severity of its alerts is ${severityOf(worst)}.`;
  return `Raised from ${severityOf(by.rank)} to ${severityOf(severity)}: "${by.title}" hits ${service.name}, a service of criticality ${service.criticality}.`;
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
