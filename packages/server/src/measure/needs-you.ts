/** needs-you: everything that waits for a person, as one list: worst first, then longest waiting. Pure. The team only decides
 *  what stands first among equals: the list is the same for both sides. */
import type { Source } from "@holdfast/contracts/ingest";
import type { PipelineHealth } from "@holdfast/contracts/ingest";
import type { NeedsYou } from "@holdfast/contracts/measure";
import { SEVERITIES, type Team } from "@holdfast/contracts/model";
import type { RulesHealth } from "../detect/index.ts";
import type { WaitingAlert, WaitingIncident } from "../triage/index.ts";
import { sourceState, type Speeches } from "./source-state.ts";

export interface WaitingApproval {
  readonly id: string;
  readonly title: string;
  readonly subject: string;
  /** Of the most critical service that is hit. */
  readonly criticality: number;
  /** Sides that are asked; null = either. */
  readonly teams: readonly (Team | null)[];
  readonly requestedBy: string;
  readonly since: number;
}

export interface Waiting {
  readonly approvals: readonly WaitingApproval[];
  readonly incidents: readonly WaitingIncident[];
  readonly alerts: readonly WaitingAlert[];
  /** High and critical alerts outside of incidents in all, also those not in `alerts`. */
  readonly alertsTotal: number;
  readonly sources: readonly Source[];
  readonly speeches: Speeches;
  readonly pipeline: PipelineHealth;
  readonly rules: RulesHealth;
  readonly team: Team | undefined;
  readonly now: number;
}

export function needsYou(waiting: Waiting): NeedsYou[] {
  const items = [
    ...waiting.incidents.map(ofIncident),
    ...waiting.approvals.map(ofApproval),
    ...waiting.alerts.map(ofAlert),
    ...moreAlerts(waiting),
    ...waiting.sources.flatMap((source) => ofSource(source, waiting)),
    ...ofPipeline(waiting),
    ...ofRules(waiting),
  ];
  const elsewhere = (item: NeedsYou): number => (item.team === null || item.team === waiting.team ? 0 : 1);
  return items.sort(
    (a, b) =>
      SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) ||
      elsewhere(a) - elsewhere(b) ||
      (a.since < b.since ? -1 : a.since > b.since ? 1 : 0),
  );
}

function ofIncident(incident: WaitingIncident): NeedsYou {
  const { waitingFor, waitsFor, assignee } = incident;
  const waiting =
    waitingFor !== null ? `waits for ${waitsFor}` : assignee !== null ? `with ${assignee}` : "nobody has taken it yet";
  return {
    kind: "incident",
    id: incident.id,
    severity: incident.severity,
    title: `INC-${incident.number} ${incident.title}`,
    subject: incident.subject,
    team: waitingFor ?? incident.team,
    waiting,
    since: incident.since,
  };
}

/** Somebody stands and waits: never less than high. */
function ofApproval({ id, title, subject, criticality, teams, requestedBy, since }: WaitingApproval): NeedsYou {
  const [team = null] = teams;
  return {
    kind: "approval",
    id,
    severity: criticality >= 5 ? "critical" : "high",
    title: `Approve: ${title}`,
    subject,
    team: teams.length === 1 ? team : null,
    waiting: `proposed by ${requestedBy}, waits for ${teams.map((one) => one ?? "either team").join(" and ")}`,
    since: new Date(since).toISOString(),
  };
}

function ofAlert(alert: WaitingAlert): NeedsYou {
  const waiting = alert.count === 1 ? "not acknowledged" : `not acknowledged, ${alert.count} signals`;
  const { id, severity, title, subject, team, since } = alert;
  return { kind: "alert", id, severity, title, subject, team, waiting, since };
}

function moreAlerts({ alerts, alertsTotal }: Waiting): NeedsYou[] {
  const more = alertsTotal - alerts.length;
  const last = alerts[alerts.length - 1];
  if (more <= 0 || last === undefined) return [];
  const title = `${more} more high or critical alert${more === 1 ? "" : "s"} in the queue`;
  return [
    {
      kind: "alert",
      id: "",
      severity: last.severity,
      title,
      subject: "",
      team: null,
      waiting: "not acknowledged",
      since: last.since,
    },
  ];
}

function ofSource(source: Source, { now, speeches }: Waiting): NeedsYou[] {
  const state = sourceState(source, now, speeches);
  if (state !== "silent" && state !== "behind") return [];
  const waiting =
    state === "silent"
      ? "no event since"
      : `${source.backlog} records wait, the oldest for ${Math.round(source.lagSeconds)} s`;
  const since = source.lastEventAt ?? source.createdAt;
  const title = state === "silent" ? `${source.name} is silent` : `${source.name} is behind`;
  return [
    {
      kind: "source",
      id: source.id,
      severity: "medium",
      title,
      subject: source.kind,
      team: "operations",
      waiting,
      since,
    },
  ];
}

function ofPipeline({ pipeline, now }: Waiting): NeedsYou[] {
  if (pipeline.state === "ok") return [];
  const since = new Date(now - pipeline.lagSeconds * 1000).toISOString();
  const severity = pipeline.state === "behind" ? "medium" : "critical";
  const title = { refusing: "Ingest is refused", stopped: "Ingest has stopped", behind: "Ingest is behind" }[
    pipeline.state
  ];
  const waiting = pipeline.reason === "" ? `${pipeline.backlog} records wait` : pipeline.reason;
  return [{ kind: "pipeline", id: "pipeline", severity, title, subject: "ingest", team: "operations", waiting, since }];
}

function ofRules({ rules, now }: Waiting): NeedsYou[] {
  if (rules.problems === 0) return [];
  const title = `${rules.problems} rule file${rules.problems === 1 ? "" : "s"} could not be loaded`;
  const since = rules.loadedAt ?? new Date(now).toISOString();
  return [
    {
      kind: "rules",
      id: "problems",
      severity: "low",
      title,
      subject: "rules",
      team: "security",
      waiting: "these rules see nothing",
      since,
    },
  ];
}
