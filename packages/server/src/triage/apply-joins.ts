/** apply-joins: reads what could tie alerts to others, plans, and writes the plan. */
import { createHash } from "node:crypto";
import type { Transaction } from "../platform/tables/index.ts";
import { writeLinks } from "./alert-store.ts";
import type { ApplyContext } from "./apply.ts";
import type { Told } from "./incident-changes.ts";
import { type JoinAlert, planJoins } from "./join.ts";
import * as joins from "./join-store.ts";
import { type Link, linksOf, type LinkSubject, type Resolve } from "./links.ts";

export interface JoinSubject extends LinkSubject {
  readonly id: string;
  readonly isNew: boolean;
}

export interface JoinedAlerts {
  readonly opened: readonly string[];
  /** Incidents whose members have changed, those that opened among them. */
  readonly affected: readonly string[];
  readonly told: readonly Told[];
}

const POSTINGS_PER_KEY = 200;

export async function joinAlerts(
  context: Pick<ApplyContext, "settings">,
  tx: Transaction,
  work: { readonly subjects: readonly JoinSubject[]; readonly resolve: Resolve; readonly now: number },
): Promise<JoinedAlerts> {
  const { subjects, resolve, now } = work;
  if (subjects.length === 0) return { opened: [], affected: [], told: [] };
  const links = new Map(subjects.map((subject) => [subject.id, linksOf(subject, resolve)]));
  await writeLinks(tx, links);
  const { joinMs, noiseBound, maxMembers, stepMs, hubs } = context.settings;
  const postings = await joins.readPostings(tx, { spans: spansOf(links, joinMs), limit: POSTINGS_PER_KEY });
  const ids = new Set(subjects.map(({ id }) => id));
  for (const held of postings.values()) for (const posting of held) ids.add(posting.alertId);
  const fresh = new Set(subjects.filter(({ isNew }) => isNew).map(({ id }) => id));
  const known = await joins.readJoinAlerts(tx, [...ids], fresh);
  const before = new Set([...known.values()].flatMap((alert) => alert.incidentId ?? []));
  const incidents = await joins.readJoinIncidents(tx, [...before]);
  const first = await joins.nextNumber(tx);
  const candidates = subjects.map(({ id }) => known.get(id)).filter((alert): alert is JoinAlert => alert !== undefined);
  const homes = candidates.flatMap((alert) => alert.incidentId ?? []);
  const plan = planJoins({
    touched: candidates,
    alerts: known,
    linksOf: links,
    postings,
    incidents,
    joinMs,
    noiseBound,
    stepMs,
    hubs,
    maxMembers,
    open: (founder, ordinal) => ({
      id: incidentId(first + ordinal, founder.id),
      number: first + ordinal,
      touched: false,
      separated: new Set(),
      exerciseId: founder.exerciseId,
      members: 0,
    }),
  });
  await joins.writePlan(tx, plan, now);
  const gone = new Map(plan.merged.map((merge) => [merge.mergedId, merge.keptId]));
  const affected = new Set([
    ...homes,
    ...plan.joined.map((joined) => joined.incidentId),
    ...plan.merged.map((merge) => merge.keptId),
  ]);
  const opened = plan.opened.map((incident) => incident.id).filter((id) => !gone.has(id));
  const justOpened = new Set(plan.opened.map(({ id }) => id));
  return {
    opened,
    affected: [...affected].filter((id) => !gone.has(id)),
    told: [
      ...opened.map((id) => ({ kind: "opened", incidentId: id }) as const),
      ...[...gone]
        .filter(([id]) => !justOpened.has(id))
        .map(([id, otherId]) => ({ kind: "merged", incidentId: id, otherId }) as const),
    ],
  };
}

export function incidentId(number: number, founderId: string): string {
  return createHash("sha256").update(`incident\u0000${number}\u0000${founderId}`).digest("hex").slice(0, 32);
}

function spansOf(links: ReadonlyMap<string, readonly Link[]>, joinMs: number): Map<string, { lo: number; hi: number }> {
  const spans = new Map<string, { lo: number; hi: number }>();
  for (const link of [...links.values()].flat()) {
    const span = spans.get(link.key);
    const lo = Math.min(span?.lo ?? Number.POSITIVE_INFINITY, link.firstMs - joinMs);
    const hi = Math.max(span?.hi ?? 0, link.lastMs + joinMs);
    spans.set(link.key, { lo, hi });
  }
  return spans;
}
