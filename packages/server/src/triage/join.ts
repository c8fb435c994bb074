/** join: which alerts belong to one incident and why. Pure: it plans over what the store has read, and the store writes the plan.
 *  A tie between two alerts never goes away while they grow, so the incidents are the connected groups whatever the split into
 *  blocks; only which of two incidents survives a fusion, and what counted as noise at that moment, may differ. */
import { canBeNoise, isWeak, LINK_STRENGTH, type Link, type LinkKind, linkKind } from "./links.ts";
import { aloneReason, type Apart, hubReason, reasonOf, type SharedLink, stepReason } from "./reason.ts";
import { MEDIUM, opensAlone, severityOf } from "./severity.ts";
import { stageOf } from "./title.ts";

export interface JoinAlert {
  readonly id: string;
  readonly title: string;
  readonly rank: number;
  readonly host: string;
  readonly firstMs: number;
  readonly criticality: number;
  readonly service: string;
  readonly isNew: boolean;
  readonly tactics: readonly string[];
  readonly exerciseId: string | null;
  incidentId: string | null;
  /** Incidents that a person took this alert out of. */
  readonly barred: ReadonlySet<string>;
}

export interface JoinIncident {
  readonly id: string;
  /** Older incidents win a fusion. */
  readonly number: number;
  /** Once a person has worked on it, only people fuse it. */
  readonly touched: boolean;
  /** Incidents that a person separated it from. */
  readonly separated: ReadonlySet<string>;
  readonly exerciseId: string | null;
  members: number;
}

export interface Joined {
  readonly alertId: string;
  readonly incidentId: string;
  readonly reason: string;
  readonly shared: readonly { readonly kind: string; readonly value: string }[];
}

export interface JoinPlan {
  /** New incidents, in the order of their numbers. */
  readonly opened: readonly JoinIncident[];
  readonly joined: readonly Joined[];
  readonly merged: readonly { readonly keptId: string; readonly mergedId: string; readonly reason: string }[];
  /** Alerts that did not fit into an incident that is full. */
  readonly overflow: readonly { readonly incidentId: string; readonly alertId: string }[];
  /** What a touched alert shares with others without being tied to them, and why. */
  readonly apart: ReadonlyMap<string, readonly Apart[]>;
}

export interface JoinInput {
  /** Touched alerts, in the order in which they are considered. */
  readonly touched: readonly JoinAlert[];
  /** Every alert that a posting names. */
  readonly alerts: ReadonlyMap<string, JoinAlert>;
  readonly linksOf: ReadonlyMap<string, readonly Link[]>;
  /** Who else has a key: alert id and that alert's link. */
  readonly postings: ReadonlyMap<string, readonly (Link & { readonly alertId: string })[]>;
  readonly incidents: ReadonlyMap<string, JoinIncident>;
  readonly joinMs: number;
  readonly noiseBound: number;
  /** Two steps of an attack on hosts that only stand near each other are not further apart than this. */
  readonly stepMs: number;
  /** Entities that never tie, by "kind:value" in lower case, with what they are said to be. */
  readonly hubs: ReadonlyMap<string, string>;
  readonly maxMembers: number;
  /** Makes the incident that opens; the number follows on from the last. */
  readonly open: (founder: JoinAlert, ordinal: number) => JoinIncident;
}

export function planJoins(input: JoinInput): JoinPlan {
  const incidents = new Map(input.incidents);
  const opened: JoinIncident[] = [];
  const joined: Joined[] = [];
  const merged: { keptId: string; mergedId: string; reason: string }[] = [];
  const overflow: { incidentId: string; alertId: string }[] = [];
  const into = new Map<string, string>();
  const tiesByAlert = new Map<string, readonly Tie[]>();
  const apart = new Map<string, readonly Apart[]>();
  const rootOf = (id: string): string => {
    const next = into.get(id);
    return next === undefined ? id : rootOf(next);
  };
  const incidentOf = (alert: JoinAlert): JoinIncident | undefined =>
    alert.incidentId === null ? undefined : incidents.get(rootOf(alert.incidentId));

  const open = (founder: JoinAlert): JoinIncident => {
    const incident = input.open(founder, opened.length);
    incidents.set(incident.id, incident);
    opened.push(incident);
    return incident;
  };
  const add = (incident: JoinIncident, alert: JoinAlert, why: Pick<Joined, "reason" | "shared">): void => {
    if (alert.incidentId !== null || barredFrom(alert, incident)) return;
    if (incident.members >= input.maxMembers) {
      overflow.push({ incidentId: incident.id, alertId: alert.id });
      return;
    }
    incident.members += 1;
    alert.incidentId = incident.id;
    joined.push({ alertId: alert.id, incidentId: incident.id, ...why });
  };
  const barredFrom = (alert: JoinAlert, incident: JoinIncident): boolean =>
    [...alert.barred].some((id) => rootOf(id) === incident.id);

  const fuse = (a: JoinIncident, b: JoinIncident, tie: Tie): JoinIncident => {
    const [kept, gone] = a.number < b.number ? [a, b] : [b, a];
    if (gone.touched || kept.separated.has(gone.id) || gone.separated.has(kept.id)) return a;
    if (kept.members + gone.members > input.maxMembers) return a;
    kept.members += gone.members;
    into.set(gone.id, kept.id);
    merged.push({ keptId: kept.id, mergedId: gone.id, reason: wordsOf(tie) });
    return kept;
  };

  for (const alert of input.touched) {
    const { ties, left } = tiesOf(alert, input);
    if (left.length > 0) apart.set(alert.id, left);
    tiesByAlert.set(alert.id, ties);
    const placed = ties
      .filter((tie) => incidentOf(tie.other) !== undefined)
      .sort((x, y) => byStrength(x, y) || (incidentOf(x.other)?.number ?? 0) - (incidentOf(y.other)?.number ?? 0));
    let home = incidentOf(alert);
    if (home === undefined) {
      const nearest = placed.find((tie) => !barredFrom(alert, incidentOf(tie.other) ?? NOWHERE));
      const target = nearest === undefined ? undefined : incidentOf(nearest.other);
      if (nearest !== undefined && target !== undefined)
        add(target, alert, { reason: wordsOf(nearest), shared: sharedOf(nearest) });
      home = incidentOf(alert);
    }
    const free = ties.filter((tie) => tie.other.incidentId === null).sort((x, y) => x.other.firstMs - y.other.firstMs);
    if (home === undefined && alert.incidentId === null) {
      const partner = free.find((tie) => !shareBar(alert, tie.other));
      if (partner !== undefined) {
        home = open(alert);
        add(home, alert, { reason: wordsOf(partner), shared: sharedOf(partner) });
      } else if (alert.isNew && opensAlone(alert.rank, alert.criticality)) {
        home = open(alert);
        const service = alert.service === "" ? undefined : { name: alert.service, criticality: alert.criticality };
        add(home, alert, { reason: aloneReason(severityOf(alert.rank), service), shared: [] });
      }
    }
    if (home === undefined) continue;
    for (const tie of free) {
      const back = reversed(tie);
      add(home, tie.other, { reason: wordsOf(back), shared: sharedOf(back) });
    }
    for (const tie of placed) {
      const other = incidentOf(tie.other);
      if (other !== undefined && other.id !== home.id && !barredFrom(alert, other)) home = fuse(home, other, tie);
    }
  }
  const explained = joined.map((entry) => best(entry, tiesByAlert.get(entry.alertId) ?? [], incidentOf) ?? entry);
  return { opened, joined: explained, merged, overflow, apart };
}

/** Now that all members are known: the reason names the gravest member that the alert is tied to, not the first one met, and
 *  beside it the way between two hosts: without that nobody sees why the second host belongs. */
function best(
  entry: Joined,
  ties: readonly Tie[],
  incidentOf: (alert: JoinAlert) => JoinIncident | undefined,
): Joined | undefined {
  const inside = ties.filter(
    (tie) => incidentOf(tie.other)?.id !== undefined && incidentOf(tie.other) === incidentOf(tie.alert),
  );
  const [gravest] = inside.sort(
    (x, y) => y.other.rank - x.other.rank || byStrength(x, y) || (x.other.id < y.other.id ? -1 : 1),
  );
  if (gravest === undefined) return undefined;
  const way = inside.find((tie) => tie.other.host !== gravest.other.host && tie.shared[0]?.kind === "lateral");
  if (way === undefined || gravest.shared[0]?.kind === "lateral") {
    return { ...entry, reason: wordsOf(gravest), shared: sharedOf(gravest) };
  }
  return { ...entry, reason: `${wordsOf(gravest)} ${wordsOf(way)}`, shared: [...sharedOf(gravest), ...sharedOf(way)] };
}

interface Tie {
  readonly alert: JoinAlert;
  readonly other: JoinAlert;
  readonly strength: number;
  readonly gapMs: number;
  readonly shared: readonly SharedLink[];
}

const NOWHERE: JoinIncident = {
  id: "",
  number: 0,
  touched: true,
  separated: new Set(),
  exerciseId: null,
  members: 0,
};

function tiesOf(alert: JoinAlert, input: JoinInput): { ties: Tie[]; left: Apart[] } {
  const left = new Map<string, Apart>();
  const found = new Map<string, { other: JoinAlert; gapMs: number; shared: SharedLink[] }>();
  for (const mine of input.linksOf.get(alert.id) ?? []) {
    const near = (input.postings.get(mine.key) ?? []).filter(
      (theirs) => theirs.alertId !== alert.id && gapOf(mine, theirs) <= input.joinMs,
    );
    const holders = new Set(near.map((theirs) => theirs.alertId)).size + 1;
    for (const theirs of near) {
      const kind = linkKind(mine, theirs);
      const other = input.alerts.get(theirs.alertId);
      if (kind === undefined || other === undefined) continue;
      const declared = input.hubs.get(nameOf(mine)) ?? input.hubs.get(nameOf(theirs));
      const hub = declared ?? (canBeNoise(kind) && holders > boundOf(kind, input) ? "" : undefined);
      if (hub !== undefined) {
        const held = { kind: mine.kind, value: mine.value };
        left.set(nameOf(mine), { ...held, reason: hubReason({ hub, holders, joinMs: input.joinMs }) });
        continue;
      }
      if (Math.max(alert.rank, other.rank) < MEDIUM) continue;
      const tie = found.get(other.id) ?? { other, gapMs: Number.POSITIVE_INFINITY, shared: [] };
      tie.gapMs = Math.min(tie.gapMs, gapOf(mine, theirs));
      const reachedFrom = kind === "lateral" && mine.role === "origin";
      const named =
        kind === "lateral" && mine.role === "own" ? mine : mine.role === "origin" && kind === "lateral" ? theirs : mine;
      const already = tie.shared.some(
        (link) => link.kind === kind && link.value.toLowerCase() === named.value.toLowerCase(),
      );
      if (!already) tie.shared.push({ kind, entityKind: named.kind, value: named.value, reachedFrom });
      found.set(other.id, tie);
    }
  }
  const kept = [...found.values()].filter((tie) => {
    if (tie.shared.some((link) => !isWeak(link.kind))) return true;
    if (tie.gapMs <= input.stepMs && isNextStep(alert, tie.other)) return true;
    const [weak] = tie.shared;
    if (weak === undefined) return false;
    const name = { kind: weak.entityKind, value: weak.value };
    left.set(`${weak.entityKind}:${weak.value.toLowerCase()}`, {
      ...name,
      reason: stepReason(weak.kind, input.stepMs),
    });
    return false;
  });
  for (const tie of kept) for (const link of tie.shared) left.delete(`${link.entityKind}:${link.value.toLowerCase()}`);
  const ties = kept.map((tie) => ({
    alert,
    other: tie.other,
    gapMs: tie.gapMs,
    shared: strongest(tie.shared).sort((x, y) => LINK_STRENGTH.indexOf(x.kind) - LINK_STRENGTH.indexOf(y.kind)),
    strength: Math.min(...tie.shared.map((link) => LINK_STRENGTH.indexOf(link.kind satisfies LinkKind))),
  }));
  return { ties, left: [...left.values()].slice(0, MOST_APART) };
}

/** What only stands near says nothing beside a real tie. */
function strongest(shared: readonly SharedLink[]): SharedLink[] {
  const strong = shared.filter((link) => !isWeak(link.kind));
  return strong.length === 0 ? [...shared] : strong;
}

function nameOf(link: Pick<Link, "kind" | "value">): string {
  return `${link.kind}:${link.value.toLowerCase()}`;
}

const MOST_APART = 20;
/** What only stands near others says little from a handful of alerts on. */
const WEAK_BOUND = 10;

function boundOf(kind: LinkKind, input: JoinInput): number {
  return isWeak(kind) ? Math.min(WEAK_BOUND, input.noiseBound) : input.noiseBound;
}

/** The later of the two is a further step of an attack than the earlier. */
function isNextStep(a: JoinAlert, b: JoinAlert): boolean {
  const [earlier, later] = a.firstMs <= b.firstMs ? [a, b] : [b, a];
  const from = stageOf(earlier.tactics);
  return from >= 0 && stageOf(later.tactics) > from;
}

function gapOf(a: Link, b: Link): number {
  return Math.max(0, b.firstMs - a.lastMs, a.firstMs - b.lastMs);
}

function byStrength(a: Tie, b: Tie): number {
  return a.strength - b.strength || a.gapMs - b.gapMs;
}

function reversed(tie: Tie): Tie {
  const shared = tie.shared.map((link) =>
    link.kind === "lateral" ? { ...link, reachedFrom: !link.reachedFrom } : link,
  );
  return { ...tie, alert: tie.other, other: tie.alert, shared };
}

/** Two alerts that a person took out of the same incident do not open another one with each other. */
function shareBar(a: JoinAlert, b: JoinAlert): boolean {
  return [...a.barred].some((id) => b.barred.has(id));
}

function wordsOf(tie: Tie): string {
  const { alert, other } = tie;
  return reasonOf({
    shared: tie.shared,
    otherTitle: other.title,
    otherHost: other.host,
    afterMs: alert.firstMs - other.firstMs,
  });
}

function sharedOf(tie: Tie): { kind: string; value: string }[] {
  return tie.shared
    .filter((link) => link.kind !== "service")
    .map((link) => ({ kind: link.entityKind, value: link.value }));
}
