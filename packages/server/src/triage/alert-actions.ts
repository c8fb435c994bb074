/** alert-actions: what people do with alerts, one or ten thousand at a time: one transaction, one audit entry with the list,
 *  one timeline entry per changed alert and one per incident that they stand in. */
import type { Parsed } from "@holdfast/contracts";
import type { Team } from "@holdfast/contracts/model";
import type { TimelineItem, triageRoutes } from "@holdfast/contracts/triage";
import type { AuditLog } from "../platform/audit-log/index.ts";
import type { Clock } from "../platform/clock/index.ts";
import type { Tables, Transaction } from "../platform/tables/index.ts";
import {
  type ActionFacts,
  changeAlerts,
  type DecisionKind,
  restoreAlerts,
  type StandingAlert,
  standingOf,
} from "./alert-action-store.ts";
import { lockTriage } from "./alert-store.ts";
import { announceAlerts, announceIncidents } from "./announce.ts";
import { fail } from "./errors.ts";
import { type IncidentListener, refreshAndTell, type Telling } from "./incident-changes.ts";
import { type Acting, actingAs, type Caller, findPerson, type People } from "./people.ts";
import { rescore } from "./apply-risk.ts";
import { subjectsOfAlerts } from "./risk-list-store.ts";
import { currentSettings } from "./settings-store.ts";
import { rankOf, severityOf } from "./severity.ts";
import { appendTimeline, type NewTimelineEntry } from "./timeline-store.ts";

export type AlertAction = Parsed<(typeof triageRoutes)["actOnAlerts"]>["body"]["action"];

export interface ActionContext {
  readonly tables: Tables;
  readonly clock: Clock;
  readonly audit: AuditLog;
  readonly people: People;
  readonly listeners?: readonly IncidentListener[];
  /** Told when a person says whom an incident waits for, by the area that times waits; it then writes the timeline as well. */
  readonly onWaiting?: WaitingListener;
}

export type WaitingListener = (
  tx: Transaction,
  waiting: {
    readonly incidentId: string;
    readonly team: Team | null;
    /** Id or name, when a person is meant. */
    readonly person: string | null;
    readonly reason: string;
    readonly at: number;
  },
) => Promise<void>;

export async function actOnAlerts(
  context: ActionContext,
  caller: Caller,
  asked: { readonly ids: readonly string[]; readonly action: AlertAction },
): Promise<{ changed: number; unchanged: number; missing: string[] }> {
  const { tables, clock, audit } = context;
  const acting = actingAs(caller);
  const facts = await factsOf(asked.action, context.people);
  const kind = facts.kind === "undo" ? facts.of : facts.kind;
  const ids = [...new Set(asked.ids)];
  return tables.transaction(async (tx) => {
    await lockTriage(tx);
    const now = clock.now();
    const standing = await standingOf(tx, ids);
    const known = new Set(standing.map((alert) => alert.id));
    const missing = ids.filter((id) => !known.has(id));
    const affected = standing.filter((alert) => changes(alert, facts));
    if (affected.length > 0) {
      const changedIds = affected.map((alert) => alert.id);
      if (facts.kind === "undo") await restoreAlerts(tx, changedIds);
      else await changeAlerts(tx, { ids: changedIds, facts, now, by: acting.actor });
      await appendTimeline(tx, entriesOf({ affected, facts, acting, now }));
      const incidents = [...new Set(affected.flatMap((alert) => alert.incidentId ?? []))];
      if (kind === "severity") await refreshAndTell(tx, tellingOf(context, caller, now), { ids: incidents });
      if (kind === "close" || kind === "reopen") {
        // What was judged false counts no more for anybody's risk, and again once it is reopened.
        const { settings } = await currentSettings(tx);
        await rescore(tx, settings.risk, await subjectsOfAlerts(tx, changedIds));
      }
      await announceAlerts(tables, tx, { changed: changedIds });
      await announceIncidents(tables, tx, { changed: incidents });
      await audit.append(tx, {
        actor: caller.actor,
        action: `alert.${PAST[facts.kind]}`,
        target: changedIds.length === 1 ? (changedIds[0] ?? "") : "alerts",
        details: { ...facts, count: changedIds.length, ids: changedIds },
      });
    }
    return { changed: affected.length, unchanged: standing.length - affected.length, missing };
  });
}

export async function commentAlert(
  context: ActionContext,
  caller: Caller,
  comment: { readonly id: string; readonly text: string },
): Promise<TimelineItem> {
  const { tables, clock, audit } = context;
  const acting = actingAs(caller);
  return tables.transaction(async (tx) => {
    await requireAlert(tx, comment.id);
    const entry = {
      subject: comment.id,
      at: clock.now(),
      kind: "comment",
      title: "Commented",
      body: comment.text,
      ...acting,
    } as const;
    const [item] = await appendTimeline(tx, [{ ...entry, alertId: comment.id }]);
    await announceAlerts(tables, tx, { changed: [comment.id] });
    await audit.append(tx, {
      actor: caller.actor,
      action: "alert.commented",
      target: comment.id,
      details: { characters: comment.text.length },
    });
    return item as TimelineItem;
  });
}

export function tellingOf(context: Pick<ActionContext, "listeners">, { actor }: Caller, at: number): Telling {
  const by = actor.kind === "system" ? null : { id: actor.id, name: actor.name };
  return { listeners: context.listeners ?? [], at, by };
}

const PAST = {
  acknowledge: "acknowledged",
  assign: "assigned",
  close: "closed",
  reopen: "reopened",
  severity: "rerated",
  undo: "restored",
} as const;

/** A decision, or the taking back of one. */
type Facts = ActionFacts | { readonly kind: "undo"; readonly of: DecisionKind };

async function requireAlert(tx: Transaction, id: string): Promise<void> {
  if ((await standingOf(tx, [id])).length > 0) return;
  throw fail("TRIAGE_ALERT_UNKNOWN", `There is no alert ${id}: it may have a different id on this installation.`);
}

async function factsOf(action: AlertAction, people: People): Promise<Facts> {
  if (action.kind === "undo") return { kind: "undo", of: action.of };
  if (action.kind === "close") return { kind: "close", verdict: action.verdict, reason: action.reason };
  if (action.kind === "reopen") return { kind: "reopen", reason: action.reason };
  if (action.kind === "severity") return { kind: "severity", rank: rankOf(action.severity), reason: action.reason };
  if (action.kind === "acknowledge") return { kind: "acknowledge" };
  if (action.assignee === null) return { kind: "assign", assigneeId: null, assigneeName: null, team: action.team };
  const person = await findPerson(action.assignee, people);
  if (person === undefined) {
    throw fail(
      "TRIAGE_PERSON_UNKNOWN",
      `There is no person "${action.assignee}" to assign to: take an id from GET /api/people.`,
    );
  }
  return { kind: "assign", assigneeId: person.id, assigneeName: person.name, team: action.team ?? person.team };
}

function changes(alert: StandingAlert, facts: Facts): boolean {
  if (alert.isPutBack) return false;
  if (facts.kind === "undo") return alert.decided === facts.of;
  if (facts.kind === "acknowledge") return alert.state === "new";
  if (facts.kind === "assign") return alert.assigneeId !== facts.assigneeId || alert.team !== facts.team;
  if (facts.kind === "close") return alert.state !== "closed" || alert.verdict !== facts.verdict;
  if (facts.kind === "reopen") return alert.state === "closed";
  return alert.rank !== facts.rank;
}

function entriesOf(change: {
  readonly affected: readonly StandingAlert[];
  readonly facts: Facts;
  readonly acting: Acting;
  readonly now: number;
}): NewTimelineEntry[] {
  const { affected, facts, acting, now } = change;
  const about = facts.kind === "undo" ? facts.of : facts.kind;
  const kind = about === "assign" ? "assignment" : about === "severity" ? "severity" : "state";
  const body = "reason" in facts ? facts.reason : "";
  const base = { at: now, kind, body, ...acting } as const;
  const perAlert = affected.map((alert) => ({
    ...base,
    subject: alert.id,
    alertId: alert.id,
    title: capital(wordsOf(facts, alert)),
  }));
  const byIncident = new Map<string, StandingAlert[]>();
  for (const alert of affected) {
    if (alert.incidentId === null) continue;
    const members = byIncident.get(alert.incidentId);
    if (members === undefined) byIncident.set(alert.incidentId, [alert]);
    else members.push(alert);
  }
  const perIncident = [...byIncident].map(([incidentId, members]) => {
    const [first] = members;
    const one = members.length === 1 && first !== undefined;
    const title = one
      ? `${capital(wordsOf(facts, first))}: "${first.title}"`
      : `${capital(wordsOf(facts, undefined))}: ${members.length} alerts`;
    return { ...base, subject: incidentId, title, ...(one ? { alertId: first.id } : {}) };
  });
  return [...perAlert, ...perIncident];
}

const TAKEN_BACK: Readonly<Record<DecisionKind, string>> = {
  acknowledge: "acknowledgement",
  assign: "assignment",
  close: "closing",
  reopen: "reopening",
  severity: "change of severity",
};

function wordsOf(facts: Facts, alert: StandingAlert | undefined): string {
  if (facts.kind === "undo") return `took the ${TAKEN_BACK[facts.of]} back`;
  if (facts.kind === "acknowledge") return "acknowledged";
  if (facts.kind === "close") return `closed as ${facts.verdict}`;
  if (facts.kind === "reopen") return "reopened";
  if (facts.kind === "severity") {
    const from = alert === undefined ? "" : ` from ${severityOf(alert.rank)}`;
    return `severity changed${from} to ${severityOf(facts.rank)}`;
  }
  const team = facts.team === null ? "" : ` (${facts.team})`;
  return facts.assigneeName === null
    ? facts.team === null
      ? "assignment removed"
      : `assigned to ${facts.team}`
    : `assigned to ${facts.assigneeName}${team}`;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
