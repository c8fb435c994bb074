/** risk: what an entity's alerts add up to. Pure.
 *  points of a rule = weight x confidence x criticality x exposure x repeat x decay; score = sum of the points x tactic spread.
 *  One rule counts once however often it fires, a little more with each doubling: repetition is no second opinion. */
import type { RiskPart, RiskSettings } from "@holdfast/contracts/triage-settings";
import { iso } from "./alert-list-store.ts";
import { severityOf } from "./severity.ts";

/** What is kept of one rule on one entity. */
export interface Part {
  readonly ruleId: string;
  readonly title: string;
  readonly rank: number;
  /** Of the rule: stable, test, experimental, … */
  readonly status: string;
  readonly tactics: readonly string[];
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly alertId: string;
}

export interface Standing {
  /** 1..5; 0 when nothing is known. */
  readonly criticality: number;
  readonly exposure: string;
}

export interface Score {
  readonly score: number;
  readonly sum: number;
  readonly spread: number;
  readonly tactics: readonly string[];
  readonly parts: readonly RiskPart[];
}

/** The arithmetic at a moment; parts that are too old are left out. */
export function scoreOf(
  parts: readonly Part[],
  given: { readonly standing: Standing; readonly settings: RiskSettings; readonly at: number },
): Score {
  const { settings, at } = given;
  const live = parts.filter((part) => at - part.lastMs < settings.keepDays * DAY);
  const counted = live.map((part) => partOf(part, given)).sort((a, b) => b.points - a.points);
  const tactics = [...new Set(live.flatMap((part) => part.tactics))];
  const spread = Math.min(settings.spreadMost, 1 + settings.spread * Math.max(0, tactics.length - 1));
  const sum = counted.reduce((total, part) => total + part.points, 0);
  return { score: sum * spread, sum, spread, tactics, parts: counted };
}

/** A signal more of the same rule, as late or early as it may come. */
export function mergeParts(before: Part | undefined, added: Part, keepMs: number): Part {
  // What ended long ago is another story: it is not counted on.
  if (before === undefined || added.firstMs - before.lastMs > keepMs) return added;
  const latest = added.lastMs >= before.lastMs ? added : before;
  return {
    ...latest,
    count: before.count + added.count,
    firstMs: Math.min(before.firstMs, added.firstMs),
    lastMs: Math.max(before.lastMs, added.lastMs),
  };
}

/** Orders entities at every moment: all scores halve in the same time. */
export function heatOf(score: number, at: number, settings: Pick<RiskSettings, "halfLifeHours">): number {
  return Math.log2(Math.max(score, 1e-9)) + at / (settings.halfLifeHours * HOUR);
}

export function scoreAt(heat: number, at: number, settings: Pick<RiskSettings, "halfLifeHours">): number {
  return 2 ** (heat - at / (settings.halfLifeHours * HOUR));
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const CRITICALITIES = ["none", "1", "2", "3", "4", "5"] as const;
const EXPOSURES = ["internet", "partner", "internal", "isolated"] as const;
const STATUSES = ["stable", "test", "experimental", "deprecated"] as const;

function partOf(
  part: Part,
  { standing, settings, at }: { readonly standing: Standing; readonly settings: RiskSettings; readonly at: number },
): RiskPart {
  const weight = settings.severity[severityOf(part.rank)];
  const confidence = settings.confidence[STATUSES.find((status) => status === part.status) ?? "unknown"];
  const criticality = settings.criticality[CRITICALITIES[standing.criticality] ?? "none"];
  const exposure = settings.exposure[EXPOSURES.find((name) => name === standing.exposure) ?? "unknown"];
  const repeat = Math.min(settings.repeatMost, 1 + settings.repeat * Math.log2(Math.max(1, part.count)));
  const decay = 2 ** (-Math.max(0, at - part.lastMs) / (settings.halfLifeHours * HOUR));
  return {
    ruleId: part.ruleId,
    title: part.title,
    severity: severityOf(part.rank),
    count: part.count,
    firstSeen: iso(part.firstMs),
    lastSeen: iso(part.lastMs),
    tactics: [...part.tactics],
    alertId: part.alertId,
    weight,
    confidence,
    criticality,
    exposure,
    repeat,
    decay,
    points: weight * confidence * criticality * exposure * repeat * decay,
  };
}
