/** summary-store: triage in numbers, for the Floor: what is open, what waits, and how it went over time. */
import { sql } from "drizzle-orm";
import type { ServiceBrief } from "@holdfast/contracts/estate";
import type { Severity, Team } from "@holdfast/contracts/model";
import type { Tables } from "../platform/tables/index.ts";
import { iso } from "./alert-list-store.ts";
import { severityOf } from "./severity.ts";

export interface WaitingIncident {
  readonly id: string;
  readonly number: number;
  readonly title: string;
  readonly severity: Severity;
  readonly team: Team | null;
  readonly waitingFor: Team | null;
  /** The team as it was named, with the person. */
  readonly waitsFor: string;
  readonly assignee: string | null;
  readonly subject: string;
  readonly since: string;
}

export interface WaitingAlert {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly team: Team | null;
  readonly subject: string;
  readonly count: number;
  readonly since: string;
}

export interface Totals {
  readonly openAlerts: number;
  readonly openIncidents: number;
  /** Median minutes from raised to acknowledged; null when nothing was acknowledged since then. */
  readonly ackMinutes: number | null;
}

export interface ServiceLoad {
  readonly worst: Severity | null;
  /** Alerts an hour, oldest first. */
  readonly perStep: readonly number[];
}

export interface Steps {
  readonly fromMs: number;
  readonly stepMs: number;
  readonly steps: number;
}

export interface Summary {
  /** Open incidents, worst first, and the high and critical alerts outside of incidents that nobody has acknowledged. */
  waiting(limit: number): Promise<{ incidents: WaitingIncident[]; alerts: WaitingAlert[]; alertsTotal: number }>;
  totals(ackSinceMs: number): Promise<Totals>;
  /** Alerts raised and incidents opened per step. */
  series(steps: Steps): Promise<{ alerts: number[]; incidents: number[] }>;
  services(steps: Steps): Promise<Map<string, ServiceLoad>>;
  opened(sinceMs: number, limit: number): Promise<{ id: string; number: number; title: string; at: string }[]>;
}

/** The median of the latest ten thousand says as much as that of all. */
const MOST_ACKNOWLEDGED = 10_000;

export function createSummary({ db }: Tables): Summary {
  return {
    waiting: async (limit) => {
      const incidents = await db.execute<IncidentRow>(sql`
        select id, number, title, severity, team, waiting_for, waiting_whom, waiting_person, waiting_since, assignee_name, opened_at, services, hosts from incident
        where merged_into is null and exercise_id is null and state in ('open', 'contained')
        order by severity desc, criticality desc, opened_at desc limit ${limit}`);
      const alerts = await db.execute<AlertRow>(sql`
        select id, title, severity, team, entity_value, count, raised_at, services from alert
        where queued and state = 'new' and severity >= 3 and incident_id is null
        order by severity desc, criticality desc, raised_at desc limit ${limit}`);
      const counted = await db.execute<{ n: number }>(sql`
        select count(*) as n from alert where queued and state = 'new' and severity >= 3 and incident_id is null`);
      return {
        incidents: incidents.rows.map(toWaitingIncident),
        alerts: alerts.rows.map(toWaitingAlert),
        alertsTotal: Number(counted.rows[0]?.n ?? 0),
      };
    },
    totals: async (ackSinceMs) => {
      const found = await db.execute<{ alerts: number; incidents: number; ack: number | null }>(sql`
        select (select count(*) from alert where queued) as alerts,
          (select count(*) from incident where merged_into is null and exercise_id is null and state in ('open', 'contained')) as incidents,
          (select percentile_cont(0.5) within group (order by acknowledged_at - raised_at)
           from (select raised_at, acknowledged_at from alert
                 where raised_at >= ${ackSinceMs} and acknowledged_at is not null and exercise_id is null
                 order by raised_at desc limit ${MOST_ACKNOWLEDGED}) latest) as ack`);
      const row = found.rows[0];
      const ack = row?.ack ?? null;
      return {
        openAlerts: Number(row?.alerts ?? 0),
        openIncidents: Number(row?.incidents ?? 0),
        ackMinutes: ack === null ? null : Math.round(Number(ack) / 6_000) / 10,
      };
    },
    series: async (steps) => {
      const alerts = await db.execute<StepRow>(sql`
        select (raised_at - ${steps.fromMs}::bigint) / ${steps.stepMs}::bigint as step, count(*) as n
        from alert where raised_at >= ${steps.fromMs} and exercise_id is null and hold is null and put_back_into is null group by 1`);
      const incidents = await db.execute<StepRow>(sql`
        select (opened_at - ${steps.fromMs}::bigint) / ${steps.stepMs}::bigint as step, count(*) as n
        from incident where opened_at >= ${steps.fromMs} and merged_into is null and exercise_id is null group by 1`);
      return { alerts: fill(alerts.rows, steps.steps), incidents: fill(incidents.rows, steps.steps) };
    },
    services: async (steps) => {
      const worst = await db.execute<{ id: string; worst: number }>(sql`
        select s->>'id' as id, max(a.severity) as worst from alert a cross join lateral jsonb_array_elements(a.services) s
        where a.queued and a.criticality > 0 group by 1`);
      const rate = await db.execute<StepRow & { id: string }>(sql`
        select s->>'id' as id, (a.raised_at - ${steps.fromMs}::bigint) / ${steps.stepMs}::bigint as step, count(*) as n
        from alert a cross join lateral jsonb_array_elements(a.services) s
        where a.raised_at >= ${steps.fromMs} and a.criticality > 0 and a.exercise_id is null and a.hold is null group by 1, 2`);
      const ids = new Set([...worst.rows, ...rate.rows].map((row) => row.id));
      const worstOf = new Map(worst.rows.map((row) => [row.id, severityOf(row.worst)]));
      return new Map(
        [...ids].map((id) => {
          const perStep = fill(
            rate.rows.filter((row) => row.id === id),
            steps.steps,
          );
          return [id, { worst: worstOf.get(id) ?? null, perStep }];
        }),
      );
    },
    opened: async (sinceMs, limit) => {
      const found = await db.execute<{ id: string; number: number; title: string; opened_at: number }>(sql`
        select id, number, title, opened_at from incident
        where merged_into is null and exercise_id is null and opened_at >= ${sinceMs} order by opened_at desc, number desc limit ${limit}`);
      return found.rows.map((row) => ({
        id: row.id,
        number: Number(row.number),
        title: row.title,
        at: iso(row.opened_at),
      }));
    },
  };
}

type IncidentRow = {
  id: string;
  number: number;
  title: string;
  severity: number;
  team: Team | null;
  waiting_for: Team | null;
  waiting_whom: string | null;
  waiting_person: string | null;
  waiting_since: number | null;
  assignee_name: string | null;
  opened_at: number;
  services: ServiceBrief[];
  hosts: string[];
};

type AlertRow = {
  id: string;
  title: string;
  severity: number;
  team: Team | null;
  entity_value: string;
  count: number;
  raised_at: number;
  services: ServiceBrief[];
};

type StepRow = { step: number; n: number };

function whomOf({ waiting_for: side, waiting_whom: named, waiting_person: person }: IncidentRow): string {
  const team = named ?? side ?? "";
  return person === null ? team : `${person} (${team})`;
}

function toWaitingIncident(row: IncidentRow): WaitingIncident {
  return {
    id: row.id,
    number: Number(row.number),
    title: row.title,
    severity: severityOf(row.severity),
    team: row.team,
    waitingFor: row.waiting_for,
    waitsFor: whomOf(row),
    assignee: row.assignee_name,
    subject: row.services[0]?.name ?? row.hosts[0] ?? "",
    since: iso(row.waiting_since ?? row.opened_at),
  };
}

function toWaitingAlert(row: AlertRow): WaitingAlert {
  return {
    id: row.id,
    title: row.title,
    severity: severityOf(row.severity),
    team: row.team,
    subject: row.services[0]?.name ?? row.entity_value,
    count: Number(row.count),
    since: iso(row.raised_at),
  };
}

function fill(rows: readonly StepRow[], steps: number): number[] {
  const values = new Array<number>(steps).fill(0);
  for (const row of rows) {
    const step = Number(row.step);
    if (step >= 0 && step < steps) values[step] = Number(row.n);
  }
  return values;
}
