/** withdraw: signals that stand no more because an event came late. An alert all of whose signals are withdrawn and that nobody has
 *  touched is closed; one that people work on, or that has other signals, is only marked. Both say why on the timeline, and what comes back reopens. */
import type { Tables, Transaction } from "../platform/tables/index.ts";
import { changeAlerts } from "./alert-action-store.ts";
import { lockTriage } from "./alert-store.ts";
import { announceAlerts, announceIncidents } from "./announce.ts";
import { rescore } from "./apply-risk.ts";
import { subjectsOfAlerts } from "./risk-list-store.ts";
import { currentSettings } from "./settings-store.ts";
import { alertsOfSignals } from "./signal-alerts.ts";
import { appendTimeline, type NewTimelineEntry } from "./timeline-store.ts";
import * as store from "./withdraw-store.ts";

export interface ChangedSignal {
  readonly signalId: string;
  readonly ruleId: string;
  readonly entity: { readonly kind: string; readonly value: string };
  readonly timeMs: number;
  /** In a sentence, for the timeline. */
  readonly reason: string;
}

export interface SignalChanges {
  /** `mergedInto`: the signal of the match that it became a part of. */
  readonly withdrawn: readonly (ChangedSignal & { readonly mergedInto: string | null })[];
  readonly restored: readonly ChangedSignal[];
}

export async function withdrawSignals(
  { tables, now }: { readonly tables: Pick<Tables, "notify">; readonly now: number },
  tx: Transaction,
  { withdrawn, restored }: SignalChanges,
): Promise<void> {
  await lockTriage(tx);
  const changed = [...(await withdraw(tx, withdrawn, now)), ...(await restore(tx, restored))];
  if (changed.length === 0) return;
  await appendTimeline(
    tx,
    changed.flatMap((one) => entriesOf(one, now)),
  );
  const ids = changed.map(({ alert }) => alert.id);
  // What was taken back counts no more for anybody's risk.
  const { settings } = await currentSettings(tx);
  await rescore(tx, settings.risk, await subjectsOfAlerts(tx, ids));
  await announceAlerts(tables, tx, { changed: ids });
  await announceIncidents(tables, tx, {
    changed: [...new Set(changed.flatMap(({ alert }) => alert.incidentId ?? []))],
  });
}

interface Changed {
  readonly alert: store.WithdrawnAlert;
  readonly title: string;
  readonly reason: string;
}

async function withdraw(tx: Transaction, signals: SignalChanges["withdrawn"], now: number): Promise<Changed[]> {
  const alertOf = await alertsOfSignals(
    tx,
    signals.map(({ signalId, entity, ...signal }) => ({
      ...signal,
      id: signalId,
      entityKind: entity.kind,
      entity: entity.value,
    })),
  );
  const found = signals.flatMap((signal) => {
    const alertId = alertOf.get(signal.signalId);
    return alertId === undefined ? [] : [{ ...signal, alertId }];
  });
  if (found.length === 0) return [];
  await store.writeWithdrawn(tx, found, now);
  const alerts = await store.readWithdrawnAlerts(tx, [...new Set(found.map(({ alertId }) => alertId))]);
  const gone = alerts.filter((alert) => alert.withdrawn >= alert.signals);
  await store.markWithdrawn(
    tx,
    gone.map(({ id }) => id),
    now,
  );
  const closing = new Set(gone.filter((alert) => !alert.touched).map(({ id }) => id));
  for (const [verdict, merged] of [
    ["duplicate", true],
    ["false-positive", false],
  ] as const) {
    const ids = [...closing].filter((id) => isMerged(found, id) === merged);
    if (ids.length > 0) await changeAlerts(tx, { ids, facts: { kind: "close", verdict, reason: "" }, now, by: SYSTEM });
  }
  return alerts.map((alert) => ({
    alert,
    title: closing.has(alert.id)
      ? `Closed as ${isMerged(found, alert.id) ? "duplicate" : "false-positive"}: what it stood on was withdrawn`
      : alert.withdrawn >= alert.signals
        ? "What it stood on was withdrawn"
        : `${alert.withdrawn} of its ${alert.signals} signals ${alert.withdrawn === 1 ? "is" : "are"} withdrawn`,
    reason: reasonsOf(found, alert.id),
  }));
}

const SYSTEM = { id: "holdfast", name: "holdfast" };

async function restore(tx: Transaction, signals: SignalChanges["restored"]): Promise<Changed[]> {
  if (signals.length === 0) return [];
  const alertOf = await store.takeBackWithdrawn(
    tx,
    signals.map(({ signalId }) => signalId),
  );
  const found = signals.flatMap((signal) => {
    const alertId = alertOf.get(signal.signalId);
    return alertId === undefined ? [] : [{ ...signal, alertId }];
  });
  const alerts = await store.readWithdrawnAlerts(tx, [...new Set(found.map(({ alertId }) => alertId))]);
  const reopening = alerts.filter(({ closedForIt }) => closedForIt).map(({ id }) => id);
  await store.reopenWithdrawn(tx, reopening);
  await store.markWithdrawn(
    tx,
    alerts.map(({ id }) => id),
    null,
  );
  return alerts.map((alert) => ({
    alert,
    title: alert.closedForIt ? "Reopened: what it stood on holds again" : "What it stood on holds again",
    reason: reasonsOf(found, alert.id),
  }));
}

interface OfAlert {
  readonly alertId: string;
  readonly reason: string;
}

function isMerged(found: readonly (OfAlert & { mergedInto: string | null })[], alertId: string): boolean {
  return found.every((signal) => signal.alertId !== alertId || signal.mergedInto !== null);
}

const MOST_REASONS = 5;

function reasonsOf(found: readonly OfAlert[], alertId: string): string {
  const own = found.filter((signal) => signal.alertId === alertId).map(({ reason }) => reason);
  return [...new Set(own)].slice(0, MOST_REASONS).join(" ");
}

function entriesOf({ alert, title, reason }: Changed, now: number): NewTimelineEntry[] {
  const base = { at: now, lane: "system", kind: "state", body: reason, actor: null, alertId: alert.id } as const;
  const own = { ...base, subject: alert.id, title };
  if (alert.incidentId === null) return [own];
  return [
    own,
    {
      ...base,
      subject: alert.incidentId,
      title: `"${alert.title}": ${title.slice(0, 1).toLowerCase()}${title.slice(1)}`,
    },
  ];
}
