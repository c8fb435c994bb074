/** apply-risk: what a block's alerts add to the risk of entities. When a score reaches the threshold and none of the alerts behind it
 *  stands in an open incident, one opens with all of them, the arithmetic is kept, and an alert of its own says so in the queue. */
import type { ServiceBrief } from "@holdfast/contracts/estate";
import type { RiskSettings } from "@holdfast/contracts/triage-settings";
import type { Executor, Transaction } from "../platform/tables/index.ts";
import * as alerts from "./alert-store.ts";
import { incidentId } from "./apply-joins.ts";
import { digest } from "./causes.ts";
import type { Collapsed } from "./collapse.ts";
import type { Told } from "./incident-changes.ts";
import * as joins from "./join-store.ts";
import { linksOf, type Resolve } from "./links.ts";
import { heatOf, mergeParts, type Part, type Score, scoreOf, type Standing } from "./risk.ts";
import { type RiskSubject, riskSubjects } from "./risk-entities.ts";
import * as store from "./risk-store.ts";
import { noSamples } from "./samples.ts";
import { appendTimeline } from "./timeline-store.ts";

/** The rule that a risk alert names. */
export const RISK_RULE = "holdfast-risk";

export interface RiskRules {
  readonly settings: RiskSettings;
  /** Of the settings. */
  readonly version: number;
  /** What the rule says about its maturity; "" when unknown. */
  readonly statusOf: (ruleId: string) => string;
  /** What the estate holds of assets and identities themselves, by id. */
  readonly standingOf?:
    | ((
        executor: Executor,
        asked: { readonly assets: readonly string[]; readonly identities: readonly string[] },
      ) => Promise<ReadonlyMap<string, Standing>>)
    | undefined;
}

export interface RiskApplied {
  readonly raised: readonly string[];
  readonly opened: readonly string[];
  readonly affected: readonly string[];
  readonly told: readonly Told[];
}

interface Work {
  /** Those that count: held ones and members of waves do not. */
  readonly alerts: readonly Collapsed[];
  readonly resolve: Resolve;
  readonly servicesOf: (alert: Collapsed) => readonly ServiceBrief[];
  readonly now: number;
}

export async function applyRisk(rules: RiskRules, tx: Transaction, work: Work): Promise<RiskApplied> {
  const touched = gather(rules, work);
  if (touched.size === 0) return { raised: [], opened: [], affected: [], told: [] };
  const known = await store.readRisk(tx, [...touched.keys()]);
  const declared = await standings(rules, tx, touched);
  const { settings } = rules;
  const crossed: Crossing[] = [];
  const rows = [...touched.values()].map(({ subject, parts: added, standing: found }): store.RiskRow => {
    const before = known.get(subject.key);
    const standing = best([declared.get(subject.key), found ?? before?.standing]);
    const all = new Map((before?.parts ?? []).map((part) => [part.ruleId, part]));
    const changed = [...added.values()].map((part) => {
      const merged = mergeParts(all.get(part.ruleId), part, settings.keepDays * 24 * 3_600_000);
      all.set(part.ruleId, merged);
      return merged;
    });
    const at = [...all.values()].reduce((last, { lastMs }) => Math.max(last, lastMs), 0);
    const score = scoreOf([...all.values()], { standing, settings, at });
    const was = before?.over ?? false;
    const over = score.score >= settings.threshold || (was && score.score >= settings.threshold / 2);
    if (over && !was) crossed.push({ subject, score, at });
    return { subject, standing, at, over, changed, ...picture(score, at, settings) };
  });
  await store.writeRisk(tx, rows);
  return openCrossed(rules, tx, { crossed, resolve: work.resolve, now: work.now });
}

/** Works scores out again: the weights have changed, or people have judged the alerts behind them. */
export async function rescore(
  tx: Transaction,
  settings: RiskSettings,
  subjects: readonly RiskSubject[],
): Promise<void> {
  const known = await store.readRisk(
    tx,
    subjects.map(({ key }) => key),
  );
  const rows = subjects.flatMap((subject): store.RiskRow[] => {
    const before = known.get(subject.key);
    if (before === undefined) return [];
    const { standing, parts } = before;
    const at = parts.reduce((last, { lastMs }) => Math.max(last, lastMs), 0);
    const score = scoreOf(parts, { standing, settings, at });
    const over = before.over && score.score >= settings.threshold / 2;
    return [{ subject, standing, at, over, changed: [], ...picture(score, at, settings) }];
  });
  await store.writeRisk(tx, rows);
}

interface Crossing {
  readonly subject: RiskSubject;
  readonly score: Score;
  readonly at: number;
}

interface Touched {
  readonly subject: RiskSubject;
  readonly parts: Map<string, Part>;
  standing: Standing | undefined;
}

const EXPOSURES = ["internet", "partner", "internal", "isolated"];
const NOTHING_KNOWN: Standing = { criticality: 0, exposure: "" };
/** Members that a risk incident begins with. */
const MOST_MEMBERS = 200;

function picture(score: Score, at: number, settings: RiskSettings) {
  return {
    score: score.score,
    heat: heatOf(score.score, at, settings),
    spread: score.spread,
    tactics: score.tactics,
    rules: score.parts.length,
  };
}

function gather(rules: RiskRules, { alerts: given, resolve, servicesOf }: Work): Map<string, Touched> {
  const touched = new Map<string, Touched>();
  for (const alert of given) {
    if (alert.added === 0) continue;
    const services = servicesOf(alert);
    const standing = services.length === 0 ? undefined : best(services);
    for (const subject of riskSubjects(alert, resolve)) {
      const one = touched.get(subject.key) ?? { subject, parts: new Map<string, Part>(), standing: undefined };
      // Services belong to the host; an account or an address is worth what the estate says of it.
      if (subject.kind === "host" && standing !== undefined) one.standing = best([one.standing, standing]);
      const before = one.parts.get(alert.ruleId);
      const part: Part = {
        ruleId: alert.ruleId,
        title: alert.title,
        rank: alert.rank,
        status: rules.statusOf(alert.ruleId),
        tactics: alert.tactics,
        count: alert.added,
        firstMs: alert.firstMs,
        lastMs: alert.lastMs,
        alertId: alert.id,
      };
      one.parts.set(alert.ruleId, before === undefined ? part : mergeParts(before, part, Number.POSITIVE_INFINITY));
      touched.set(subject.key, one);
    }
  }
  return touched;
}

async function standings(
  rules: RiskRules,
  tx: Transaction,
  touched: ReadonlyMap<string, Touched>,
): Promise<Map<string, Standing>> {
  if (rules.standingOf === undefined) return new Map();
  const subjects = [...touched.values()].map(({ subject }) => subject);
  const found = await rules.standingOf(tx, {
    assets: [...new Set(subjects.flatMap(({ assetId }) => assetId ?? []))],
    identities: [...new Set(subjects.flatMap(({ identityId }) => identityId ?? []))],
  });
  return new Map(
    subjects.flatMap(({ key, assetId, identityId }) => {
      const standing = found.get(assetId ?? identityId ?? "");
      return standing === undefined ? [] : [[key, standing] as const];
    }),
  );
}

/** The highest criticality and the widest exposure. */
function best(of: readonly (Standing | undefined)[]): Standing {
  return of.reduce<Standing>((kept, one) => {
    if (one === undefined) return kept;
    const places = [kept.exposure, one.exposure].map((name) => EXPOSURES.indexOf(name)).filter((place) => place >= 0);
    const exposure = EXPOSURES[Math.min(...places)] ?? "";
    return { criticality: Math.max(kept.criticality, one.criticality), exposure };
  }, NOTHING_KNOWN);
}

async function openCrossed(
  rules: RiskRules,
  tx: Transaction,
  work: { readonly crossed: readonly Crossing[]; readonly resolve: Resolve; readonly now: number },
): Promise<RiskApplied> {
  const raised: string[] = [];
  const opened: string[] = [];
  const affected: string[] = [];
  for (const crossing of work.crossed) {
    const { subject, score } = crossing;
    const behind = await store.alertsBehind(
      tx,
      score.parts.map(({ alertId }) => alertId),
    );
    const home = behind.find(({ incidentId: id }) => id !== null)?.incidentId ?? null;
    if (home !== null) {
      await noteCrossing(rules, tx, { crossing, incident: home, now: work.now });
      continue;
    }
    const free = behind.filter((alert) => alert.free).map(({ id }) => id);
    const incident = await openIncident(rules, tx, { crossing, free, ...work });
    raised.push(incident.alertId);
    opened.push(incident.id);
    affected.push(incident.id);
    await keepArithmetic(rules, tx, { crossing, incident: incident.id });
    await store.nameIncident(tx, subject.key, incident.id);
  }
  return { raised, opened, affected, told: opened.map((id) => ({ kind: "opened", incidentId: id })) };
}

function keepArithmetic(
  rules: RiskRules,
  tx: Transaction,
  { crossing, incident }: { readonly crossing: Crossing; readonly incident: string },
): Promise<void> {
  const { score, subject, at } = crossing;
  return store.writeOpening(tx, {
    key: subject.key,
    incidentId: incident,
    at,
    score: score.score,
    threshold: rules.settings.threshold,
    spread: score.spread,
    version: rules.version,
    parts: score.parts,
  });
}

async function noteCrossing(
  rules: RiskRules,
  tx: Transaction,
  work: { readonly crossing: Crossing; readonly incident: string; readonly now: number },
): Promise<void> {
  const { crossing, incident, now } = work;
  await store.nameIncident(tx, crossing.subject.key, incident);
  await keepArithmetic(rules, tx, { crossing, incident });
  const title = `Risk of ${nameOf(crossing)} passed ${rules.settings.threshold}`;
  const body = `It is ${rounded(crossing.score.score)}, made of ${crossing.score.parts.length} rules.`;
  await appendTimeline(tx, [
    { subject: incident, at: now, lane: "system", kind: "severity", title, body, actor: null },
  ]);
}

async function openIncident(
  rules: RiskRules,
  tx: Transaction,
  work: {
    readonly crossing: Crossing;
    readonly free: readonly string[];
    readonly resolve: Resolve;
    readonly now: number;
  },
): Promise<{ id: string; alertId: string }> {
  const { crossing, free, resolve, now } = work;
  const { subject, score } = crossing;
  const alert = riskAlert(rules, crossing);
  const number = await joins.nextNumber(tx);
  const id = incidentId(number, alert.id);
  const { assetId, identityId, exerciseId } = subject;
  const host = subject.kind === "host" ? subject.value : "";
  const facts = { host, hostAssetId: host === "" ? null : assetId, previousId: null, services: [] };
  await alerts.insertAlerts(tx, [{ alert, facts: { ...facts, resolution: { assetId, identityId } } }], now);
  await alerts.writeSamples(tx, [alert]);
  const entities = [...alert.entities].map(([key, seen]) => ({ key, seen, resolution: { assetId, identityId } }));
  await alerts.writeEntities(
    tx,
    entities.map((entity) => ({ alertId: alert.id, ...entity })),
  );
  const ownHosts = host === "" ? [] : [host];
  const aboutHost = host !== "";
  const { firstMs, lastMs } = alert;
  const seen = [...alert.entities.values()];
  const links = linksOf({ entities: seen, ownHosts, aboutHost, exerciseId, services: [], firstMs, lastMs }, resolve);
  await alerts.writeLinks(tx, new Map([[alert.id, links]]));
  const points = new Map(score.parts.map((part) => [part.alertId, part.points * score.spread]));
  const shared = [{ kind: subject.kind, value: subject.value }];
  const joined = [
    {
      alertId: alert.id,
      incidentId: id,
      reason: `Opened the incident: the risk of ${nameOf(crossing)} reached ${rounded(score.score)}, over the threshold of ${rules.settings.threshold}.`,
      shared: [],
    },
    ...free.slice(0, MOST_MEMBERS).map((alertId) => ({
      alertId,
      incidentId: id,
      reason: `Counts ${rounded(points.get(alertId) ?? 0)} of the ${rounded(score.score)} points of risk of ${nameOf(crossing)}.`,
      shared,
    })),
  ];
  const incident = { id, number, touched: false, separated: new Set<string>(), exerciseId, members: joined.length };
  await joins.writePlan(tx, { opened: [incident], joined, merged: [], overflow: [], apart: new Map() }, now);
  return { id, alertId: alert.id };
}

/** Medium at the threshold, high at twice, critical at four times of it. */
function rankOfRisk(ratio: number): number {
  return ratio >= 4 ? 4 : ratio >= 2 ? 3 : 2;
}

function riskAlert(rules: RiskRules, { subject, score, at }: Crossing): Collapsed {
  const { kind, value, exerciseId } = subject;
  const key = digest(`${RISK_RULE}\u0000${subject.key}`);
  const firstMs = score.parts.reduce((first, part) => Math.min(first, Date.parse(part.firstSeen)), at);
  const role = kind === "host" ? "own" : kind === "ip" ? "origin" : "seen";
  const entity = { kind, value, role } as const;
  const seen = `${role}:${kind}:${value.toLowerCase()}`;
  return {
    id: digest(`${RISK_RULE}\u0000${subject.key}\u0000${at}`),
    key,
    causeKey: key,
    ruleId: RISK_RULE,
    title: `Risk of ${kind} ${value} passed ${rules.settings.threshold}`.slice(0, 300),
    rank: rankOfRisk(score.score / rules.settings.threshold),
    entity: { kind, value },
    tactics: score.tactics,
    techniques: [],
    isNew: true,
    hold: null,
    holdId: null,
    exerciseId,
    serviceNames: [],
    told: null,
    firstEvent: null,
    lastEvent: null,
    inWave: false,
    incidentId: null,
    added: 0,
    count: 1,
    firstMs,
    lastMs: at,
    samples: noSamples(),
    entities: new Map([[seen, { entity, firstMs, lastMs: at }]]),
    touchedEntities: new Set([seen]),
    entitiesCut: 0,
  };
}

function nameOf({ subject }: Crossing): string {
  const value = subject.value.length > 80 ? `${subject.value.slice(0, 79)}…` : subject.value;
  return `${subject.kind} ${value}`;
}

function rounded(points: number): string {
  return points.toFixed(1);
}
