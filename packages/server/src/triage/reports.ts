/** reports: alerts that another system raises and ends by itself, inside the pump's transaction. All reports of one cause are one alert with
 *  their exact count until it is over; then it closes if nobody has touched it, else it is marked, and the timeline says why either way. */
import type { Signal, SignalReport } from "../detect/index.ts";
import type { Tables, Transaction } from "../platform/tables/index.ts";
import { claimBlock, lockTriage } from "./alert-store.ts";
import { announceAlerts, announceIncidents } from "./announce.ts";
import { type Applied, type ApplyContext, applySignals, type Block, causeRulesOf, NOTHING } from "./apply.ts";
import { causeOf } from "./causes.ts";
import * as store from "./report-store.ts";
import { appendTimeline } from "./timeline-store.ts";

/** A block of signals: our rules' first, then what others report, each cause in the order in which it was told. */
export async function applyAll(
  context: ApplyContext,
  tx: Transaction,
  given: { readonly signals: readonly Signal[]; readonly block?: Block | undefined },
): Promise<Applied> {
  const reports = given.signals.flatMap((signal) => {
    const { report } = signal;
    return report === undefined ? [] : [{ signal, report, causeKey: causeKeyOf(context, signal) }];
  });
  if (reports.length === 0) return applySignals(context, tx, given);
  const now = context.now();
  if (given.block !== undefined && !(await claimBlock(tx, { token: given.block.token, now }))) return NOTHING;
  const own = given.signals.filter(({ report }) => report === undefined);
  const applied = [await applySignals(context, tx, { signals: own })];
  const whyOver = new Map(
    reports.flatMap(({ causeKey, report }) => (report.over ? [[causeKey, report.why] as const] : [])),
  );
  const ended = await store.readSettled(tx, [...new Set(reports.map(({ causeKey }) => causeKey))]);
  for (const { firing, over } of roundsOf(reports, ended)) {
    applied.push(await applySignals(context, tx, { signals: firing.map(({ signal }) => signal) }));
    await hold(context, tx, { firing, now });
    const ends = [...over].map(([causeKey, at]) => ({ causeKey, at, reason: whyOver.get(causeKey) ?? SAID_OVER }));
    await end(context, tx, { ends, now });
  }
  return {
    raised: applied.flatMap(({ raised }) => raised),
    changed: applied.flatMap(({ changed }) => changed),
    opened: applied.flatMap(({ opened }) => opened),
  };
}

/** Ends what was to be repeated and was not. */
export async function endExpiredReports(context: { readonly tables: Tables; readonly now: number }): Promise<void> {
  const { tables, now } = context;
  const due = await store.expired(tables.db, now - GRACE_MS);
  if (due.length === 0) return;
  await tables.transaction(async (tx) => {
    await lockTriage(tx);
    const still = await store.expired(tx, now - GRACE_MS);
    const ends = still.map(({ causeKey, until }) => ({ causeKey, at: until, reason: NOT_REPEATED }));
    await end(context, tx, { ends, now });
  });
}

const SAID_OVER = "Its sender says that it is over.";
const NOT_REPEATED = "Its sender did not report it again in the time that it had set.";
/** What waits in our own queue is no silence. */
const GRACE_MS = 5 * 60_000;
/** A cause that comes and goes more often than this within one block is judged by how it stands at the end. */
const MOST_ROUNDS = 8;

interface Report {
  readonly signal: Signal;
  readonly report: SignalReport;
  readonly causeKey: string;
}

interface Round {
  readonly firing: Report[];
  /** Cause -> when it ended. */
  readonly over: Map<string, number>;
}

/** In each round, what fires comes before what is over. A report of what is known to be over comes late and raises nothing. */
function roundsOf(reports: readonly Report[], ended: Map<string, number>): Round[] {
  const rounds: Round[] = [];
  const at = new Map<string, number>();
  for (const one of reports) {
    const { causeKey, report, signal } = one;
    const endedMs = ended.get(causeKey);
    let index = at.get(causeKey) ?? 0;
    if (!report.over) {
      if (endedMs !== undefined && signal.timeMs <= endedMs) continue;
      if (rounds[index]?.over.has(causeKey) === true) {
        if (index + 1 < MOST_ROUNDS) index += 1;
        else rounds[index]?.over.delete(causeKey);
      }
    }
    while (rounds.length <= index) rounds.push({ firing: [], over: new Map() });
    const round = rounds[index];
    if (report.over) {
      round?.over.set(causeKey, Math.max(report.atMs, round.over.get(causeKey) ?? 0));
      ended.set(causeKey, Math.max(report.atMs, endedMs ?? 0));
    } else round?.firing.push(one);
    at.set(causeKey, index);
  }
  return rounds;
}

/** The alerts stand until the latest report, and those that were marked as over fire again. */
async function hold(
  context: Pick<ApplyContext, "tables">,
  tx: Transaction,
  { firing, now }: { readonly firing: readonly Report[]; readonly now: number },
): Promise<void> {
  if (firing.length === 0) return;
  const latest = new Map<string, store.Heard>();
  for (const { causeKey, report } of firing) {
    const before = latest.get(causeKey);
    if (before !== undefined && before.at > report.atMs) continue;
    latest.set(causeKey, { causeKey, at: report.atMs, until: report.untilMs });
  }
  const heard = [...latest.values()];
  await store.writeHeard(tx, heard);
  const again = await store.seeUntil(tx, heard);
  await tell(context, tx, {
    alerts: again.map((alert) => ({ ...alert, title: "Reported again: it is not over", reason: "" })),
    now,
  });
}

async function end(
  context: Pick<ApplyContext, "tables">,
  tx: Transaction,
  { ends, now }: { readonly ends: readonly store.End[]; readonly now: number },
): Promise<void> {
  if (ends.length === 0) return;
  await store.writeEnded(tx, ends);
  const alerts = await store.standing(tx, ends);
  await store.markEnded(tx, alerts, now);
  await tell(context, tx, {
    alerts: alerts.map((alert) => ({ ...alert, title: alert.touched ? "It is over" : "Closed: it is over" })),
    now,
  });
}

interface Told extends store.EndedAlert {
  readonly title: string;
  readonly reason: string;
}

async function tell(
  { tables }: Pick<ApplyContext, "tables">,
  tx: Transaction,
  { alerts, now }: { readonly alerts: readonly Told[]; readonly now: number },
): Promise<void> {
  if (alerts.length === 0) return;
  const base = { at: now, lane: "system", kind: "state", actor: null } as const;
  await appendTimeline(
    tx,
    alerts.flatMap(({ id, incidentId, name, title, reason }) => [
      { ...base, subject: id, alertId: id, title, body: reason },
      ...(incidentId === null
        ? []
        : [{ ...base, subject: incidentId, alertId: id, title: `"${name}": ${lower(title)}`, body: reason }]),
    ]),
  );
  await announceAlerts(tables, tx, { changed: alerts.map(({ id }) => id) });
  await announceIncidents(tables, tx, { changed: [...new Set(alerts.flatMap(({ incidentId }) => incidentId ?? []))] });
}

const lower = (text: string): string => text.slice(0, 1).toLowerCase() + text.slice(1);

function causeKeyOf(context: ApplyContext, signal: Signal): string {
  return causeOf(signal, causeRulesOf(context)).causeKey;
}
